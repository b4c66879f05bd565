import { VXLAN_FLAG_IDENTIFIER, VXLAN_HEADER, type VxlanFields } from '../headers/vxlan.js'
import { PORT_VXLAN } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

/**
 * A VXLAN header, of network 1 unless it is said otherwise; behind `udp()`, in front of `ethernet()`.
 *
 * The UDP header in front of it has no checksum over IPv4: RFC 7348, section 5, recommends that. Over IPv6 it has one,
 * because receivers refuse it without unless they are told not to (RFC 8200, section 8.1, and RFC 6936).
 */
export function vxlan(fields: Partial<VxlanFields> = {}): Layer {
  const given = new Fields<VxlanFields>('vxlan', fields, ['flags', 'reserved1', 'vni', 'reserved2'])
  return {
    name: 'vxlan',
    fields,
    port: PORT_VXLAN,
    leavesOutUdpChecksum: true,
    encode() {
      const header = new Uint8Array(VXLAN_HEADER)
      const view = new DataView(header.buffer)
      view.setUint32(0, given.uint('reserved1', 24, 0))
      view.setUint8(0, given.uint('flags', 8, VXLAN_FLAG_IDENTIFIER))
      view.setUint32(4, given.uint('vni', 24, 1) * 256 + given.uint('reserved2', 8, 0))
      return header
    },
  }
}
