import { addressChecksumAt, changeChecksum, changeChecksumAt, fold, sumWords } from '../checksum.js'
import { formatIpv4Address } from '../ip-address.js'
import { Header, locate } from './header.js'

/** Bytes of an IPv4 header without options. */
export const IPV4_HEADER = 20

const TTL = 8
const PROTOCOL = 9
const CHECKSUM = 10
const SOURCE = 12
const DESTINATION = 16

export interface Ipv4Fields {
  /** Differentiated services code point, 0 to 63. */
  dscp: number
  /** Explicit congestion notification, 0 to 3. */
  ecn: number
  /** In bytes, header and payload. */
  totalLength: number
  identification: number
  dontFragment: boolean
  moreFragments: boolean
  /** In bytes, a multiple of 8. */
  fragmentOffset: number
  ttl: number
  /** 1 ICMP, 6 TCP, 17 UDP. */
  protocol: number
  checksum: number
  /** `192.0.2.1`. */
  source: string
  destination: string
  /** In hexadecimal digits, up to 40 bytes; absent where there are none. */
  options?: string
}

/**
 * The IPv4 header of a packet, in place: reading and writing go to the packet's bytes.
 *
 * `packet.ipv4` gives it only where it is one: version 4, a header of at least 20 bytes that is there as a whole, and a
 * total length that neither is shorter than the header nor exceeds the frame. The header's checksum is not checked;
 * `hasValidChecksum()` does.
 *
 * @see RFC 791, section 3.1
 */
export class Ipv4Header extends Header {
  readonly name = 'ipv4'

  /** In bytes, options included: 20 to 60. */
  get headerLength(): number {
    return (this.read8(0) & 0x0f) << 2
  }

  /** Differentiated services code point, 0 to 63. */
  get dscp(): number {
    return this.read8(1) >> 2
  }

  /** Setters leave the checksum alone: call `updateChecksum()` when all is set. */
  set dscp(value: number) {
    this.write8(1, (value << 2) | this.ecn)
  }

  /** Explicit congestion notification, 0 to 3. */
  get ecn(): number {
    return this.read8(1) & 3
  }

  set ecn(value: number) {
    this.write8(1, (this.read8(1) & ~3) | (value & 3))
  }

  /** In bytes, header and payload. The frame may be longer: Ethernet pads to 60 bytes. */
  get totalLength(): number {
    return this.read16(2)
  }

  set totalLength(value: number) {
    this.write16(2, value)
  }

  /** Common to the fragments of one datagram. */
  get identification(): number {
    return this.read16(4)
  }

  set identification(value: number) {
    this.write16(4, value)
  }

  get dontFragment(): boolean {
    return (this.read8(6) & 0x40) !== 0
  }

  set dontFragment(value: boolean) {
    this.write8(6, (this.read8(6) & ~0x40) | (value ? 0x40 : 0))
  }

  get moreFragments(): boolean {
    return (this.read8(6) & 0x20) !== 0
  }

  /** Where this fragment's payload belongs in the datagram, in bytes. */
  get fragmentOffset(): number {
    return (this.read16(6) & 0x1fff) << 3
  }

  /** A fragment, the first one included: there may be no transport header behind this one. */
  get isFragment(): boolean {
    return (this.read16(6) & 0x3fff) !== 0
  }

  /** Time to live, in hops. */
  get ttl(): number {
    return this.read8(TTL)
  }

  /** Leaves the checksum alone: call `updateChecksum()`, or use `decrementTtl()`. */
  set ttl(value: number) {
    this.write8(TTL, value)
  }

  /** 1 ICMP, 6 TCP, 17 UDP. */
  get protocol(): number {
    return this.read8(PROTOCOL)
  }

  set protocol(value: number) {
    this.write8(PROTOCOL, value)
  }

  get checksum(): number {
    return this.read16(CHECKSUM)
  }

  set checksum(value: number) {
    this.write16(CHECKSUM, value)
  }

  /** `192.0.2.1`. Makes a string; `sourceNumber` does not. */
  get source(): string {
    return formatIpv4Address(this.sourceNumber)
  }

  /** `192.0.2.1`. Makes a string; `destinationNumber` does not. */
  get destination(): string {
    return formatIpv4Address(this.destinationNumber)
  }

  /** The source as a number: `0xc0000201` is 192.0.2.1. */
  get sourceNumber(): number {
    return this.read32(SOURCE)
  }

  /** Leaves the checksums alone, this header's and that of TCP or UDP: see `replaceSource`. */
  set sourceNumber(address: number) {
    this.write32(SOURCE, address)
  }

  /** The destination as a number: `0xc0000201` is 192.0.2.1. */
  get destinationNumber(): number {
    return this.read32(DESTINATION)
  }

  /** Leaves the checksums alone, this header's and that of TCP or UDP: see `replaceDestination`. */
  set destinationNumber(address: number) {
    this.write32(DESTINATION, address)
  }

