import type { Arena } from '../arena.js'
import type { HandlerOutput } from '../handler.js'
import { DESCRIPTOR16, type HandlerRingColumns, LENGTH16, METADATA16, VERDICT16 } from '../ring/columns.js'
import {
  FLAG_HASH,
  FLAG_VLAN,
  METADATA_FLAGS,
  METADATA_HASH,
  METADATA_HEADROOM,
  METADATA_PACKET_TYPE,
  METADATA_TAILROOM,
  METADATA_VLAN,
  VERDICT_CONTINUE,
  VERDICT_DROP,
} from '../ring/layout.js'
import type { SendRing } from '../ring/send-ring.js'
import { checkInteger, checkOptions, outOfRange } from '../validate.js'
import { PacketChanges } from './changes.js'
import { point } from './flyweight.js'
import { ETHERNET_HEADER, EthernetHeader } from './headers/ethernet.js'
import { VLAN_TAG } from './headers/vlan.js'
import { Layers } from './layers.js'
import { allocatePacketMemory } from './memory.js'
import { development, released, unknownOutput } from './misuse.js'
import type { OwnedPacket } from './owned-packet.js'
import { checkTag, insertTag, removeTag, type VlanTagToPush } from './vlan-tags.js'

/** Owns the packets of no handler. */
const NOBODY: object = Object.freeze({})

/**
 * A packet that a handler looks at, changes and decides on, in the memory where the device put it.
 *
 * There is one object for all packets of a handler's queue. It stands for the packet that the batch pointed it at last,
 * and for none once the handler has returned: keep values from it, not the object.
 *
 * A decision (`forward`, `drop`, `continue`, `hold`) takes effect when the handler returns, and the last one counts. A
 * packet without one gets the handler's `unhandled` policy.
 *
 * A packet longer than one buffer consists of several segments. `length` is that of all together; bytes and headers are
 * those of the first, `segments` has them all.
 */
export class Packet extends Layers {
  readonly #bytes: Uint8Array
  readonly #words16: Uint16Array
  readonly #words32: Int32Array
  readonly #columns: HandlerRingColumns
  readonly #ethernet: EthernetHeader
  readonly #changes: PacketChanges
  /** The outputs of the handler that looks at it. They stand for the handler: nobody else's may be used. */
  #outputs: object = NOBODY
  /**
   * Of its first descriptor in `words16`. Where it lies and how long its first segment is, is read from there when it is
   * needed: keeping it here would cost every packet, also those that are only counted or forwarded.
   */
  #index: number
  /** Bytes in further segments. */
  #beyond = 0
  #segmentCount = 1

  /** @internal */
  constructor(arena: Arena, columns: HandlerRingColumns, sendRing: SendRing) {
    super(arena)
    this.#bytes = arena.bytes
    this.#words16 = arena.words16
    this.#words32 = arena.words32
    this.#columns = columns
    this.#ethernet = new EthernetHeader(arena)
    this.#changes = new PacketChanges(arena, columns, sendRing)
    this.#index = columns.blank16
  }

  /** @internal A batch begins: `outputs` are those that its packets may be forwarded to. */
  open(outputs: object): void {
    this.#outputs = outputs
    this.#beyond = 0
    this.#segmentCount = 1
  }

  /** @internal The batch is over. */
  release(): void {
    this.#changes.settle()
    this.#outputs = NOBODY
    this.#index = this.#columns.blank16
    this.#beyond = 0
    this.#segmentCount = 1
  }

  /** @internal At the packet of a descriptor, given by its index in `words16`. */
  [point](index: number): this {
    this.#index = index
    return this
  }

  /** @internal At a packet of `count` descriptors. */
  pointAtSegments(index: number, count: number): this {
    this.#index = index
    this.#segmentCount = count
    this.#beyond = 0
    for (let i = 1; i < count; i++) this.#beyond += this.#words16[this.#descriptor(i) + LENGTH16] as number
    return this
  }

  protected get frameStart(): number {
    return this.#words32[this.#index >> 1] as number
  }

