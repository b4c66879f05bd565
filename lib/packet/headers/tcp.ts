import { outOfRange } from '../../validate.js'
import { PROTOCOL_TCP } from '../protocol-numbers.js'
import { locate } from './header.js'
import { PortHeader } from './port-header.js'
import {
  findTcpOption,
  formatTcpOption,
  OPTION_MAXIMUM_SEGMENT_SIZE,
  OPTION_SACK_PERMITTED,
  OPTION_TIMESTAMPS,
  OPTION_WINDOW_SCALE,
  readTcpOptions,
  type TcpOption,
} from './tcp-options.js'

/** Bytes of a TCP header without options. */
export const TCP_HEADER = 20

const SEQUENCE_NUMBER = 4
const ACKNOWLEDGEMENT_NUMBER = 8
const FLAGS = 12
const WINDOW = 14
const CHECKSUM = 16
const URGENT_POINTER = 18

/** The control bits: what `flags` consists of. Above them are three reserved bits. */
export const TCP_FLAGS = Object.freeze({
  fin: 0x001,
  syn: 0x002,
  rst: 0x004,
  psh: 0x008,
  ack: 0x010,
  urg: 0x020,
  ece: 0x040,
  cwr: 0x080,
  ae: 0x100,
})

/** As tcpdump writes them, in its order. */
const FLAG_LETTERS = [...'FSRP.UEWe']

export interface TcpFields {
  sourcePort: number
  destinationPort: number
  sequenceNumber: number
  acknowledgementNumber: number
  /** 0 to 7. */
  reserved: number
  /** Accurate ECN; formerly the nonce sum. */
  ae: boolean
  cwr: boolean
  ece: boolean
  urg: boolean
  ack: boolean
  psh: boolean
  rst: boolean
  syn: boolean
  fin: boolean
  /** As it stands there, not scaled. */
  window: number
  checksum: number
  urgentPointer: number
  /** Up to 40 bytes; absent where there are none. */
  options?: TcpOption[]
}

/**
 * The TCP header of a packet, in place: reading and writing go to the packet's bytes.
 *
 * `packet.tcp` gives it only where its header is there as a whole and is at least 20 bytes long. Options are not checked
 * for that: a bad one ends their list.
 *
 * @see RFC 9293, section 3.1
 *
 * @example
 * ```ts
 * const tcp = packet.tcp
 * if (tcp?.syn && !tcp.ack) tcp.clampMaximumSegmentSize(1400)
 * ```
 */
export class TcpHeader extends PortHeader {
  readonly name = 'tcp'
  protected readonly protocol = PROTOCOL_TCP
  protected readonly checksumAt = CHECKSUM
  protected readonly hasPseudoHeader = true

  /** In bytes, options included: 20 to 60. */
  get headerLength(): number {
    // Never more than there is, also when a handler has written over it.
    return Math.min(Math.max(this.dataOffset << 2, TCP_HEADER), this.end - this.start)
  }

  /** Where the payload starts, in words of four bytes: 5 to 15. */
  get dataOffset(): number {
    return this.read8(FLAGS) >> 4
  }

  /** Of the payload's first byte, or of the SYN. */
  get sequenceNumber(): number {
    return this.read32(SEQUENCE_NUMBER)
  }

  set sequenceNumber(value: number) {
    this.write32(SEQUENCE_NUMBER, value)
  }

  /** The next byte that the sender expects; means something only with `ack`. */
  get acknowledgementNumber(): number {
    return this.read32(ACKNOWLEDGEMENT_NUMBER)
  }

  set acknowledgementNumber(value: number) {
    this.write32(ACKNOWLEDGEMENT_NUMBER, value)
  }

  /** The control bits and the three reserved ones above them, in one number: `TCP_FLAGS` has each. */
  get flags(): number {
    return this.read16(FLAGS) & 0x0fff
  }

  /** Leaves the checksum alone, as the setters of all flags. */
  set flags(value: number) {
    this.write16(FLAGS, (this.read16(FLAGS) & 0xf000) | (value & 0x0fff))
  }

  /** Three bits that must be 0. */
  get reserved(): number {
    return this.flags >> 9
  }

  /** Accurate ECN; formerly the nonce sum. */
  get ae(): boolean {
    return this.#flag(TCP_FLAGS.ae)
  }

  set ae(value: boolean) {
    this.#setFlag(TCP_FLAGS.ae, value)
  }

  /** The congestion window was reduced. */
  get cwr(): boolean {
    return this.#flag(TCP_FLAGS.cwr)
  }

  set cwr(value: boolean) {
    this.#setFlag(TCP_FLAGS.cwr, value)
  }

  /** Congestion was experienced; with `syn`, the sender knows ECN. */
  get ece(): boolean {
    return this.#flag(TCP_FLAGS.ece)
  }

  set ece(value: boolean) {
    this.#setFlag(TCP_FLAGS.ece, value)
  }

  /** The urgent pointer means something. */
  get urg(): boolean {
    return this.#flag(TCP_FLAGS.urg)
  }

  set urg(value: boolean) {
    this.#setFlag(TCP_FLAGS.urg, value)
  }

  /** The acknowledgement number means something. */
  get ack(): boolean {
    return this.#flag(TCP_FLAGS.ack)
  }

  set ack(value: boolean) {
    this.#setFlag(TCP_FLAGS.ack, value)
  }

  /** Push: deliver at once. */
  get psh(): boolean {
    return this.#flag(TCP_FLAGS.psh)
  }

  set psh(value: boolean) {
    this.#setFlag(TCP_FLAGS.psh, value)
  }

  /** Reset. */
  get rst(): boolean {
    return this.#flag(TCP_FLAGS.rst)
  }

  set rst(value: boolean) {
    this.#setFlag(TCP_FLAGS.rst, value)
  }

