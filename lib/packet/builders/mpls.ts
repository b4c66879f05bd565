import { MPLS_LABEL, type MplsFields } from '../headers/mpls.js'
import { ETHER_TYPE_MPLS } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

/** An entry of an MPLS label stack, label 16 unless it is said otherwise. The last of several is the bottom. */
export function mpls(fields: Partial<MplsFields> = {}): Layer {
  const given = new Fields<MplsFields>('mpls', fields, ['label', 'trafficClass', 'isBottom', 'ttl'])
  return {
    name: 'mpls',
    fields,
    etherType: ETHER_TYPE_MPLS,
    encode({ next }) {
      const entry = new Uint8Array(MPLS_LABEL)
      const view = new DataView(entry.buffer)
      const isBottom = given.flag('isBottom', next?.name !== 'mpls')
      view.setUint32(0, given.uint('label', 20, 16) * 0x1000)
      view.setUint8(2, (entry[2] as number) | (given.uint('trafficClass', 3, 0) << 1) | (isBottom ? 1 : 0))
      view.setUint8(3, given.uint('ttl', 8, 64))
      return entry
    },
  }
}
