// Every field of every header's toJSON(), and how tshark says it. A protocol is added by its rows here, a generator in
// packets.py, and a row in ../packets/protocols.ts.

import { lldpIdentifier, lldpTlvs } from './lldp.js'
import { all, first, flag, type JudgedProtocol, number, shown } from './rows.js'
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
}

function numberOf(layer: JudgedLayer, name: string): number {
  return Number(first(layer, name)?.show)
}

/** The type of each stands in front of it, and tshark shows where its length is; its content follows that. */
function gtpExtensionHeaders(layer: JudgedLayer, frame: Uint8Array): object[] | undefined {
  if (flag('gtp.flags.e')(layer, frame) !== true) return undefined
  const types = all(layer, 'gtp.ext_hdr.next').map(({ show }) => Number(show))
  return all(layer, 'gtp.ext_hdr.length').map(({ show, position }, index) => {
    const content = frame.subarray(position + 1, position + Number(show) * 4 - 1)
    return { type: types[index], hex: Buffer.from(content).toString('hex') }
  })
}

/** tshark's names of all protocols of the table. */
export const JUDGED = Object.values(TABLE).flatMap(({ tshark }) => tshark)

/** What our headers must be, by what tshark says. */
export function expectedHeaders(layers: readonly JudgedLayer[], frame: Uint8Array): object[] {
  return layers.flatMap((layer) => {
    const found = Object.entries(TABLE).find(([, { tshark }]) => tshark.includes(layer.name))
    if (found === undefined) return []
    const [name, { fields }] = found
    const values = Object.entries(fields).map(([field, row]) => [field, row(layer, frame)])
    return [{ layer: name, ...Object.fromEntries(values.filter(([, value]) => value !== undefined)) }]
  })
}
