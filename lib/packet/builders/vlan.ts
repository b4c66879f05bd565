import { VLAN_TAG, type VlanFields } from '../headers/vlan.js'
import { ETHER_TYPE_VLAN } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

/** A VLAN tag, of 802.1Q unless `tagProtocol` says 0x88a8; behind `ethernet()` or another tag. */
export function vlanTag(fields: Partial<VlanFields> = {}): Layer {
  const known = ['tagProtocol', 'priority', 'dropEligible', 'id', 'etherType'] as const
  const given = new Fields<VlanFields>('vlanTag', fields, known)
  return {
    name: 'vlanTag',
    fields,
    etherType: given.uint('tagProtocol', 16, ETHER_TYPE_VLAN),
    encode({ next }) {
      const header = new Uint8Array(VLAN_TAG)
      const view = new DataView(header.buffer)
      const dropEligible = given.flag('dropEligible') ? 1 : 0
      view.setUint16(0, (given.uint('priority', 3, 0) << 13) | (dropEligible << 12) | given.uint('id', 12, 1))
      view.setUint16(2, given.uint('etherType', 16, next?.etherType ?? 0))
      return header
    },
  }
}