  protected get frameEnd(): number {
    return this.frameStart + (this.#words16[this.#index + LENGTH16] as number)
  }

  protected get frameExtent(): number {
    return this.frameEnd + this.#beyond
  }

  /** In bytes, without the frame check sequence; all segments. */
  get length(): number {
    return (this.#words16[this.#index + LENGTH16] as number) + this.#beyond
  }

  /**
   * The bytes, in place, of the first segment: a new view, bounded to the packet. It is valid inside the handler only;
   * later the same memory holds other packets. Making a view costs more than a few `getUint8`.
   */
  get bytes(): Uint8Array {
    return this.#segment(this.#index)
  }

  /** The bytes of every segment, in place: new views, as for `bytes`. */
  get segments(): Uint8Array[] {
    const segments = [this.bytes]
    for (let i = 1; i < this.#segmentCount; i++) segments.push(this.#segment(this.#descriptor(i)))
    return segments
  }

  /** The byte at `at`. @throws {RangeError} behind the first segment's end. */
  getUint8(at: number): number {
    const index = this.#index
    if (at >>> 0 >= (this.#words16[index + LENGTH16] as number)) this.#refuseOffset(at, 1)
    return this.#bytes[(this.#words32[index >> 1] as number) + at] as number
  }

  /** Two bytes in network order. @throws {RangeError} as `getUint8`. */
  getUint16(at: number): number {
    const index = this.#index
    if (at >>> 0 > (this.#words16[index + LENGTH16] as number) - 2) this.#refuseOffset(at, 2)
    const offset = (this.#words32[index >> 1] as number) + at
    return ((this.#bytes[offset] as number) << 8) | (this.#bytes[offset + 1] as number)
  }

  /** Four bytes in network order. @throws {RangeError} as `getUint8`. */
  getUint32(at: number): number {
    if (at >>> 0 > (this.#words16[this.#index + LENGTH16] as number) - 4) this.#refuseOffset(at, 4)
    return ((this.getUint16(at) << 16) | this.getUint16(at + 2)) >>> 0
  }

  setUint8(at: number, value: number): void {
    const index = this.#index
    if (at >>> 0 >= (this.#words16[index + LENGTH16] as number)) this.#refuseOffset(at, 1)
    this.#bytes[(this.#words32[index >> 1] as number) + at] = value
  }

  setUint16(at: number, value: number): void {
    const index = this.#index
    if (at >>> 0 > (this.#words16[index + LENGTH16] as number) - 2) this.#refuseOffset(at, 2)
    const offset = (this.#words32[index >> 1] as number) + at
    this.#bytes[offset] = value >> 8
    this.#bytes[offset + 1] = value
  }

  setUint32(at: number, value: number): void {
    if (at >>> 0 > (this.#words16[this.#index + LENGTH16] as number) - 4) this.#refuseOffset(at, 4)
    this.setUint16(at, value >>> 16)
    this.setUint16(at + 2, value)
  }

  /** The Ethernet header, in place. Of a frame shorter than 14 bytes it is all zeros, and writing to it has no effect. */
  override get ethernet(): EthernetHeader {
    const index = this.#index
    if (index === this.#columns.blank16) this.#refuseUse()
    if ((this.#words16[index + LENGTH16] as number) < ETHERNET_HEADER) return this.#blankEthernet()
    const start = this.#words32[index >> 1] as number
    return this.#ethernet[point](start, start + (this.#words16[index + LENGTH16] as number))
  }

  /** Id of the port that received it. */
  get port(): number {
    return this.#columns.port
  }

  /** The receive queue. */
  get queue(): number {
    return this.#columns.queue
  }

  /** The RSS hash, where the device computed one. */
  get hash(): number | undefined {
    if ((this.#metadata16(METADATA_FLAGS) & FLAG_HASH) === 0) return undefined
    return this.#metadata32(METADATA_HASH)
  }

  /** The tag control information of a VLAN tag that the device took off; its low 12 bits are the VLAN. */
  get vlan(): number | undefined {
    if ((this.#metadata16(METADATA_FLAGS) & FLAG_VLAN) === 0) return undefined
    return this.#metadata16(METADATA_VLAN)
  }

  /** What the device found out about the packet: `RTE_PTYPE_*` bits, 0 where it does not classify. */
  get packetType(): number {
    return this.#metadata32(METADATA_PACKET_TYPE)
  }

  /** Sends it to one of the handler's outputs. */
  forward(output: HandlerOutput): void {
    if (output?.outputs !== this.#outputs) this.#refuseOutput(output)
    else this.#words16[this.#index + VERDICT16] = output.verdict
  }

  /** Drops it, and counts it as dropped by the handler. */
  drop(): void {
    if (this.#outputs === NOBODY) this.#refuseUse()
    else this.#words16[this.#index + VERDICT16] = VERDICT_DROP
  }

  /** Lets the program go on with it, behind the handler. */
  continue(): void {
    if (this.#outputs === NOBODY) this.#refuseUse()
    else this.#words16[this.#index + VERDICT16] = VERDICT_CONTINUE
  }

  /**
   * Keeps it beyond the handler's return, until it is sent, continued or dropped. Another decision about this packet in
   * the same batch cancels it.
   *
   * @throws {DpdkError} `ERR_DPDK_HOLD_LIMIT` when the handler holds as many as its option `holdLimit` allows.
   *
   * @example
   * ```ts
   * waiting.push(packet.hold())
   * // later
   * for (const held of waiting.splice(0)) held.forward(right)
   * ```
   */
  hold(): OwnedPacket {
    if (this.#outputs === NOBODY) throw released()
    return this.#changes.hold(this.#index, this.#segmentCount, this.#outputs, this.hold)
  }

  /**
   * Sends a copy to an output, besides whatever is decided about the packet itself; it has the bytes that the packet has
   * now, of all segments, in one.
   *
   * @param options `snapLength`: bytes to copy, at least 14; default: all.
   * @returns false when no buffer is free, or one is too short for it. That is counted as `notCopied`.
   */
  copyTo(output: HandlerOutput, options: { snapLength?: number } = {}): boolean {
    if (output?.outputs !== this.#outputs) this.#refuseOutput(output)
    if (this.#outputs === NOBODY || output?.outputs !== this.#outputs) return false
    checkOptions('options', options, ['snapLength'])
    const { snapLength = 65535 } = options
    checkInteger('options.snapLength', snapLength, { minimum: 14, maximum: 65535, unit: 'bytes' })
    const length = Math.min(this.length, snapLength)
    return this.#changes.copy(this.#index, this.#segmentCount, length, output.verdict)
  }

  /** Bytes that `prepend` can add. Usually 128 for a packet that has just come. */
  get headroom(): number {
    return this.#metadata16(METADATA_HEADROOM)
  }

  /** Bytes that `append` can add; 0 for a packet of several segments. */
  get tailroom(): number {
    return this.#segmentCount > 1 ? 0 : this.#metadata16(METADATA_TAILROOM)
  }

  /** Makes room for `bytes` more at the front. They have whatever was there. @throws {RangeError} beyond the headroom. */
  prepend(bytes: number): void {
    this.#resize(checkCount(bytes), 0)
  }

  /** Takes `bytes` off the front. @throws {RangeError} when fewer than 14 would be left in the first segment. */
  trimFront(bytes: number): void {
    this.#resize(-checkCount(bytes), 0)
  }

  /**
   * Makes room for `bytes` more at the end. They have whatever was there.
   * @throws {RangeError} beyond the tailroom, and for a packet of several segments.
   */
  append(bytes: number): void {
    this.#refuseSegments()
    this.#resize(0, checkCount(bytes))
  }

  /** Takes `bytes` off the end. @throws {RangeError} below 14 bytes, and for a packet of several segments. */
  trimBack(bytes: number): void {
    this.#refuseSegments()
    this.#resize(0, -checkCount(bytes))
  }

  /**
   * Puts a VLAN tag in front of those that it has, of 802.1Q unless `tagProtocol` says 0x88a8. A tag that the device took
   * off (`packet.vlan`) is not among them.
   *
   * @throws {RangeError} without four bytes of headroom.
   *
   * @example
   * ```ts
   * packet.pushVlan({ id: 20 })
   * packet.pushVlan({ id: 7, priority: 3, tagProtocol: 0x88a8 })
   * ```
   */
  pushVlan(tag: VlanTagToPush): void {
    const bits = checkTag(tag)
    this.prepend(VLAN_TAG)
    if (this.#outputs !== NOBODY) insertTag(this.#bytes, this.frameStart, bits)
  }

  /** Takes the outermost VLAN tag off. False when it has none. */
  popVlan(): boolean {
    if (this.#outputs === NOBODY) this.#refuseUse()
    if (this.vlanTag === undefined) return false
    removeTag(this.#bytes, this.frameStart)
    this.trimFront(VLAN_TAG)
    return true
  }

  /** @internal Of a captured copy, where a hash would be: bytes on the wire. */
  get wireLength(): number {
    return this.#metadata32(METADATA_HASH)
  }

  #resize(front: number, back: number): void {
    if (this.#outputs === NOBODY) this.#refuseUse()
    else this.#changes.resize(this.#index, front, back)
  }

  #blankEthernet(): EthernetHeader {
    return new EthernetHeader(allocatePacketMemory(ETHERNET_HEADER))[point](0, ETHERNET_HEADER)
  }

  #refuseSegments(): void {
    if (this.#segmentCount === 1) return
    throw outOfRange('packet.segments.length', '1 to change the end of a packet', this.#segmentCount)
  }

  /** The bytes of a segment, given by its descriptor. */
  #segment(index: number): Uint8Array {
    const offset = this.#words32[index >> 1] as number
    return this.#bytes.subarray(offset, offset + (this.#words16[index + LENGTH16] as number))
  }

  /** The slot of its first descriptor. */
  #slot(): number {
    return (this.#index - this.#columns.descriptors16) / DESCRIPTOR16
  }

  #descriptor(segment: number): number {
    return this.#columns.descriptor16(this.#slot() + segment)
  }

  #metadata16(field: number): number {
    return this.#words16[this.#columns.metadata16 + this.#slot() * METADATA16 + (field >> 1)] as number
  }

  #metadata32(field: number): number {
    return (this.#metadata16(field) | (this.#metadata16(field + 2) << 16)) >>> 0
  }

  #refuseOffset(at: number, width: number): never {
    if (this.#outputs === NOBODY) throw released()
    const advice =
      this.#beyond > 0 ? 'The packet has several segments: packet.segments gives their bytes.' : undefined
    throw outOfRange('at', `an offset of ${width} of the packet's ${this.bytes.length} bytes`, at, advice)
  }

  /** Harmless in production: the lcore has the packet back, or the handler's next packet is decided by the next call. */
  #refuseUse(): void {
    if (development && this.#outputs === NOBODY) throw released()
  }

  #refuseOutput(output: HandlerOutput): void {
    this.#refuseUse()
    if (development) throw unknownOutput(output, this.#outputs)
  }
}

function checkCount(bytes: unknown): number {
  return checkInteger('bytes', bytes, { minimum: 0, maximum: 65535 })
}
