// ICMP, ICMPv6 and IGMP, by what tshark says.

import {
  all,
  allShown,
  bytesAt,
  first,
  flag,
  type JudgedProtocol,
  number,
  numberOf,
  type Row,
  raw,
  shown,
  where,
} from './rows.js'
import type { JudgedField, JudgedLayer } from './tshark.js'

const has = (name: string) => (layer: JudgedLayer) => first(layer, name) !== undefined
const isOfType =
  (name: string, ...types: number[]) =>
  (layer: JudgedLayer) =>
    types.includes(numberOf(layer, name))
/** The four bytes behind the checksum. */
const restOfHeader: Row = ({ position }, frame) => Number.parseInt(bytesAt(frame, position + 4, 4), 16)

const isMulticastQuery2 = has('icmpv6.mld.nb_sources')
const isIgmpReport3 = isOfType('igmp.type', 0x22)
const isIgmpQuery3: (layer: JudgedLayer) => boolean = has('igmp.qrv')

export const ICMP_TABLE: Readonly<Record<string, JudgedProtocol>> = {
  icmp: {
    tshark: ['icmp'],
    fields: {
      type: number('icmp.type'),
      code: number('icmp.code'),
      checksum: number('icmp.checksum'),
      identifier: number('icmp.ident'),
      sequenceNumber: number('icmp.seq'),
      gateway: shown('icmp.redir_gw'),
      mtu: number('icmp.mtu'),
      pointer: number('icmp.pointer'),
      restOfHeader: where((layer) => !has('icmp.ident')(layer) && !has('icmp.redir_gw')(layer), restOfHeader),
    },
  },
  icmpv6: {
    tshark: ['icmpv6'],
    fields: {
      type: number('icmpv6.type'),
      code: number('icmpv6.code'),
      checksum: number('icmpv6.checksum'),
      identifier: number('icmpv6.echo.identifier'),
      sequenceNumber: number('icmpv6.echo.sequence_number'),
      mtu: where(isOfType('icmpv6.type', 2), number('icmpv6.mtu')),
      pointer: number('icmpv6.pointer'),
      restOfHeader: where(isOfType('icmpv6.type', 1, 3), restOfHeader),
      currentHopLimit: number('icmpv6.nd.ra.cur_hop_limit'),
      managedAddressConfiguration: flag('icmpv6.nd.ra.flag.m'),
      otherConfiguration: flag('icmpv6.nd.ra.flag.o'),
      homeAgent: flag('icmpv6.nd.ra.flag.h'),
      routerPreference: number('icmpv6.nd.ra.flag.prf'),
      routerLifetime: number('icmpv6.nd.ra.router_lifetime'),
      reachableTime: number('icmpv6.nd.ra.reachable_time'),
      retransmissionTimer: number('icmpv6.nd.ra.retrans_timer'),
      router: flag('icmpv6.nd.na.flag.r'),
      solicited: flag('icmpv6.nd.na.flag.s'),
      override: flag('icmpv6.nd.na.flag.o'),
      target: shown(...['ns', 'na', 'rd'].map((message) => `icmpv6.nd.${message}.target_address`)),
      destination: shown('icmpv6.rd.na.destination_address'),
      options: where(isOfType('icmpv6.type', 133, 134, 135, 136, 137), neighbourOptions),
      maximumResponseCode: raw('icmpv6.mld.maximum_response_delay', 'icmpv6.mld.maximum_response_code'),
      group: shown('icmpv6.mld.multicast_address'),
      suppressRouterSideProcessing: flag('icmpv6.mld.flag.s'),
      querierRobustnessVariable: number('icmpv6.mld.flag.qrv'),
      querierQueryIntervalCode: raw('icmpv6.mld.qqi'),
      sources: where(isMulticastQuery2, (layer) => allShown(layer, 'icmpv6.mld.source_address')),
      records: where(isOfType('icmpv6.type', 143), (layer, frame) =>
        all(layer, 'icmpv6.mldr.mar').map((record) => groupRecord(record, frame, 'icmpv6.mldr.mar', MLD)),
      ),
    },
  },
  igmp: {
    tshark: ['igmp'],
    fields: {
      type: number('igmp.type'),
      maximumResponseCode: where((layer) => !isIgmpReport3(layer), raw('igmp.max_resp', 'igmp.reserved')),
      checksum: number('igmp.checksum'),
      group: where((layer) => !isIgmpReport3(layer), shown('igmp.maddr')),
      suppressRouterSideProcessing: where(isIgmpQuery3, flag('igmp.s')),
      querierRobustnessVariable: number('igmp.qrv'),
      querierQueryIntervalCode: raw('igmp.qqic'),
      sources: where(isIgmpQuery3, (layer) => allShown(layer, 'igmp.saddr')),
      records: where(isIgmpReport3, (layer, frame) => {
        const records = layer.fields.filter((field) => first(field, 'igmp.record_type') !== undefined)
        return records.map((record) => groupRecord(record, frame, 'igmp', IGMP))
      }),
    },
  },
}

interface GroupRecordNames {
  group: string
  sources: string
  count: string
  addressLength: number
}
const MLD = { group: 'multicast_address', sources: 'source_address', count: 'nb_sources', addressLength: 16 }
const IGMP = { group: 'maddr', sources: 'saddr', count: 'num_src', addressLength: 4 }

function groupRecord(
  record: JudgedField,
  frame: Uint8Array,
  prefix: string,
  names: GroupRecordNames,
): object {
  const count = numberOf(record, `${prefix}.${names.count}`)
  const words = numberOf(record, `${prefix}.aux_data_len`)
  const auxiliaryData = record.position + 4 + (1 + count) * names.addressLength
  return {
    type: numberOf(record, `${prefix}.record_type`),
    group: first(record, `${prefix}.${names.group}`)?.show,
    sources: allShown(record, `${prefix}.${names.sources}`),
    auxiliaryData: bytesAt(frame, auxiliaryData, words * 4),
  }
}

function neighbourOptions(layer: JudgedLayer, frame: Uint8Array): object[] {
  return all(layer, 'icmpv6.opt').map((option) => {
    const type = numberOf(option, 'icmpv6.opt.type')
    const bytes = bytesAt(frame, option.position + 2, numberOf(option, 'icmpv6.opt.length') * 8 - 2)
    return { type, ...(neighbourOption(type, option) ?? { hex: bytes }) }
  })
}

/** Those with a form of their own. */
function neighbourOption(type: number, option: JudgedField): object | undefined {
  const number = (name: string) => numberOf(option, `icmpv6.opt.${name}`)
  const isSet = (name: string) => number(name) === 1
  switch (type) {
    case 1:
    case 2:
      return { linkLayerAddress: first(option, 'icmpv6.opt.linkaddr')?.show }
    case 3:
      return {
        prefixLength: number('prefix.length'),
        onLink: isSet('prefix.flag.l'),
        autonomous: isSet('prefix.flag.a'),
        validLifetime: number('prefix.valid_lifetime'),
        preferredLifetime: number('prefix.preferred_lifetime'),
        prefix: first(option, 'icmpv6.opt.prefix')?.show,
      }
    case 5:
      return { mtu: number('mtu') }
    case 25:
      return { lifetime: number('rdnss.lifetime'), addresses: allShown(option, 'icmpv6.opt.rdnss') }
    default:
      return undefined
  }
}
