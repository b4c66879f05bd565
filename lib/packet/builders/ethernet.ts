import type { EthernetFields } from '../headers/ethernet.js'
import { ETHERNET_HEADER } from '../headers/ethernet.js'
import { ETHER_TYPE_TRANSPARENT_ETHERNET, LOWEST_ETHER_TYPE } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

/** An Ethernet header. Its type is that of the next layer, or the payload's length where that has none. */
export function ethernet(fields: Partial<EthernetFields> = {}): Layer {
  const given = new Fields<EthernetFields>('ethernet', fields, ['destination', 'source', 'etherType'])
  const destination = given.mac('destination', '02:00:00:00:00:02')
  const source = given.mac('source', '02:00:00:00:00:01')
  return {
    name: 'ethernet',
    fields,
    etherType: ETHER_TYPE_TRANSPARENT_ETHERNET,
    encode({ next, payloadLength }) {
      const header = new Uint8Array(ETHERNET_HEADER)
      header.set(destination, 0)
      header.set(source, 6)
      const type = next?.etherType ?? Math.min(payloadLength, LOWEST_ETHER_TYPE - 1)
      new DataView(header.buffer).setUint16(12, given.uint('etherType', 16, type))
      return header
    },
  }
}