  /** The bytes between the fixed part and the payload, in place: a new view; empty where there are none. */
  get options(): Uint8Array {
    return this.bytes.subarray(this.start + IPV4_HEADER, this.start + this.headerLength)
  }

  /**
   * Sets the source address and changes the checksums that cover it: this header's, and that of TCP or UDP behind it.
   * Right ones stay right, wrong ones wrong.
   *
   * @param address as a number: `parseIpv4Address('192.0.2.1')`
   * @see RFC 1624, and RFC 3022, section 4.1
   */
  replaceSource(address: number): void {
    this.#replaceAddress(SOURCE, address)
  }

  /** The same for the destination address. */
  replaceDestination(address: number): void {
    this.#replaceAddress(DESTINATION, address)
  }

  /**
   * Writes two bytes of the header in network order, and changes its checksum accordingly: for fields that only this
   * header's checksum covers.
   *
   * @param at an even offset below `headerLength`
   */
  replaceUint16(at: number, value: number): void {
    const before = this.getUint16(at)
    this.write16(at, value)
    this.checksum = changeChecksum(this.checksum, before, value & 0xffff)
  }

  /**
   * Takes one off the TTL and brings the checksum up to date; a TTL of 0 stays. Returns what is left: a router forwards
   * only what had 2 or more.
   *
   * A checksum that was wrong stays wrong, so the receiver still notices.
   *
   * @see RFC 1624, equation 3: HC' = ~(~HC + ~m + m')
   */
  decrementTtl(): number {
    const { ttl } = this
    if (ttl === 0) return 0
    this.write8(TTL, ttl - 1)
    // m is the word of TTL and protocol. m' is 0x100 less, so ~m + m' is always 0xfeff.
    const sum = (~this.checksum & 0xffff) + 0xfeff
    this.write16(CHECKSUM, ~((sum & 0xffff) + (sum >>> 16)))
    return ttl - 1
  }

  /** Computes the header's checksum anew. */
  updateChecksum(): void {
    this.checksum = 0
    this.checksum = ~this.#sum()
  }

  /** Whether the header's checksum fits its bytes. */
  hasValidChecksum(): boolean {
    return this.#sum() === 0xffff
  }

  toJSON(): Ipv4Fields {
    const { dscp, ecn, totalLength, identification, dontFragment, moreFragments, fragmentOffset } = this
    const { ttl, protocol, checksum, source, destination, options } = this
    return {
      ...{ dscp, ecn, totalLength, identification, dontFragment, moreFragments, fragmentOffset },
      ...{ ttl, protocol, checksum, source, destination },
      ...(options.length > 0 && { options: Buffer.from(options).toString('hex') }),
    }
  }

  toString(): string {
    return `${this.source} > ${this.destination}, protocol ${this.protocol}, ttl ${this.ttl}, length ${this.totalLength}`
  }

  /**
   * @internal Points it at `start` if it is as nearly all are: of 20 bytes, and its packet within the first segment. False
   * says nothing; `[locate]` finds out. Short, because it is compiled into handlers that ask for every packet.
   */
  pointIfUsual(start: number, end: number): boolean {
    const after = start + this.load16(start + 2)
    if (this.load8(start) !== 0x45 || after > end || after < start + IPV4_HEADER) return false
    this.start = start
    this.end = after
    return true
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + IPV4_HEADER > end) return 'the frame ends within the IPv4 header'
    const first = this.load8(start)
    const headerLength = (first & 0x0f) << 2
    const totalLength = this.load16(start + 2)
    if (first >> 4 !== 4) return 'the IPv4 header has another version'
    if (headerLength < IPV4_HEADER) return 'the IPv4 header says that it is shorter than 20 bytes'
    if (start + headerLength > end) return 'the frame ends within the IPv4 header'
    if (totalLength < headerLength) return 'the IPv4 total length is less than the header'
    if (start + totalLength > extent) return 'the IPv4 total length exceeds the frame'
    this.start = start
    this.end = Math.min(start + totalLength, end)
    return undefined
  }

  #replaceAddress(at: number, address: number): void {
    const transport = this.start + this.headerLength
    const checksum = transport + addressChecksumAt(this.protocol)
    // Later fragments have no transport header.
    const isCovered = checksum > transport && checksum + 2 <= this.end && this.fragmentOffset === 0
    for (let word = 0; word < 4; word += 2) {
      const after = (word === 0 ? address >>> 16 : address) & 0xffff
      const before = this.read16(at + word)
      this.replaceUint16(at + word, after)
      if (isCovered) changeChecksumAt(this.bytes, checksum, this.protocol, before, after)
    }
  }

  #sum(): number {
    return fold(sumWords(this.bytes, this.start, this.start + this.headerLength))
  }
}