  /** The first segment of a connection, in either direction. */
  get syn(): boolean {
    return this.#flag(TCP_FLAGS.syn)
  }

  set syn(value: boolean) {
    this.#setFlag(TCP_FLAGS.syn, value)
  }

  /** The sender sends no more. */
  get fin(): boolean {
    return this.#flag(TCP_FLAGS.fin)
  }

  set fin(value: boolean) {
    this.#setFlag(TCP_FLAGS.fin, value)
  }

  /** As it stands there, not scaled. */
  get window(): number {
    return this.read16(WINDOW)
  }

  set window(value: number) {
    this.write16(WINDOW, value)
  }

  get urgentPointer(): number {
    return this.read16(URGENT_POINTER)
  }

  set urgentPointer(value: number) {
    this.write16(URGENT_POINTER, value)
  }

  /** In bytes; undefined without the option. */
  get maximumSegmentSize(): number | undefined {
    const at = this.#option(OPTION_MAXIMUM_SEGMENT_SIZE, 4)
    return at < 0 ? undefined : this.read16(at + 2)
  }

  /** By how many bits windows are to be shifted to the left; undefined without the option. */
  get windowScale(): number | undefined {
    const at = this.#option(OPTION_WINDOW_SCALE, 3)
    return at < 0 ? undefined : this.read8(at + 2)
  }

  /** The option says that the sender understands selective acknowledgements. */
  get sackPermitted(): boolean {
    return this.#option(OPTION_SACK_PERMITTED, 2) >= 0
  }

  /** Undefined without the option. */
  get timestampValue(): number | undefined {
    const at = this.#option(OPTION_TIMESTAMPS, 10)
    return at < 0 ? undefined : this.read32(at + 2)
  }

  /** Undefined without the option. */
  get timestampEcho(): number | undefined {
    const at = this.#option(OPTION_TIMESTAMPS, 10)
    return at < 0 ? undefined : this.read32(at + 6)
  }

  /** All options, in their order. Makes a list; the getters above do not. */
  get options(): TcpOption[] {
    return readTcpOptions(this.bytes, this.start + TCP_HEADER, this.start + this.headerLength)
  }

  /**
   * Lowers the maximum segment size that a SYN announces, where it is larger, and changes the checksum accordingly: for
   * paths that take shorter packets than both ends think.
   *
   * @param bytes of TCP payload: an MTU of 1500 leaves 1460 over IPv4, and 1440 over IPv6
   * @returns whether it was lowered
   * @see RFC 9293, section 3.7.1
   */
  clampMaximumSegmentSize(bytes: number): boolean {
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > 0xffff) {
      throw outOfRange('bytes', 'an integer from 0 to 65535', bytes)
    }
    if (!this.syn) return false
    const at = this.#option(OPTION_MAXIMUM_SEGMENT_SIZE, 4) + 2
    if (at < 2 || this.read16(at) <= bytes) return false
    if (at % 2 === 0) {
      this.replaceUint16(at, bytes)
    } else {
      // Behind an odd number of NOPs it lies across two words. The header's length is even: both are in it.
      this.replaceUint16(at - 1, (this.read8(at - 1) << 8) | (bytes >> 8))
      this.replaceUint16(at + 1, ((bytes & 0xff) << 8) | this.read8(at + 2))
    }
    return true
  }

  toJSON(): TcpFields {
    const { sourcePort, destinationPort, sequenceNumber, acknowledgementNumber, reserved } = this
    const { ae, cwr, ece, urg, ack, psh, rst, syn, fin, window, checksum, urgentPointer, options } = this
    return {
      ...{ sourcePort, destinationPort, sequenceNumber, acknowledgementNumber, reserved },
      ...{ ae, cwr, ece, urg, ack, psh, rst, syn, fin, window, checksum, urgentPointer },
      ...(options.length > 0 && { options }),
    }
  }

  toString(): string {
    const { flags, sequenceNumber, options } = this
    const length = this.messageLength - this.headerLength
    const letters = FLAG_LETTERS.filter((_, bit) => (flags & (1 << bit)) !== 0).join('')
    const pieces = [`Flags [${letters || 'none'}]`]
    if (length > 0) {
      pieces.push(`seq ${sequenceNumber}:${(sequenceNumber + length) >>> 0}`)
    } else if (this.syn || this.fin || this.rst) {
      pieces.push(`seq ${sequenceNumber}`)
    }
    if (this.ack) pieces.push(`ack ${this.acknowledgementNumber}`)
    pieces.push(`win ${this.window}`)
    if (this.urg) pieces.push(`urg ${this.urgentPointer}`)
    if (options.length > 0) pieces.push(`options [${options.map(formatTcpOption).join(',')}]`)
    return `${pieces.join(', ')}, length ${length}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + TCP_HEADER > end) return 'the packet ends within the TCP header'
    const headerLength = (this.load8(start + FLAGS) >> 4) << 2
    if (headerLength < TCP_HEADER) return 'the TCP header says that it is shorter than 20 bytes'
    if (start + headerLength > end) return 'the packet ends within the TCP header'
    this.messageLength = extent - start
    this.start = start
    this.end = end
    return undefined
  }

  #flag(mask: number): boolean {
    return (this.read16(FLAGS) & mask) !== 0
  }

  #setFlag(mask: number, value: boolean): void {
    this.write16(FLAGS, (this.read16(FLAGS) & ~mask) | (value ? mask : 0))
  }

  /** Where the option of this kind and length starts, in the header; -1 if there is none. */
  #option(kind: number, length: number): number {
    const { start } = this
    const at = findTcpOption(this.bytes, start + TCP_HEADER, start + this.headerLength, kind, length)
    return at < 0 ? -1 : at - start
  }
}
