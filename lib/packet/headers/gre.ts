import { point } from '../flyweight.js'
import type { InnerPacket } from '../layers.js'
import type { PacketMemory } from '../memory.js'
import { ETHER_TYPE_TRANSPARENT_ETHERNET, PROTOCOL_GRE } from '../protocol-numbers.js'
import { LINK_ETHERNET } from '../walker.js'
import { CheckedHeader } from './checked-header.js'
import { locate } from './header.js'

/** Bytes of a GRE header without optional fields. */
export const GRE_HEADER = 4

export const GRE_CHECKSUM_PRESENT = 0x8000
export const GRE_KEY_PRESENT = 0x2000
export const GRE_SEQUENCE_NUMBER_PRESENT = 0x1000
/** Bits that RFC 1701 used and receivers must refuse: routing, strict source route, recursion control's upper two. */
const REFUSED = 0x4c00
const RESERVED0 = 0x03f8
const VERSION = 0x0007

export interface GreFields {
  /** What follows, as an EtherType: 0x0800 IPv4, 0x6558 an Ethernet frame. */
  protocolType: number
  /** The seven bits in front of the version, reserved. */
  reserved0: number
  hasChecksum: boolean
  /** Over header and payload; absent where there is none. */
  checksum?: number
  /** The two bytes behind the checksum, reserved. */
  reserved1?: number
  /** 32 bits, absent where there is none. */
  key?: number
  /** 32 bits, absent where there is none. */
  sequenceNumber?: number
}

/**
 * The GRE header of a packet, in place: behind IP with protocol 47. What it carries is in `inner`.
 *
 * `packet.gre` gives it only in version 0, without the routing of RFC 1701: PPTP's version 1 is another header.
 *
 * @see RFC 2784, and RFC 2890 for key and sequence number
 */
export class GreHeader extends CheckedHeader {
  readonly name = 'gre'
  protected readonly protocol = PROTOCOL_GRE
  protected readonly checksumAt = GRE_HEADER
  protected readonly hasPseudoHeader = false
  readonly #inner: InnerPacket | undefined

  /** @internal */
  constructor(memory: PacketMemory, inner: InnerPacket | undefined) {
    super(memory)
    this.#inner = inner
  }

  /** In bytes, with the optional fields: 4 to 16. */
  get headerLength(): number {
    return greHeaderLength(this.read16(0))
  }

  get hasChecksum(): boolean {
    return this.#has(GRE_CHECKSUM_PRESENT)
  }

  get hasKey(): boolean {
    return this.#has(GRE_KEY_PRESENT)
  }

  get hasSequenceNumber(): boolean {
    return this.#has(GRE_SEQUENCE_NUMBER_PRESENT)
  }

  /** The seven bits in front of the version, reserved. */
  get reserved0(): number {
    return (this.read16(0) & RESERVED0) >> 3
  }

  /** What follows, as an EtherType: 0x0800 IPv4, 0x6558 an Ethernet frame. */
  get protocolType(): number {
    return this.read16(2)
  }

  /** 0 where there is none: see `hasChecksum`. */
  override get checksum(): number {
    return this.hasChecksum ? this.read16(GRE_HEADER) : 0
  }

  /** Does nothing where there is none. */
  override set checksum(value: number) {
    if (this.hasChecksum) this.write16(GRE_HEADER, value)
  }

  /** The two bytes behind the checksum, reserved; 0 where there is none. */
  get reserved1(): number {
    return this.hasChecksum ? this.read16(GRE_HEADER + 2) : 0
  }

  /** 0 where there is none: see `hasKey`. */
  get key(): number {
    return this.hasKey ? this.read32(this.#keyAt) : 0
  }

  /** Leaves the checksum alone; does nothing where there is no key. */
  set key(value: number) {
    if (this.hasKey) this.write32(this.#keyAt, value)
  }

  /** 0 where there is none: see `hasSequenceNumber`. */
  get sequenceNumber(): number {
    return this.hasSequenceNumber ? this.read32(this.headerLength - 4) : 0
  }

  /** Leaves the checksum alone; does nothing where there is no sequence number. */
  set sequenceNumber(value: number) {
    if (this.hasSequenceNumber) this.write32(this.headerLength - 4, value)
  }

  /** Whether the checksum fits header and payload; true where there is none, undefined as elsewhere. */
  override hasValidChecksum(): boolean | undefined {
    return !this.hasChecksum || super.hasValidChecksum()
  }

  /** Computes the checksum anew, where there is one. @throws {RangeError} as elsewhere. */
  override updateChecksum(): void {
    if (this.hasChecksum) super.updateChecksum()
  }

  /** Writes two bytes, and changes the checksum accordingly, where there is one. */
  override replaceUint16(at: number, value: number): void {
    if (this.hasChecksum) super.replaceUint16(at, value)
    else this.setUint16(at, value)
  }

  /** What it carries; undefined in the last of more tunnels than are followed. */
  get inner(): InnerPacket | undefined {
    const { protocolType, start } = this
    const link = protocolType === ETHER_TYPE_TRANSPARENT_ETHERNET ? LINK_ETHERNET : protocolType
    return this.#inner?.[point](link, start + this.headerLength, this.end, start + this.messageLength)
  }

  toJSON(): GreFields {
    const { protocolType, reserved0, hasChecksum, checksum, reserved1, key, sequenceNumber } = this
    return {
      ...{ protocolType, reserved0, hasChecksum },
      ...(hasChecksum && { checksum, reserved1 }),
      ...(this.hasKey && { key }),
      ...(this.hasSequenceNumber && { sequenceNumber }),
    }
  }

  toString(): string {
    const key = this.hasKey ? `, key=0x${this.key.toString(16)}` : ''
    const sequenceNumber = this.hasSequenceNumber ? `, seq ${this.sequenceNumber}` : ''
    return `GREv0${key}${sequenceNumber}, length ${this.messageLength}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + GRE_HEADER > end) return 'the packet ends within the GRE header'
    const flags = ((this.bytes[start] as number) << 8) | (this.bytes[start + 1] as number)
    if ((flags & VERSION) !== 0) return 'the GRE header has another version than 0'
    if ((flags & REFUSED) !== 0) return 'the GRE header has fields that RFC 2784 has abolished'
    if (start + greHeaderLength(flags) > end) return 'the packet ends within the GRE header'
    this.messageLength = extent - start
    this[point](start, end)
    return undefined
  }

  get #keyAt(): number {
    return this.hasChecksum ? GRE_HEADER + 4 : GRE_HEADER
  }

  #has(flag: number): boolean {
    return (this.read16(0) & flag) !== 0
  }
}

function greHeaderLength(flags: number): number {
  let length = GRE_HEADER
  if ((flags & GRE_CHECKSUM_PRESENT) !== 0) length += 4
  if ((flags & GRE_KEY_PRESENT) !== 0) length += 4
  if ((flags & GRE_SEQUENCE_NUMBER_PRESENT) !== 0) length += 4
  return length
}
