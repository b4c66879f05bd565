import { formatIpv4Address } from '../ip-address.js'
import { PROTOCOL_IGMP } from '../protocol-numbers.js'
import { CheckedHeader } from './checked-header.js'
import {
  type GroupRecord,
  groupRecordCount,
  groupRecordsEnd,
  readAddresses,
  readGroupRecords,
} from './group-records.js'
import { locate } from './header.js'

/** Bytes of a message of version 1 or 2. */
export const IGMP_HEADER = 8
/** Bytes of a query of version 3 without sources. */
export const IGMP_V3_QUERY = 12

export const IGMP_QUERY = 0x11
export const IGMP_V1_REPORT = 0x12
export const IGMP_V2_REPORT = 0x16
export const IGMP_LEAVE = 0x17
export const IGMP_V3_REPORT = 0x22

const ADDRESS = 4

export interface IgmpFields {
  /** 0x11 query, 0x12 report of version 1, 0x16 of version 2, 0x17 leave, 0x22 report of version 3. */
  type: number
  /**
   * In tenths of a second, of version 3 from 128 on in a floating-point format; 0 in version 1. Not in reports of
   * version 3.
   */
  maximumResponseCode?: number
  checksum: number
  /** `224.0.0.251`; of queries, 0.0.0.0 is all groups. Not in reports of version 3. */
  group?: string
  /** Of queries of version 3: those who hear it need not restart their timers. */
  suppressRouterSideProcessing?: boolean
  /** Of queries of version 3: 0 to 7. */
  querierRobustnessVariable?: number
  /** Of queries of version 3: in seconds, from 128 on in a floating-point format. */
  querierQueryIntervalCode?: number
  /** Of queries of version 3. */
  sources?: string[]
  /** Of reports of version 3. */
  records?: GroupRecord[]
}

/**
 * An IGMP message, in place: which multicast groups a host listens to.
 *
 * `packet.igmp` gives it where all its addresses are there. A query of 12 bytes and more is one of version 3.
 *
 * @see RFC 2236 for version 2, RFC 3376, section 4, for version 3
 */
export class IgmpHeader extends CheckedHeader {
  readonly name = 'igmp'
  protected readonly protocol = PROTOCOL_IGMP
  protected readonly checksumAt = 2
  protected readonly hasPseudoHeader = false
  #headerLength = IGMP_HEADER

  /** In bytes, with all sources and records. */
  get headerLength(): number {
    return this.#headerLength
  }

  /** 0x11 query, 0x12 report of version 1, 0x16 of version 2, 0x17 leave, 0x22 report of version 3. */
  get type(): number {
    return this.read8(0)
  }

  /** Of the protocol: 1 to 3; undefined for types of other protocols. */
  get version(): number | undefined {
    const { type } = this
    if (type === IGMP_V1_REPORT) return 1
    if (type === IGMP_V2_REPORT || type === IGMP_LEAVE) return 2
    if (type === IGMP_V3_REPORT || this.#isV3Query) return 3
    if (type !== IGMP_QUERY) return undefined
    return this.maximumResponseCode === 0 ? 1 : 2
  }

  /** In tenths of a second, of version 3 from 128 on in a floating-point format. Undefined in reports of version 3. */
  get maximumResponseCode(): number | undefined {
    return this.type === IGMP_V3_REPORT ? undefined : this.read8(1)
  }

  /** `224.0.0.251`; undefined in reports of version 3. Makes a string; `groupNumber` does not. */
  get group(): string | undefined {
    const { groupNumber } = this
    return groupNumber === undefined ? undefined : formatIpv4Address(groupNumber)
  }

  /** The group's address as a number; undefined in reports of version 3. */
  get groupNumber(): number | undefined {
    return this.type === IGMP_V3_REPORT ? undefined : this.read32(4)
  }

  /** Of queries of version 3, else undefined: those who hear it need not restart their timers. */
  get suppressRouterSideProcessing(): boolean | undefined {
    return this.#isV3Query ? (this.read8(8) & 8) !== 0 : undefined
  }

  /** Of queries of version 3, else undefined: 0 to 7. */
  get querierRobustnessVariable(): number | undefined {
    return this.#isV3Query ? this.read8(8) & 7 : undefined
  }

  /** Of queries of version 3, else undefined: in seconds, from 128 on in a floating-point format. */
  get querierQueryIntervalCode(): number | undefined {
    return this.#isV3Query ? this.read8(9) : undefined
  }

  /** Of queries of version 3, else undefined. Makes a list. */
  get sources(): string[] | undefined {
    return this.#isV3Query
      ? readAddresses(this.bytes, this.start + IGMP_V3_QUERY, this.read16(10), ADDRESS)
      : undefined
  }

  /** Of reports of version 3, else undefined. Makes a list. */
  get records(): GroupRecord[] | undefined {
    return this.type === IGMP_V3_REPORT
      ? readGroupRecords(this.bytes, this.start, this.end, ADDRESS)
      : undefined
  }

  toJSON(): IgmpFields {
    const { type, checksum, maximumResponseCode, group, records, sources } = this
    const { suppressRouterSideProcessing, querierRobustnessVariable, querierQueryIntervalCode } = this
    if (records !== undefined) return { type, checksum, records }
    return {
      type,
      ...(maximumResponseCode !== undefined && { maximumResponseCode }),
      checksum,
      ...(group !== undefined && { group }),
      ...(suppressRouterSideProcessing !== undefined && { suppressRouterSideProcessing }),
      ...(querierRobustnessVariable !== undefined && { querierRobustnessVariable }),
      ...(querierQueryIntervalCode !== undefined && { querierQueryIntervalCode }),
      ...(sources !== undefined && { sources }),
    }
  }

  toString(): string {
    const { type, version, group } = this
    const of = this.groupNumber === 0 ? '' : ` [gaddr ${group}]`
    if (type === IGMP_QUERY) return `igmp query v${version}${of}`
    if (type === IGMP_V1_REPORT || type === IGMP_V2_REPORT) return `igmp v${version} report ${group}`
    if (type === IGMP_LEAVE) return `igmp leave ${group}`
    if (type === IGMP_V3_REPORT) {
      return `igmp v3 report, ${groupRecordCount(this.bytes, this.start)} group record(s)`
    }
    return `igmp-${type}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + IGMP_HEADER > end) return 'the packet ends within the IGMP message'
    this.start = start
    this.end = end
    this.messageLength = extent - start
    this.#headerLength = IGMP_HEADER
    if (this.type === IGMP_V3_REPORT) {
      this.#headerLength = groupRecordsEnd(this.bytes, start, end, ADDRESS) - start
    } else if (this.#isV3Query) {
      this.#headerLength =
        start + IGMP_V3_QUERY > end ? IGMP_V3_QUERY : IGMP_V3_QUERY + ADDRESS * this.read16(10)
    }
    return start + this.#headerLength > end ? 'the packet ends within the IGMP message' : undefined
  }

  get #isV3Query(): boolean {
    return this.type === IGMP_QUERY && this.messageLength >= IGMP_V3_QUERY
  }
}
