import type { Arena } from '../../arena.js'
import { point } from '../flyweight.js'

/** Bytes of an IPv4 header without options. */
export const IPV4_HEADER = 20

/** What Ethernet calls IPv4. */
export const ETHER_TYPE_IPV4 = 0x0800

/**
 * The IPv4 header of a packet, in place: reading and writing go to the packet's bytes.
 *
 * `packet.ipv4` gives it only where it is one: version 4, a header of at least 20 bytes that is there as a whole, and a
 * total length that neither is shorter than the header nor exceeds the frame. The header's checksum is not checked;
 * `hasValidChecksum()` does.
 *
 * @see RFC 791, section 3.1
 */
export class Ipv4Header {
  readonly #bytes: Uint8Array
  #offset = 0

  /** @internal */
  constructor(arena: Arena) {
    this.#bytes = arena.bytes
  }

  /** @internal */
  [point](offset: number): this {
    this.#offset = offset
    return this
  }

  /** In bytes, options included: 20 to 60. */
  get headerLength(): number {
    return ((this.#bytes[this.#offset] as number) & 0x0f) << 2
  }

  /** In bytes, header and payload. The frame may be longer: Ethernet pads to 60 bytes. */
  get totalLength(): number {
    return this.#getUint16(2)
  }

  /** Common to the fragments of one datagram. */
  get identification(): number {
    return this.#getUint16(4)
  }

  get dontFragment(): boolean {
    return ((this.#bytes[this.#offset + 6] as number) & 0x40) !== 0
  }

  /** A fragment, the first one included: there may be no transport header behind this one. */
  get isFragment(): boolean {
    return (this.#getUint16(6) & 0x3fff) !== 0
  }

  /** Time to live, in hops. */
  get ttl(): number {
    return this.#bytes[this.#offset + 8] as number
  }

  /** Leaves the checksum alone: call `updateChecksum()`, or use `decrementTtl()`. */
  set ttl(value: number) {
    this.#bytes[this.#offset + 8] = value
  }

  /** 1 ICMP, 6 TCP, 17 UDP. */
  get protocol(): number {
    return this.#bytes[this.#offset + 9] as number
  }

  get checksum(): number {
    return this.#getUint16(10)
  }

  /** `192.0.2.1`. Makes a string; `sourceNumber` does not. */
  get source(): string {
    return formatAddress(this.sourceNumber)
  }

  /** `192.0.2.1`. Makes a string; `destinationNumber` does not. */
  get destination(): string {
    return formatAddress(this.destinationNumber)
  }

  /** The source as a number: `0xc0000201` is 192.0.2.1. */
  get sourceNumber(): number {
    return this.#getUint32(12)
  }

  /** Leaves the checksum alone: call `updateChecksum()`. TCP and UDP checksums cover the addresses too. */
  set sourceNumber(address: number) {
    this.#setUint32(12, address)
  }

  /** The destination as a number: `0xc0000201` is 192.0.2.1. */
  get destinationNumber(): number {
    return this.#getUint32(16)
  }

  /** Leaves the checksum alone: call `updateChecksum()`. TCP and UDP checksums cover the addresses too. */
  set destinationNumber(address: number) {
    this.#setUint32(16, address)
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
    const bytes = this.#bytes
    const offset = this.#offset
    const ttl = bytes[offset + 8] as number
    if (ttl === 0) return 0
    bytes[offset + 8] = ttl - 1
    // m is the word of TTL and protocol. m' is 0x100 less, so ~m + m' is always 0xfeff.
    const sum = (~this.#getUint16(10) & 0xffff) + 0xfeff
    this.#setUint16(10, ~((sum & 0xffff) + (sum >>> 16)))
    return ttl - 1
  }

  /** Computes the header's checksum anew. */
  updateChecksum(): void {
    this.#setUint16(10, 0)
    this.#setUint16(10, ~this.#sum())
  }

  /** Whether the header's checksum fits its bytes. */
  hasValidChecksum(): boolean {
    return this.#sum() === 0xffff
  }

  toString(): string {
    return `${this.source} > ${this.destination}, protocol ${this.protocol}, ttl ${this.ttl}, length ${this.totalLength}`
  }

  /** The ones' complement sum of the header's words. */
  #sum(): number {
    let sum = 0
    for (let i = 0; i < this.headerLength; i += 2) sum += this.#getUint16(i)
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    return sum
  }

  #getUint16(at: number): number {
    const offset = this.#offset + at
    return ((this.#bytes[offset] as number) << 8) | (this.#bytes[offset + 1] as number)
  }

  #setUint16(at: number, value: number): void {
    const offset = this.#offset + at
    this.#bytes[offset] = value >> 8
    this.#bytes[offset + 1] = value
  }

  #getUint32(at: number): number {
    return ((this.#getUint16(at) << 16) | this.#getUint16(at + 2)) >>> 0
  }

  #setUint32(at: number, value: number): void {
    this.#setUint16(at, value >>> 16)
    this.#setUint16(at + 2, value)
  }
}

function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`
}
