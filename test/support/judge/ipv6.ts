// IPv6 and its extension headers, by what tshark says.

import { all, bytes, bytesAt, flag, type JudgedProtocol, number, numberOf, type Row, shown } from './rows.js'

export const IPV6_TABLE: Readonly<Record<string, JudgedProtocol>> = {
  ipv6: {
    tshark: ['ipv6'],
    fields: {
      dscp: number('ipv6.tclass.dscp'),
      ecn: number('ipv6.tclass.ecn'),
      flowLabel: number('ipv6.flow'),
      payloadLength: number('ipv6.plen'),
      nextHeader: number('ipv6.nxt'),
      hopLimit: number('ipv6.hlim'),
      source: shown('ipv6.src'),
      destination: shown('ipv6.dst'),
    },
  },
  hopByHop: {
    tshark: ['ipv6.hopopts'],
    fields: { nextHeader: number('ipv6.hopopts.nxt'), options },
  },
  destinationOptions: {
    tshark: ['ipv6.dstopts'],
    fields: { nextHeader: number('ipv6.dstopts.nxt'), options },
  },
  routing: {
    tshark: ['ipv6.routing'],
    fields: {
      nextHeader: number('ipv6.routing.nxt'),
      type: number('ipv6.routing.type'),
      segmentsLeft: number('ipv6.routing.segleft'),
      data: behind(4, 'ipv6.routing.len_oct', 1),
    },
  },
  fragment: {
    tshark: ['ipv6.fraghdr'],
    fields: {
      nextHeader: number('ipv6.fraghdr.nxt'),
      // In blocks of eight bytes.
      fragmentOffset: (layer) => numberOf(layer, 'ipv6.fraghdr.offset') * 8,
      moreFragments: flag('ipv6.fraghdr.more'),
      identification: number('ipv6.fraghdr.ident'),
    },
  },
  authentication: {
    tshark: ['ah'],
    fields: {
      nextHeader: number('ah.next_header'),
      securityParametersIndex: number('ah.spi'),
      sequenceNumber: number('ah.sequence'),
      integrityCheckValue: bytes('ah.icv'),
    },
  },
  mobility: {
    tshark: ['mipv6'],
    fields: {
      nextHeader: number('mip6.proto'),
      type: number('mip6.mhtype'),
      checksum: number('mip6.csum'),
      // Its length leaves the first eight bytes out.
      data: (layer, frame) => bytesAt(frame, layer.position + 6, (numberOf(layer, 'mip6.hlen') + 1) * 8 - 6),
    },
  },
}

/** The length is there of all but the option that is one byte of padding. */
function options(layer: Parameters<Row>[0], frame: Uint8Array): object[] {
  return all(layer, 'ipv6.opt').map((option) => {
    const type = numberOf(option, 'ipv6.opt.type')
    const hex = type === 0 ? '' : bytesAt(frame, option.position + 2, numberOf(option, 'ipv6.opt.length'))
    return { type, hex }
  })
}

/** What is behind so many bytes, up to a length that tshark says in units. */
function behind(fixed: number, length: string, unit: number): Row {
  return (layer, frame) => bytesAt(frame, layer.position + fixed, numberOf(layer, length) * unit - fixed)
}
