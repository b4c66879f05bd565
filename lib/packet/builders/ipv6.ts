import { IPV6_HEADER } from '../extension-walk.js'
import type { Ipv6Fields } from '../headers/ipv6.js'
import { ETHER_TYPE_IPV6, PROTOCOL_IPV6, PROTOCOL_NO_NEXT_HEADER } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

const KNOWN = [
  ...(['dscp', 'ecn', 'flowLabel', 'payloadLength'] as const),
  ...(['nextHeader', 'hopLimit', 'source', 'destination'] as const),
]

/** What IANA keeps for experiments. */
const UNKNOWN_PROTOCOL = 255

/**
 * An IPv6 header, from 2001:db8::1 to 2001:db8::2 unless it is said otherwise. Extension headers are layers behind it:
 * `ipv6(), fragment({ identification: 7 }), udp()`.
 */
export function ipv6(fields: Partial<Ipv6Fields> = {}): Layer {
  const given = new Fields<Ipv6Fields>('ipv6', fields, KNOWN)
  const source = given.ipv6('source', '2001:db8::1')
  const destination = given.ipv6('destination', '2001:db8::2')
  return {
    name: 'ipv6',
    fields,
    etherType: ETHER_TYPE_IPV6,
    protocol: PROTOCOL_IPV6,
    encode({ next, payloadLength }) {
      const header = new Uint8Array(IPV6_HEADER)
      const view = new DataView(header.buffer)
      const trafficClass = (given.uint('dscp', 6, 0) << 2) | given.uint('ecn', 2, 0)
      view.setUint32(0, ((6 << 28) | (trafficClass << 20) | given.uint('flowLabel', 20, 0)) >>> 0)
      view.setUint16(4, given.uint('payloadLength', 16, payloadLength))
      view.setUint8(6, given.uint('nextHeader', 8, nextHeaderOf(next)))
      view.setUint8(7, given.uint('hopLimit', 8, 64))
      header.set(source, 8)
      header.set(destination, 24)
      return header
    },
  }
}

/** How IPv6 and its extension headers name the next layer. */
export function nextHeaderOf(next: Layer | undefined): number {
  if (next === undefined || next.isTrailer) return PROTOCOL_NO_NEXT_HEADER
  return next.protocol ?? UNKNOWN_PROTOCOL
}
