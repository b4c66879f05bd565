import { formatIpv4Address, formatIpv6Address } from '../ip-address.js'

/** What a report of IGMPv3 or MLDv2 says about one group. */
export interface GroupRecord {
  /** 1 is include, 2 is exclude, 3 change to include, 4 change to exclude, 5 allow new sources, 6 block old sources. */
  type: number
  /** The multicast address: `224.0.0.251`, `ff02::fb`. */
  group: string
  sources: string[]
  /** In hexadecimal digits, a multiple of 4 bytes; usually there is none. */
  auxiliaryData: string
}

/**
 * Bytes of a report in front of its records, and of a record in front of its addresses. The two protocols have the same
 * format, with addresses of 4 or of 16 bytes.
 *
 * @see RFC 3376, section 4.2, and RFC 3810, section 5.2
 */
export const REPORT_HEADER = 8
export const RECORD_FIXED = 4

/** How many records a report says that it has. @param start of the report */
export function groupRecordCount(bytes: Uint8Array, start: number): number {
  return word(bytes, start + 6)
}

/** Where the last record of a report ends; behind `end` when one is cut off. @param start of the report */
export function groupRecordsEnd(bytes: Uint8Array, start: number, end: number, address: number): number {
  let at = start + REPORT_HEADER
  for (let left = groupRecordCount(bytes, start); left > 0; left--) {
    if (at + RECORD_FIXED + address > end) return end + 1
    at = recordEnd(bytes, at, address)
  }
  return at
}

/** The records of a report, up to the first one that is cut off. @param start of the report */
export function readGroupRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  address: number,
): GroupRecord[] {
  const records: GroupRecord[] = []
  let at = start + REPORT_HEADER
  for (let left = groupRecordCount(bytes, start); left > 0; left--) {
    const sourcesAt = at + RECORD_FIXED + address
    if (sourcesAt > end || recordEnd(bytes, at, address) > end) break
    const sources = readAddresses(bytes, sourcesAt, word(bytes, at + 2), address)
    const next = recordEnd(bytes, at, address)
    records.push({
      type: bytes[at] as number,
      group: readAddress(bytes, at + RECORD_FIXED, address),
      sources,
      auxiliaryData: Buffer.from(bytes.subarray(sourcesAt + sources.length * address, next)).toString('hex'),
    })
    at = next
  }
  return records
}

/** So many addresses of 4 or 16 bytes, one behind the other, as text. */
export function readAddresses(bytes: Uint8Array, at: number, count: number, address: number): string[] {
  return Array.from({ length: count }, (_, index) => readAddress(bytes, at + index * address, address))
}

function readAddress(bytes: Uint8Array, at: number, length: number): string {
  if (length === 16) return formatIpv6Address(bytes, at)
  return formatIpv4Address((word(bytes, at) << 16) | word(bytes, at + 2))
}

function recordEnd(bytes: Uint8Array, at: number, address: number): number {
  return at + RECORD_FIXED + address + word(bytes, at + 2) * address + (bytes[at + 1] as number) * 4
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}
