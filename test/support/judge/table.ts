// Every field of every header's toJSON(), and how tshark says it. A protocol is added by its rows here, a generator in
// packets.py, and a row in ../packets/protocols.ts.

import type { Header } from '../../../lib/packet/headers/header.js'
import { DnsHeader, type Frame } from '../../../lib/packets.js'
import { DHCP_TABLE } from './dhcp.js'
import { DNS_TABLE } from './dns.js'
import { ICMP_TABLE } from './icmp.js'
import { IPV6_TABLE } from './ipv6.js'
import { lldpIdentifier, lldpTlvs } from './lldp.js'
import { all, bytesAt, first, flag, type JudgedProtocol, number, numberOf, type Row, shown } from './rows.js'
import { TCP_TABLE } from './tcp.js'
import type { JudgedLayer } from './tshark.js'

/** By the names of our headers. */
export const TABLE: Readonly<Record<string, JudgedProtocol>> = {
  ethernet: {
    tshark: ['eth'],
    fields: {
      destination: shown('eth.dst'),
      source: shown('eth.src'),
      etherType: number('eth.type', 'eth.len'),
    },
  },
  vlanTag: {
    tshark: ['vlan', 'ieee8021ad'],
    fields: {
      tagProtocol: ({ name }) => (name === 'vlan' ? 0x8100 : 0x88a8),
      priority: number('vlan.priority', 'ieee8021ad.priority'),
      dropEligible: flag('vlan.dei', 'ieee8021ad.dei'),
      id: number('vlan.id', 'ieee8021ad.id'),
      etherType: number('vlan.etype', 'vlan.len', 'ieee8021ah.etype', 'ieee8021ad.etype'),
    },
  },
  arp: {
    tshark: ['arp'],
    fields: {
      hardwareType: number('arp.hw.type'),
      protocolType: number('arp.proto.type'),
      hardwareLength: number('arp.hw.size'),
      protocolLength: number('arp.proto.size'),
      operation: number('arp.opcode'),
      senderHardwareAddress: hardwareAddress('arp.src.hw_mac', 'arp.src.hw'),
      senderProtocolAddress: protocolAddress('arp.src.proto_ipv4', 'arp.src.proto'),
      targetHardwareAddress: hardwareAddress('arp.dst.hw_mac', 'arp.dst.hw'),
      targetProtocolAddress: protocolAddress('arp.dst.proto_ipv4', 'arp.dst.proto'),
    },
  },
  lldp: {
    tshark: ['lldp'],
    fields: {
      chassisId: lldpIdentifier('lldp.chassis'),
      portId: lldpIdentifier('lldp.port'),
      timeToLive: number('lldp.time_to_live'),
      tlvs: lldpTlvs,
      hasEnd: (layer) => all(layer, 'lldp.tlv.type').some(({ show }) => Number(show) === 0),
    },
  },
  mpls: {
    tshark: ['mpls'],
    fields: {
      label: number('mpls.label'),
      trafficClass: number('mpls.exp'),
      isBottom: flag('mpls.bottom'),
      ttl: number('mpls.ttl'),
    },
  },
  ipv4: {
    tshark: ['ip'],
    fields: {
      dscp: number('ip.dsfield.dscp'),
      ecn: number('ip.dsfield.ecn'),
      totalLength: number('ip.len'),
      identification: number('ip.id'),
      dontFragment: flag('ip.flags.df'),
      moreFragments: flag('ip.flags.mf'),
      // In blocks of eight bytes.
      fragmentOffset: (layer) => Number.parseInt(first(layer, 'ip.frag_offset')?.value ?? '', 16) * 8,
      ttl: number('ip.ttl'),
      protocol: number('ip.proto'),
      checksum: number('ip.checksum'),
      source: shown('ip.src'),
      destination: shown('ip.dst'),
      options: (layer) => layer.fields.find(({ show }) => show.startsWith('Options: '))?.value,
    },
  },
  gre: {
    tshark: ['gre'],
    fields: {
      protocolType: number('gre.proto'),
      // tshark still calls the upper two of the seven bits recursion control, as RFC 1701 did.
      reserved0: (layer) =>
        numberOf(layer, 'gre.flags.recursion_control') * 32 + numberOf(layer, 'gre.flags.reserved'),
      hasChecksum: flag('gre.flags.checksum'),
      checksum: number('gre.checksum'),
      reserved1: number('gre.offset'),
      key: number('gre.key'),
      sequenceNumber: number('gre.sequence_number'),
    },
  },
  udp: {
    tshark: ['udp'],
    fields: {
      sourcePort: number('udp.srcport'),
      destinationPort: number('udp.dstport'),
      length: number('udp.length'),
      checksum: number('udp.checksum'),
    },
  },
  vxlan: {
    tshark: ['vxlan'],
    fields: {
      // tshark reads flags and reserved bits as the group policy draft has them: sixteen and sixteen.
      flags: (layer) => numberOf(layer, 'vxlan.flags') >> 8,
      reserved1: (layer) => (numberOf(layer, 'vxlan.flags') & 0xff) * 65536 + numberOf(layer, 'vxlan.gbp'),
      vni: number('vxlan.vni'),
      reserved2: number('vxlan.reserved8'),
    },
  },
  gtpU: {
    tshark: ['gtp'],
    fields: {
      messageType: number('gtp.message'),
      length: number('gtp.length'),
      teid: number('gtp.teid'),
      sequenceNumber: number('gtp.seq_number'),
      npduNumber: number('gtp.npdu_number'),
      extensionHeaders: gtpExtensionHeaders,
    },
  },
  ...IPV6_TABLE,
  ...ICMP_TABLE,
  ...TCP_TABLE,
  ...DNS_TABLE,
  ...DHCP_TABLE,
}

