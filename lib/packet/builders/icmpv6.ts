import { locate } from '../headers/header.js'
import { Icmpv6Header } from '../headers/icmpv6.js'
import { ICMPV6_FIELDS, type Icmpv6Fields } from '../headers/icmpv6-fields.js'
import * as types from '../headers/icmpv6-types.js'
import { PROTOCOL_ICMPV6 } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import { encodeAddresses, encodeGroupRecords, encodeIpv6Address } from './group-records.js'
import type { Layer } from './layer.js'
import { encodeNeighbourOptions } from './neighbour-options.js'

type Given = Fields<Icmpv6Fields>

const QUERY_V2 = [
  ...(['suppressRouterSideProcessing', 'querierRobustnessVariable'] as const),
  ...(['querierQueryIntervalCode', 'sources'] as const),
]

/**
 * An ICMPv6 message: an echo request, unless `type` says otherwise. Each type takes its own fields, and ignores those
 * of others; a multicast query is of version 2 with any field of that version.
 */
export function icmpv6(fields: Partial<Icmpv6Fields> = {}): Layer {
  const given = new Fields<Icmpv6Fields>('icmpv6', fields, ICMPV6_FIELDS)
  return {
    name: 'icmpv6',
    fields,
    protocol: PROTOCOL_ICMPV6,
    encode() {
      const type = given.uint('type', 8, types.ECHO_REQUEST)
      const isV2 = QUERY_V2.some((name) => given.has(name))
      const header = new Uint8Array(types.fixedLength(type, isV2 ? types.MULTICAST_QUERY_V2 : 0))
      const view = new DataView(header.buffer)
      view.setUint8(0, type)
      view.setUint8(1, given.uint('code', 8, 0))
      view.setUint16(2, given.uint('checksum', 16, 0))
      return Buffer.concat([header, encodeBody(given, type, header, view)])
    },
    complete(memory, { start, end, network }) {
      if (given.has('checksum') || network < 0) return
      const header = new Icmpv6Header(memory).behind(network)
      if (header[locate](start, end, end) === undefined) header.updateChecksum()
    },
  }
}

/** Writes what is in the header behind the checksum, and returns what is behind that. */
function encodeBody(given: Given, type: number, header: Uint8Array, view: DataView): Uint8Array {
  switch (type) {
    case types.UNREACHABLE:
    case types.TIME_EXCEEDED:
      view.setUint32(4, given.uint('restOfHeader', 32, 0))
      break
    case types.PACKET_TOO_BIG:
      view.setUint32(4, given.uint('mtu', 32, 1280))
      break
    case types.PARAMETER_PROBLEM:
      view.setUint32(4, given.uint('pointer', 32, 0))
      break
    case types.ECHO_REQUEST:
    case types.ECHO_REPLY:
      view.setUint16(4, given.uint('identifier', 16, 0))
      view.setUint16(6, given.uint('sequenceNumber', 16, 0))
      break
    case types.ROUTER_ADVERTISEMENT:
      routerAdvertisement(given, view)
      break
    case types.NEIGHBOUR_ADVERTISEMENT:
      view.setUint8(4, bits([given.flag('router'), given.flag('solicited'), given.flag('override')]))
      break
    case types.MULTICAST_REPORT_V2:
      return multicastReport(given, view)
  }
  if (types.hasTarget(type)) header.set(given.ipv6('target', '2001:db8::2'), 8)
  if (type === types.REDIRECT) header.set(given.ipv6('destination', '2001:db8::3'), 24)
  if (types.hasGroup(type)) return multicastListener(given, header, view)
  const options = types.bytesBeforeOptions(type) === 0 ? [] : given.objects('options')
  return encodeNeighbourOptions('icmpv6.options', options)
}

function routerAdvertisement(given: Given, view: DataView): void {
  const flags = [
    ...[given.flag('managedAddressConfiguration'), given.flag('otherConfiguration')],
    given.flag('homeAgent'),
  ]
  view.setUint8(4, given.uint('currentHopLimit', 8, 64))
  view.setUint8(5, bits(flags) | (given.uint('routerPreference', 2, 0) << 3))
  view.setUint16(6, given.uint('routerLifetime', 16, 1800))
  view.setUint32(8, given.uint('reachableTime', 32, 0))
  view.setUint32(12, given.uint('retransmissionTimer', 32, 0))
}

function multicastReport(given: Given, view: DataView): Uint8Array {
  const records = given.objects('records')
  view.setUint16(6, records.length)
  return encodeGroupRecords('icmpv6.records', records, encodeIpv6Address)
}

function multicastListener(given: Given, header: Uint8Array, view: DataView): Uint8Array {
  view.setUint16(4, given.uint('maximumResponseCode', 16, 0))
  header.set(given.ipv6('group', '::'), 8)
  if (header.length < types.MULTICAST_QUERY_V2) return new Uint8Array()
  const sources = encodeAddresses('icmpv6.sources', given.texts('sources'), encodeIpv6Address)
  const suppress = given.flag('suppressRouterSideProcessing') ? 8 : 0
  view.setUint8(24, suppress | given.uint('querierRobustnessVariable', 3, 2))
  view.setUint8(25, given.uint('querierQueryIntervalCode', 8, 125))
  view.setUint16(26, sources.length / 16)
  return sources
}

/** Flags, from a byte's highest bit downwards. */
function bits(flags: readonly boolean[]): number {
  return flags.reduce((byte, flag, index) => byte | (flag ? 0x80 >> index : 0), 0)
}
