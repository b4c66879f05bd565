import { outOfRange } from '../../validate.js'
import { changeChecksumAt, checksumOf, fold, sumPseudoHeader, sumWords } from '../checksum.js'
import { PROTOCOL_UDP } from '../protocol-numbers.js'
import { Header } from './header.js'

/**
 * A header behind IP whose checksum covers its payload too: TCP, UDP, ICMP, ICMPv6, IGMP.
 *
 * Setters leave the checksum alone. There are three ways to keep it right: `replaceUint16` and what is built on it change
 * it along with the field, in a few instructions; `updateChecksum()` computes it anew; or the device does it.
 */
export abstract class CheckedHeader extends Header {
  /** Where the IP header in front of it starts. */
  protected network = 0
  /** Bytes from its start to its message's end, also those that are in further segments. */
  protected messageLength = 0
  /** Whether the message goes on in other packets. */
  protected isFragment = false

  /** Its number in IP. */
  protected abstract readonly protocol: number
  /** Of the checksum, in the header. */
  protected abstract readonly checksumAt: number
  /** Whether addresses, protocol and length are covered too. */
  protected abstract readonly hasPseudoHeader: boolean

  /** @internal Behind the IP header at `network`; `isFragment` when the message goes on in other fragments. */
  behind(network: number, isFragment = false): this {
    this.network = network
    this.isFragment = isFragment
    return this
  }

  get checksum(): number {
    return this.read16(this.checksumAt)
  }

  set checksum(value: number) {
    this.write16(this.checksumAt, value)
  }

  /**
   * Whether the checksum fits the message. That of UDP over IPv4 may be left out; this says true then. Undefined where it
   * cannot be told: the message goes on in further segments or fragments.
   */
  hasValidChecksum(): boolean | undefined {
    if (this.#isLeftOut) return (this.bytes[this.network] as number) >> 4 === 4
    return this.#isWhole ? fold(this.#sum()) === 0xffff : undefined
  }

  /** Computes the checksum anew. @throws {RangeError} for a message that goes on in further segments or fragments. */
  updateChecksum(): void {
    if (!this.#isWhole) throw notWhole(this.isFragment)
    this.checksum = 0
    this.checksum = checksumOf(this.#sum(), this.protocol)
  }

  /**
   * Writes two bytes in network order, and changes the checksum accordingly: a right one stays right, a wrong one wrong.
   *
   * @param at an even offset from the header's start
   * @throws {RangeError} behind the segment's end, or for an odd offset
   * @see RFC 1624
   */
  replaceUint16(at: number, value: number): void {
    if (at % 2 !== 0) throw outOfRange('at', 'even: the checksum is over words of two bytes', at)
    const before = this.getUint16(at)
    this.write16(at, value)
    changeChecksumAt(this.bytes, this.start + this.checksumAt, this.protocol, before, value & 0xffff)
  }

  get #isLeftOut(): boolean {
    return this.protocol === PROTOCOL_UDP && this.checksum === 0
  }

  get #isWhole(): boolean {
    return !this.isFragment && this.start + this.messageLength <= this.end
  }

  #sum(): number {
    const length = this.messageLength
    const initial = this.hasPseudoHeader
      ? sumPseudoHeader(this.bytes, this.network, this.start, this.protocol, length)
      : 0
    return sumWords(this.bytes, this.start, this.start + length, initial)
  }
}

/** @internal */
export function notWhole(isFragment: boolean): RangeError {
  return outOfRange(
    'the message',
    'in one segment and one fragment to compute its checksum',
    isFragment ? 'a fragment' : 'several segments',
    'Copy it into one buffer, or let the device compute it.',
  )
}
