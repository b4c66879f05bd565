import { ARP_ETHERNET, ARP_FIXED, ARP_REQUEST, type ArpFields } from '../headers/arp.js'
import { parseIpv4Address } from '../ip-address.js'
import { MacAddress } from '../mac-address.js'
import { ETHER_TYPE_ARP, ETHER_TYPE_IPV4 } from '../protocol-numbers.js'
import { bytesOf, Fields } from './fields.js'
import type { Layer } from './layer.js'

const KNOWN = [
  ...(['hardwareType', 'protocolType', 'hardwareLength', 'protocolLength', 'operation'] as const),
  ...(['senderHardwareAddress', 'senderProtocolAddress'] as const),
  ...(['targetHardwareAddress', 'targetProtocolAddress'] as const),
]

/** An ARP packet: 192.0.2.1 asks who has 198.51.100.1, unless it is said otherwise. Lengths are those of the sender. */
export function arp(fields: Partial<ArpFields> = {}): Layer {
  const given = new Fields<ArpFields>('arp', fields, KNOWN)
  const senderHardware = hardwareAddress(fields, 'senderHardwareAddress', '02:00:00:00:00:01')
  const senderProtocol = protocolAddress(fields, 'senderProtocolAddress', '192.0.2.1')
  const targetHardware = hardwareAddress(fields, 'targetHardwareAddress', '00:00:00:00:00:00')
  const targetProtocol = protocolAddress(fields, 'targetProtocolAddress', '198.51.100.1')
  return {
    name: 'arp',
    fields,
    etherType: ETHER_TYPE_ARP,
    encode() {
      const header = new Uint8Array(ARP_FIXED)
      const view = new DataView(header.buffer)
      view.setUint16(0, given.uint('hardwareType', 16, ARP_ETHERNET))
      view.setUint16(2, given.uint('protocolType', 16, ETHER_TYPE_IPV4))
      view.setUint8(4, given.uint('hardwareLength', 8, senderHardware.length))
      view.setUint8(5, given.uint('protocolLength', 8, senderProtocol.length))
      view.setUint16(6, given.uint('operation', 16, ARP_REQUEST))
      return Buffer.concat([header, senderHardware, senderProtocol, targetHardware, targetProtocol])
    },
  }
}

type AddressName = 'senderHardwareAddress' | 'targetHardwareAddress'
type ProtocolAddressName = 'senderProtocolAddress' | 'targetProtocolAddress'

function hardwareAddress(fields: Partial<ArpFields>, name: AddressName, fallback: string): Uint8Array {
  const value = fields[name] ?? fallback
  const isMac = typeof value === 'string' && /[:-]/.test(value)
  return isMac ? new MacAddress(value).bytes : bytesOf(`arp.${name}`, value)
}

function protocolAddress(
  fields: Partial<ArpFields>,
  name: ProtocolAddressName,
  fallback: string,
): Uint8Array {
  const value = fields[name] ?? fallback
  if (typeof value !== 'string' || !value.includes('.')) return bytesOf(`arp.${name}`, value)
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, parseIpv4Address(value, `arp.${name}`))
  return bytes
}
