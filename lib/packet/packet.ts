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
import { locate } from './headers/header.js'
import { IPV4_HEADER, Ipv4Header } from './headers/ipv4.js'
import type { PortHeader } from './headers/port-header.js'
import { TcpHeader } from './headers/tcp.js'
import { UdpHeader } from './headers/udp.js'
import { VLAN_TAG } from './headers/vlan.js'
import { Layers } from './layers.js'
import { allocatePacketMemory, bound } from './memory.js'
import { development, released, unknownOutput } from './misuse.js'
import type { OwnedPacket } from './owned-packet.js'
import { ETHER_TYPE_IPV4, PROTOCOL_TCP, PROTOCOL_UDP } from './protocol-numbers.js'
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
  readonly #columns: HandlerRingColumns
  readonly #changes: PacketChanges
  #segmentCount = 1
  // What every packet needs is private by TypeScript's word: a getter that reads `#fields` is several times longer as
  // bytecode, and V8 compiles only so much of it into a handler's loop.
  private readonly ethernetHeader: EthernetHeader
  private readonly ipv4Header: Ipv4Header
  private readonly tcpHeader: TcpHeader
  private readonly udpHeader: UdpHeader
  /** The outputs of the handler that looks at it. They stand for the handler: nobody else's may be used. */
  private outputs: object = NOBODY
  /** Of its first descriptor in `words16`. */
  private index: number
  /** Of its first byte, and behind the last of its first segment. */
  private start = 0
  private end = 0
  /** Bytes in further segments. */
  private beyond = 0

  /** @internal */
  constructor(arena: Arena, columns: HandlerRingColumns, sendRing: SendRing) {
    super(arena)
    this.#columns = columns
    this.ethernetHeader = new (bound(EthernetHeader, arena))(arena)
    this.ipv4Header = new (bound(Ipv4Header, arena))(arena)
    this.tcpHeader = new (bound(TcpHeader, arena))(arena)
    this.udpHeader = new (bound(UdpHeader, arena))(arena)
    this.#changes = new PacketChanges(arena, columns, sendRing)
    this.index = columns.blank16
  }

  /** @internal A batch begins: `outputs` are those that its packets may be forwarded to. */
  open(outputs: object): void {
    this.outputs = outputs
    this.beyond = 0
    this.#segmentCount = 1
  }

  /** @internal The batch is over. */
  release(): void {
    this.#changes.settle()
    this.outputs = NOBODY
    this[point](this.#columns.blank16)
    this.beyond = 0
    this.#segmentCount = 1
  }

  /** @internal At the packet of a descriptor, given by its index in `words16`. */
  [point](index: number): this {
    const start = this.word32(index >> 1)
    this.index = index
    this.start = start
    this.end = start + this.word16(index + LENGTH16)
    return this
  }

  /** @internal At a packet of `count` descriptors. */
  pointAtSegments(index: number, count: number): this {
    this[point](index)
    this.#segmentCount = count
    this.beyond = 0
    for (let i = 1; i < count; i++) this.beyond += this.word16(this.#descriptor(i) + LENGTH16)
    return this
  }

  protected get frameStart(): number {
    return this.start
  }

  protected get frameEnd(): number {
    return this.end
  }

  protected get frameExtent(): number {
    return this.end + this.beyond
  }

  /** In bytes, without the frame check sequence; all segments. */
  get length(): number {
    return this.end - this.start + this.beyond
  }

  /**
   * The bytes, in place, of the first segment: a new view, bounded to the packet. It is valid inside the handler only;
   * later the same memory holds other packets. Making a view costs more than a few `getUint8`.
   */
  get bytes(): Uint8Array {
    return this.#segment(this.index)
  }

  /** The bytes of every segment, in place: new views, as for `bytes`. */
  get segments(): Uint8Array[] {
    const segments = [this.bytes]
    for (let i = 1; i < this.#segmentCount; i++) segments.push(this.#segment(this.#descriptor(i)))
    return segments
  }

  /** The byte at `at`. @throws {RangeError} behind the first segment's end. */
  getUint8(at: number): number {
    this.#check(at, 1)
    return this.load8(this.start + at)
  }

  /** Two bytes in network order. @throws {RangeError} as `getUint8`. */
  getUint16(at: number): number {
    this.#check(at, 2)
    return this.load16(this.start + at)
  }

  /** Four bytes in network order. @throws {RangeError} as `getUint8`. */
  getUint32(at: number): number {
    this.#check(at, 4)
    return this.load32(this.start + at)
  }

  setUint8(at: number, value: number): void {
    this.#check(at, 1)
    this.store8(this.start + at, value)
  }

  setUint16(at: number, value: number): void {
    this.#check(at, 2)
    this.store16(this.start + at, value)
  }

  setUint32(at: number, value: number): void {
    this.#check(at, 4)
    this.store32(this.start + at, value)
  }

  /** The Ethernet header, in place. Of a frame shorter than 14 bytes it is all zeros, and writing to it has no effect. */
  override get ethernet(): EthernetHeader {
    if (this.end - this.start < ETHERNET_HEADER) return this.blankEthernet()
    return this.ethernetHeader[point](this.start, this.end)
  }

  /** The IPv4 header, behind VLAN tags too. */
  override get ipv4(): Ipv4Header | undefined {
    const network = this.start + ETHERNET_HEADER
    const { ipv4Header } = this
    if (this.load16(network - 2) === ETHER_TYPE_IPV4 && ipv4Header.pointIfUsual(network, this.end))
      return ipv4Header
    return super.ipv4
  }

  override get udp(): UdpHeader | undefined {
    return this.usualTransport(PROTOCOL_UDP, this.udpHeader) ?? super.udp
  }

  override get tcp(): TcpHeader | undefined {
    return this.usualTransport(PROTOCOL_TCP, this.tcpHeader) ?? super.tcp
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
    if (output?.outputs !== this.outputs) this.refuseOutput(output)
    else this.setWord16(this.index + VERDICT16, output.verdict)
  }

  /** Drops it, and counts it as dropped by the handler. */
  drop(): void {
    if (this.outputs === NOBODY) this.#refuseUse()
    else this.setWord16(this.index + VERDICT16, VERDICT_DROP)
  }

  /** Lets the program go on with it, behind the handler. */
  continue(): void {
    if (this.outputs === NOBODY) this.#refuseUse()
    else this.setWord16(this.index + VERDICT16, VERDICT_CONTINUE)
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
    if (this.outputs === NOBODY) throw released()
    return this.#changes.hold(this.index, this.#segmentCount, this.outputs, this.hold)
  }

  /**
   * Sends a copy to an output, besides whatever is decided about the packet itself; it has the bytes that the packet has
   * now, of all segments, in one.
   *
   * @param options `snapLength`: bytes to copy, at least 14; default: all.
   * @returns false when no buffer is free, or one is too short for it. That is counted as `notCopied`.
   */
  copyTo(output: HandlerOutput, options: { snapLength?: number } = {}): boolean {
    if (output?.outputs !== this.outputs) this.refuseOutput(output)
    if (this.outputs === NOBODY || output?.outputs !== this.outputs) return false
    checkOptions('options', options, ['snapLength'])
    const { snapLength = 65535 } = options
    checkInteger('options.snapLength', snapLength, { minimum: 14, maximum: 65535, unit: 'bytes' })
    const length = Math.min(this.length, snapLength)
    return this.#changes.copy(this.index, this.#segmentCount, length, output.verdict)
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
    if (this.outputs !== NOBODY) insertTag(this.memory.bytes, this.frameStart, bits)
  }

  /** Takes the outermost VLAN tag off. False when it has none. */
  popVlan(): boolean {
    if (this.outputs === NOBODY) this.#refuseUse()
    if (this.vlanTag === undefined) return false
    removeTag(this.memory.bytes, this.frameStart)
    this.trimFront(VLAN_TAG)
    return true
  }

  /** @internal Of a captured copy, where a hash would be: bytes on the wire. */
  get wireLength(): number {
    return this.#metadata32(METADATA_HASH)
  }

  #resize(front: number, back: number): void {
    if (this.outputs === NOBODY) {
      this.#refuseUse()
      return
    }
    this.#changes.resize(this.index, front, back)
    this[point](this.index)
  }

  /** The header behind an IPv4 header that is as nearly all are, and of a packet in one piece; of others, look further. */
  private usualTransport<Kind extends PortHeader>(protocol: number, header: Kind): Kind | undefined {
    const network = this.start + ETHERNET_HEADER
    if (this.load16(network - 2) !== ETHER_TYPE_IPV4 || this.load8(network + 9) !== protocol) return undefined
    if (!this.ipv4Header.pointIfUsual(network, this.end) || (this.load16(network + 6) & 0x3fff) !== 0)
      return undefined
    const end = network + this.load16(network + 2)
    const fault = header.behind(network)[locate](network + IPV4_HEADER, end, end)
    return fault === undefined ? header : undefined
  }

  private blankEthernet(): EthernetHeader {
    this.#refuseUse()
    return new EthernetHeader(allocatePacketMemory(ETHERNET_HEADER))[point](0, ETHERNET_HEADER)
  }

  #refuseSegments(): void {
    if (this.#segmentCount === 1) return
    throw outOfRange('packet.segments.length', '1 to change the end of a packet', this.#segmentCount)
  }

  /** The bytes of a segment, given by its descriptor. */
  #segment(index: number): Uint8Array {
    const offset = this.word32(index >> 1)
    return this.memory.bytes.subarray(offset, offset + this.word16(index + LENGTH16))
  }

  /** The slot of its first descriptor. */
  #slot(): number {
    return (this.index - this.#columns.descriptors16) / DESCRIPTOR16
  }

  #descriptor(segment: number): number {
    return this.#columns.descriptor16(this.#slot() + segment)
  }

  #metadata16(field: number): number {
    return this.word16(this.#columns.metadata16 + this.#slot() * METADATA16 + (field >> 1))
  }

  #metadata32(field: number): number {
    return (this.#metadata16(field) | (this.#metadata16(field + 2) << 16)) >>> 0
  }

  #check(at: number, width: number): void {
    // Also what is not an integer: its low bits say something else.
    if (at >= 0 && at <= this.end - this.start - width && (at | 0) === at) return
    if (this.outputs === NOBODY) throw released()
    const advice =
      this.beyond > 0 ? 'The packet has several segments: packet.segments gives their bytes.' : undefined
    throw outOfRange('at', `an offset of ${width} of the packet's ${this.bytes.length} bytes`, at, advice)
  }

  /** Harmless in production: the lcore has the packet back, or the handler's next packet is decided by the next call. */
  #refuseUse(): void {
    if (development && this.outputs === NOBODY) throw released()
  }

  private refuseOutput(output: HandlerOutput): void {
    this.#refuseUse()
    if (development) throw unknownOutput(output, this.outputs)
  }
}

function checkCount(bytes: unknown): number {
  return checkInteger('bytes', bytes, { minimum: 0, maximum: 65535 })
}
