import { locate } from '../headers/header.js'
import { UDP_HEADER, type UdpFields, UdpHeader } from '../headers/udp.js'
import { PROTOCOL_UDP } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

/**
 * A UDP header, to the next layer's port, and from its own. It has no checksum behind no IP header, with a length that is
 * not so, and in front of VXLAN over IPv4.
 */
export function udp(fields: Partial<UdpFields> = {}): Layer {
  const given = new Fields<UdpFields>('udp', fields, ['sourcePort', 'destinationPort', 'length', 'checksum'])
  return {
    name: 'udp',
    fields,
    protocol: PROTOCOL_UDP,
    encode({ next, payloadLength }) {
      const header = new Uint8Array(UDP_HEADER)
      const view = new DataView(header.buffer)
      view.setUint16(0, given.uint('sourcePort', 16, next?.sourcePort ?? 49152))
      view.setUint16(2, given.uint('destinationPort', 16, next?.port ?? 9))
      view.setUint16(4, given.uint('length', 16, UDP_HEADER + payloadLength))
      view.setUint16(6, given.uint('checksum', 16, 0))
      return header
    },
    complete(memory, { start, end, network, next }) {
      if (given.has('checksum') || network < 0) return
      const isIpv4 = (memory.bytes[network] as number) >> 4 === 4
      if (isIpv4 && next?.leavesOutUdpChecksum === true) return
      const header = new UdpHeader(memory).behind(network)
      if (header[locate](start, end, end) === undefined) header.updateChecksum()
    },
  }
}
