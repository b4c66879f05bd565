import { crc32cOf, crc32cOver, crc32cOverZero } from '../crc32c.js'
import { notWhole } from './checked-header.js'
import { Header, locate } from './header.js'

/** Bytes of the common header; chunks follow. */
export const SCTP_HEADER = 12
/** Bytes of a chunk without its value. */
export const SCTP_CHUNK_HEADER = 4

const SOURCE_PORT = 0
const DESTINATION_PORT = 2
const VERIFICATION_TAG = 4
const CHECKSUM = 8

/** @see https://www.iana.org/assignments/sctp-parameters */
const CHUNK_NAMES: Readonly<Record<number, string>> = {
  0: 'DATA',
  1: 'INIT',
  2: 'INIT ACK',
  3: 'SACK',
  4: 'HEARTBEAT',
  5: 'HEARTBEAT ACK',
  6: 'ABORT',
  7: 'SHUTDOWN',
  8: 'SHUTDOWN ACK',
  9: 'ERROR',
  10: 'COOKIE ECHO',
  11: 'COOKIE ACK',
  12: 'ECNE',
  13: 'CWR',
  14: 'SHUTDOWN COMPLETE',
  15: 'AUTH',
  64: 'I-DATA',
  128: 'ASCONF-ACK',
  130: 'RE-CONFIG',
  132: 'PAD',
  192: 'FORWARD-TSN',
  193: 'ASCONF',
  194: 'I-FORWARD-TSN',
}

export interface SctpFields {
  sourcePort: number
  destinationPort: number
  verificationTag: number
  /** Its four bytes in network order, as tshark has it. */
  checksum: number
}

/** @see RFC 9260, section 3.2 */
export interface SctpChunk {
  /** 0 DATA, 1 INIT, 2 INIT ACK, 3 SACK. */
  type: number
  flags: number
  /** In bytes, these four fields and the value, without padding. */
  length: number
  /** The value, in hexadecimal digits. */
  hex: string
}

/**
 * The common header of an SCTP packet, in place. Its payload is the chunks.
 *
 * The checksum covers header and chunks, but no addresses. There is no way to change it along with a field:
 * `updateChecksum()` computes it anew, over every byte.
 *
 * @see RFC 9260, section 3
 */
export class SctpHeader extends Header {
  readonly name = 'sctp'
  /** Bytes of header and chunks, also those that are in further segments. */
  #messageLength = 0

  get headerLength(): number {
    return SCTP_HEADER
  }

  get sourcePort(): number {
    return this.read16(SOURCE_PORT)
  }

  /** Leaves the checksum alone, as all setters. */
  set sourcePort(value: number) {
    this.write16(SOURCE_PORT, value)
  }

  get destinationPort(): number {
    return this.read16(DESTINATION_PORT)
  }

  set destinationPort(value: number) {
    this.write16(DESTINATION_PORT, value)
  }

  /** By which the receiver knows that the packet belongs to the association; 0 with INIT. */
  get verificationTag(): number {
    return this.read32(VERIFICATION_TAG)
  }

  set verificationTag(value: number) {
    this.write32(VERIFICATION_TAG, value)
  }

  /** CRC32c: its four bytes in network order. */
  get checksum(): number {
    return this.read32(CHECKSUM)
  }

  set checksum(value: number) {
    this.write32(CHECKSUM, value)
  }

  /**
   * The chunks that are in the packet's first segment as a whole, in their order: a new list. The last one's padding may
   * be missing; a chunk that says that it is shorter than four bytes, or goes on behind the packet, ends the list.
   */
  get chunks(): SctpChunk[] {
    const { bytes, end } = this
    const chunks: SctpChunk[] = []
    let at = this.start + SCTP_HEADER
    while (at + SCTP_CHUNK_HEADER <= end) {
      const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
      if (length < SCTP_CHUNK_HEADER || at + length > end) break
      const hex = Buffer.from(bytes.subarray(at + SCTP_CHUNK_HEADER, at + length)).toString('hex')
      chunks.push({ type: bytes[at] as number, flags: bytes[at + 1] as number, length, hex })
      at += (length + 3) & ~3
    }
    return chunks
  }

  /** Whether the checksum fits header and chunks; undefined for a packet that goes on in further segments. */
  hasValidChecksum(): boolean | undefined {
    return this.#isWhole ? this.checksum === this.#computeChecksum() : undefined
  }

  /** Computes the checksum anew. @throws {RangeError} for a packet that goes on in further segments. */
  updateChecksum(): void {
    if (!this.#isWhole) throw notWhole(false)
    this.checksum = this.#computeChecksum()
  }

  toJSON(): SctpFields {
    const { sourcePort, destinationPort, verificationTag, checksum } = this
    return { sourcePort, destinationPort, verificationTag, checksum }
  }

  toString(): string {
    const chunks = this.chunks.map(
      ({ type }, index) => `(${index + 1}) [${CHUNK_NAMES[type] ?? `type ${type}`}]`,
    )
    return ['sctp', ...chunks].join(' ')
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + SCTP_HEADER > end) return 'the packet ends within the SCTP header'
    this.#messageLength = extent - start
    this.start = start
    this.end = end
    return undefined
  }

  get #isWhole(): boolean {
    return this.start + this.#messageLength <= this.end
  }

  #computeChecksum(): number {
    const { bytes, start } = this
    const end = start + this.#messageLength
    let remainder = crc32cOver(bytes, start, start + CHECKSUM)
    for (let i = 0; i < 4; i++) remainder = crc32cOverZero(remainder)
    return swap(crc32cOf(crc32cOver(bytes, start + SCTP_HEADER, end, remainder)))
  }
}

/** Unlike other numbers, the checksum is sent with its lowest byte first. */
function swap(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
}
