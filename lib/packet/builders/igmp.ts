import { REPORT_HEADER } from '../headers/group-records.js'
import { locate } from '../headers/header.js'
import {
  IGMP_HEADER,
  IGMP_QUERY,
  IGMP_V3_QUERY,
  IGMP_V3_REPORT,
  type IgmpFields,
  IgmpHeader,
} from '../headers/igmp.js'
import { PROTOCOL_IGMP } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import { encodeAddresses, encodeGroupRecords, encodeIpv4Address } from './group-records.js'
import type { Layer } from './layer.js'

const V3_QUERY = [
  ...(['suppressRouterSideProcessing', 'querierRobustnessVariable'] as const),
  ...(['querierQueryIntervalCode', 'sources'] as const),
]
const KNOWN = ['type', 'maximumResponseCode', 'checksum', 'group', ...V3_QUERY, 'records'] as const

/**
 * An IGMP message: a query for all groups, unless it is said otherwise; of version 3 with any field of that version.
 */
export function igmp(fields: Partial<IgmpFields> = {}): Layer {
  const given = new Fields<IgmpFields>('igmp', fields, KNOWN)
  return {
    name: 'igmp',
    fields,
    protocol: PROTOCOL_IGMP,
    encode() {
      const type = given.uint('type', 8, IGMP_QUERY)
      const header = type === IGMP_V3_REPORT ? v3Report(given) : message(given, type)
      header[0] = type
      new DataView(header.buffer, header.byteOffset).setUint16(2, given.uint('checksum', 16, 0))
      return header
    },
    complete(memory, { start, end }) {
      if (given.has('checksum')) return
      const header = new IgmpHeader(memory)
      if (header[locate](start, end, end) === undefined) header.updateChecksum()
    },
  }
}

function v3Report(given: Fields<IgmpFields>): Uint8Array {
  const records = given.objects('records')
  const fixed = new Uint8Array(REPORT_HEADER)
  new DataView(fixed.buffer).setUint16(6, records.length)
  return Buffer.concat([fixed, encodeGroupRecords('igmp.records', records, encodeIpv4Address)])
}

function message(given: Fields<IgmpFields>, type: number): Uint8Array {
  const isV3 = type === IGMP_QUERY && V3_QUERY.some((name) => given.has(name))
  const header = new Uint8Array(isV3 ? IGMP_V3_QUERY : IGMP_HEADER)
  const view = new DataView(header.buffer)
  view.setUint8(1, given.uint('maximumResponseCode', 8, type === IGMP_QUERY ? 100 : 0))
  view.setUint32(4, given.ipv4('group', '0.0.0.0'))
  if (!isV3) return header
  const sources = encodeAddresses('igmp.sources', given.texts('sources'), encodeIpv4Address)
  const suppress = given.flag('suppressRouterSideProcessing') ? 8 : 0
  view.setUint8(8, suppress | given.uint('querierRobustnessVariable', 3, 2))
  view.setUint8(9, given.uint('querierQueryIntervalCode', 8, 125))
  view.setUint16(10, sources.length / 4)
  return Buffer.concat([header, sources])
}
