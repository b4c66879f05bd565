import { locate } from '../headers/header.js'
import { ICMP_ECHO_REQUEST, ICMP_HEADER, type IcmpFields, IcmpHeader } from '../headers/icmp.js'
import { PROTOCOL_ICMP } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

const KNOWN = [
  ...(['type', 'code', 'checksum', 'identifier', 'sequenceNumber'] as const),
  ...(['gateway', 'mtu', 'pointer', 'restOfHeader'] as const),
]

/**
 * An ICMP header: an echo request, unless it is said otherwise. What identifier, sequence number, gateway, MTU and
 * pointer leave open of the second four bytes, `restOfHeader` says, or it is 0.
 */
export function icmp(fields: Partial<IcmpFields> = {}): Layer {
  const given = new Fields<IcmpFields>('icmp', fields, KNOWN)
  return {
    name: 'icmp',
    fields,
    protocol: PROTOCOL_ICMP,
    encode() {
      const header = new Uint8Array(ICMP_HEADER)
      const view = new DataView(header.buffer)
      view.setUint8(0, given.uint('type', 8, ICMP_ECHO_REQUEST))
      view.setUint8(1, given.uint('code', 8, 0))
      view.setUint16(2, given.uint('checksum', 16, 0))
      view.setUint32(4, given.uint('restOfHeader', 32, 0))
      if (given.has('gateway')) view.setUint32(4, given.ipv4('gateway', '0.0.0.0'))
      if (given.has('identifier')) view.setUint16(4, given.uint('identifier', 16, 0))
      if (given.has('sequenceNumber')) view.setUint16(6, given.uint('sequenceNumber', 16, 0))
      if (given.has('mtu')) view.setUint16(6, given.uint('mtu', 16, 0))
      if (given.has('pointer')) view.setUint8(4, given.uint('pointer', 8, 0))
      return header
    },
    complete(memory, { start, end }) {
      if (given.has('checksum')) return
      const header = new IcmpHeader(memory)
      if (header[locate](start, end, end) === undefined) header.updateChecksum()
    },
  }
}
