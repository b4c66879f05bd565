import { PROTOCOL_MOBILITY } from '../protocol-numbers.js'
import { CheckedHeader } from './checked-header.js'
import { locate } from './header.js'

/** Bytes in front of the message data. */
export const MOBILITY_FIXED = 6

/** As tcpdump calls them, by their types. */
const MESSAGES = ['BRR', 'HoTI', 'CoTI', 'HoT', 'CoT', 'BU', 'BA', 'BE']

export interface MobilityFields {
  /** 59: nothing follows it. */
  nextHeader: number
  /** 0 binding refresh request, 5 binding update, 6 binding acknowledgement. */
  type: number
  checksum: number
  /** What depends on the type, in hexadecimal digits: 2 bytes more than a multiple of 8. */
  data: string
}

/**
 * An IPv6 mobility header, in place. Its checksum covers itself and the addresses.
 *
 * @see RFC 6275, section 6.1
 */
export class MobilityHeader extends CheckedHeader {
  readonly name = 'mobility'
  protected readonly protocol = PROTOCOL_MOBILITY
  protected readonly checksumAt = 4
  protected readonly hasPseudoHeader = true

  /** In bytes: a multiple of 8. */
  get headerLength(): number {
    return (this.read8(1) + 1) << 3
  }

  /** 59: nothing follows it. */
  get nextHeader(): number {
    return this.read8(0)
  }

  /** 0 binding refresh request, 5 binding update, 6 binding acknowledgement. */
  get type(): number {
    return this.read8(2)
  }

  /** What depends on the type, in place: a new view. */
  get data(): Uint8Array {
    return this.bytes.subarray(this.start + MOBILITY_FIXED, this.start + this.headerLength)
  }

  toJSON(): MobilityFields {
    const { nextHeader, type, checksum, data } = this
    return { nextHeader, type, checksum, data: Buffer.from(data).toString('hex') }
  }

  toString(): string {
    return `mobility: ${MESSAGES[this.type] ?? `type ${this.type}`}`
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    this.start = start
    this.end = end
    if (start + 8 > end || start + this.headerLength > end)
      return 'the packet ends within an IPv6 extension header'
    this.messageLength = this.headerLength
    return undefined
  }
}