/** tshark knows those of Ethernet; of other networks it shows bytes, six of which we write in the same way. */
function hardwareAddress(ofEthernet: string, ofOthers: string): Row {
  return (layer) => {
    const { value = '' } = first(layer, ofEthernet) ?? first(layer, ofOthers) ?? {}
    return value.length === 12 ? value.match(/../g)?.join(':') : value
  }
}

function protocolAddress(ofIpv4: string, ofOthers: string): Row {
  return (layer) => {
    const { value = '' } = first(layer, ofIpv4) ?? first(layer, ofOthers) ?? {}
    return value.length === 8 ? Buffer.from(value, 'hex').join('.') : value
  }
}

/** The type of each stands in front of it, and tshark shows where its length is; its content follows that. */
function gtpExtensionHeaders(layer: JudgedLayer, frame: Uint8Array): object[] | undefined {
  if (flag('gtp.flags.e')(layer, frame) !== true) return undefined
  const types = all(layer, 'gtp.ext_hdr.next').map(({ show }) => Number(show))
  return all(layer, 'gtp.ext_hdr.length').map(({ show, position }, index) => {
    return { type: types[index], hex: bytesAt(frame, position + 1, Number(show) * 4 - 2) }
  })
}

/** tshark's names of all protocols of the table. */
export const JUDGED = Object.values(TABLE).flatMap(({ tshark }) => tshark)

/** The names and fields of our headers; also of a DNS message in TCP, which is not looked for there without being asked. */
export function judgeableHeaders(frame: Frame): object[] {
  const { tcp } = frame
  const isDns = tcp?.sourcePort === 53 || tcp?.destinationPort === 53
  const message = isDns ? DnsHeader.parse(tcp.payload.subarray(2)) : undefined
  return [...frame.headers(), ...(message === undefined ? [] : [message])].map((header) => {
    const getters = TABLE[header.name]?.getters ?? []
    const values = getters.map((name) => [name, header[name as keyof Header]])
    return { layer: header.name, ...header.toJSON(), ...Object.fromEntries(values) }
  })
}

/** What these must be, by what tshark says. */
export function expectedHeaders(layers: readonly JudgedLayer[], frame: Uint8Array): object[] {
  return layers.flatMap((layer) => {
    const found = Object.entries(TABLE).find(([, { tshark }]) => tshark.includes(layer.name))
    if (found === undefined) return []
    const [name, { fields }] = found
    const values = Object.entries(fields).map(([field, row]) => [field, row(layer, frame)])
    return [{ layer: name, ...Object.fromEntries(values.filter(([, value]) => value !== undefined)) }]
  })
}
