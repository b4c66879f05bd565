import { outOfRange } from '../../validate.js'
import { type GroupRecord, RECORD_FIXED } from '../headers/group-records.js'
import { parseIpv4Address, parseIpv6Address } from '../ip-address.js'
import { Fields } from './fields.js'

/** Of an address, by its length: 4 or 16 bytes. */
type Encode = (address: string, name: string) => Uint8Array

export function encodeIpv4Address(address: string, name: string): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, parseIpv4Address(address, name))
  return bytes
}

export const encodeIpv6Address: Encode = parseIpv6Address

/** Addresses, one behind the other. @param name of the list, for errors */
export function encodeAddresses(name: string, addresses: readonly string[], encode: Encode): Uint8Array {
  return Buffer.concat(addresses.map((address, index) => encode(address, `${name}[${index}]`)))
}

/** Records of a report, one behind the other. @param name of the list, for errors */
export function encodeGroupRecords(name: string, records: readonly object[], encode: Encode): Uint8Array {
  return Buffer.concat(records.map((record, index) => encodeRecord(`${name}[${index}]`, record, encode)))
}

function encodeRecord(name: string, record: Partial<GroupRecord>, encode: Encode): Uint8Array {
  const given = new Fields<GroupRecord>(name, record, ['type', 'group', 'sources', 'auxiliaryData'])
  const group = encode(record.group as string, `${name}.group`)
  const sources = encodeAddresses(`${name}.sources`, given.texts('sources'), encode)
  const auxiliary = given.bytes('auxiliaryData', 4 * 255)
  if (auxiliary.length % 4 !== 0) {
    throw outOfRange(`${name}.auxiliaryData`, 'a multiple of 4 bytes long', `${auxiliary.length} bytes`)
  }
  const fixed = new Uint8Array(RECORD_FIXED)
  const view = new DataView(fixed.buffer)
  view.setUint8(0, given.uint('type', 8, 1))
  view.setUint8(1, auxiliary.length >> 2)
  view.setUint16(2, sources.length / group.length)
  return Buffer.concat([fixed, group, sources, auxiliary])
}
