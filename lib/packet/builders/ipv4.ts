import { outOfRange } from '../../validate.js'
import { point } from '../flyweight.js'
import { IPV4_HEADER, type Ipv4Fields, Ipv4Header } from '../headers/ipv4.js'
import { ETHER_TYPE_IPV4, PROTOCOL_IPV4 } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

const KNOWN = [
  ...(['dscp', 'ecn', 'totalLength', 'identification', 'dontFragment', 'moreFragments'] as const),
  ...(['fragmentOffset', 'ttl', 'protocol', 'checksum', 'source', 'destination', 'options'] as const),
]

/** An IPv4 header, from 192.0.2.1 to 198.51.100.1 unless it is said otherwise. Options are padded to whole words. */
export function ipv4(fields: Partial<Ipv4Fields> = {}): Layer {
  const given = new Fields<Ipv4Fields>('ipv4', fields, KNOWN)
  const options = given.bytes('options', 40)
  const headerLength = IPV4_HEADER + ((options.length + 3) & ~3)
  const fragmentOffset = given.uint('fragmentOffset', 16, 0)
  if (fragmentOffset % 8 !== 0) throw outOfRange('ipv4.fragmentOffset', 'a multiple of 8', fragmentOffset)
  return {
    name: 'ipv4',
    fields,
    etherType: ETHER_TYPE_IPV4,
    protocol: PROTOCOL_IPV4,
    encode({ next, payloadLength }) {
      const header = new Uint8Array(headerLength)
      const view = new DataView(header.buffer)
      const flags = (given.flag('dontFragment') ? 0x4000 : 0) | (given.flag('moreFragments') ? 0x2000 : 0)
      view.setUint8(0, 0x40 | (headerLength >> 2))
      view.setUint8(1, (given.uint('dscp', 6, 0) << 2) | given.uint('ecn', 2, 0))
      view.setUint16(2, given.uint('totalLength', 16, headerLength + payloadLength))
      view.setUint16(4, given.uint('identification', 16, 0))
      view.setUint16(6, flags | (fragmentOffset >> 3))
      view.setUint8(8, given.uint('ttl', 8, 64))
      view.setUint8(9, given.uint('protocol', 8, next?.protocol ?? 255))
      view.setUint16(10, given.uint('checksum', 16, 0))
      view.setUint32(12, given.ipv4('source', '192.0.2.1'))
      view.setUint32(16, given.ipv4('destination', '198.51.100.1'))
      header.set(options, IPV4_HEADER)
      return header
    },
    complete(memory, { start, end }) {
      if (!given.has('checksum')) new Ipv4Header(memory)[point](start, end).updateChecksum()
    },
  }
}
