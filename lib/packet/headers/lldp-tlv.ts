/**
 * The pieces of an LLDP data unit: a type, a length and a value.
 *
 * @see IEEE 802.1AB-2016, clause 8
 */

import { formatIpv4Address, formatIpv6Address, IPV6_ADDRESS } from '../ip-address.js'
import { MacAddress } from '../mac-address.js'

export const LLDP_END = 0
export const LLDP_CHASSIS_ID = 1
export const LLDP_PORT_ID = 2
export const LLDP_TIME_TO_LIVE = 3
export const LLDP_PORT_DESCRIPTION = 4
export const LLDP_SYSTEM_NAME = 5
export const LLDP_SYSTEM_DESCRIPTION = 6
export const LLDP_SYSTEM_CAPABILITIES = 7
export const LLDP_MANAGEMENT_ADDRESS = 8
export const LLDP_ORGANIZATION_SPECIFIC = 127

/** IANA's address families, in front of a network address. */
export const FAMILY_IPV4 = 1
export const FAMILY_IPV6 = 2

/**
 * Names a chassis or a port. The subtype says how: 4 of a chassis and 3 of a port is a MAC address, 5 and 4 a network
 * address, the others are text.
 */
export type LldpIdentifier =
  /** A MAC address, an IPv4 or IPv6 address, or text. */
  | { subtype: number; id: string }
  /** What is none of them, in hexadecimal digits. */
  | { subtype: number; hex: string }

/** A TLV behind the first three. */
export type LldpTlv =
  /** Port description, system name, system description. */
  | { type: 4 | 5 | 6; text: string }
  /** What the system can be and what it is: 0x04 bridge, 0x10 router, 0x20 telephone (table 8-4). */
  | { type: 7; supported: number; enabled: number }
  | LldpManagementAddress
  /** Of the organisation with this OUI, six digits; the value in hexadecimal digits. */
  | { type: 127; oui: string; subtype: number; hex: string }
  /** Any other, and what is not as its type says: the value in hexadecimal digits. */
  | { type: number; hex: string }

export interface LldpManagementAddress {
  type: 8
  /** IANA's address family: 1 IPv4, 2 IPv6, 6 a MAC address. */
  addressSubtype: number
  /** `192.0.2.1`, `2001:db8::1`; of other families and lengths 1 to 31 bytes in hexadecimal digits. */
  address: string
  /** 1 unknown, 2 ifIndex, 3 the system's port number. */
  interfaceSubtype: number
  interfaceNumber: number
  /** In hexadecimal digits, as SNMP encodes it; up to 128 bytes. */
  objectIdentifier: string
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Of the value of a chassis id's or port id's TLV. */
export function readIdentifier(type: number, value: Uint8Array): LldpIdentifier {
  const subtype = value[0] as number
  const bytes = value.subarray(1)
  const id = identifierText(identifierKind(type, subtype), bytes)
  return id === undefined ? { subtype, hex: hexOf(bytes) } : { subtype, id }
}

/** How a subtype names: by a MAC address, a network address, or text. */
export function identifierKind(type: number, subtype: number): 'mac' | 'network' | 'text' {
  // The subtypes of a port are those of a chassis, less one from the third on.
  const common = type === LLDP_PORT_ID && subtype >= 3 ? subtype + 1 : subtype
  if (common === 4) return 'mac'
  return common === 5 ? 'network' : 'text'
}

function identifierText(kind: 'mac' | 'network' | 'text', bytes: Uint8Array): string | undefined {
  if (kind === 'mac') return bytes.length === 6 ? new MacAddress(bytes).toString() : undefined
  if (kind === 'text') return textOf(bytes)
  return networkAddress(bytes[0], bytes.subarray(1))
}

/** Undefined for what is no address of IPv4 or IPv6. */
function networkAddress(family: number | undefined, bytes: Uint8Array): string | undefined {
  if (family === FAMILY_IPV4 && bytes.length === 4) {
    return formatIpv4Address(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0))
  }
  return family === FAMILY_IPV6 && bytes.length === IPV6_ADDRESS ? formatIpv6Address(bytes) : undefined
}

export function readTlv(type: number, value: Uint8Array): LldpTlv {
  return readKnown(type, value) ?? { type, hex: hexOf(value) }
}

function readKnown(type: number, value: Uint8Array): LldpTlv | undefined {
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  switch (type) {
    case LLDP_PORT_DESCRIPTION:
    case LLDP_SYSTEM_NAME:
    case LLDP_SYSTEM_DESCRIPTION:
      return readText(type, value)
    case LLDP_SYSTEM_CAPABILITIES:
      if (value.length !== 4) return undefined
      return { type, supported: view.getUint16(0), enabled: view.getUint16(2) }
    case LLDP_MANAGEMENT_ADDRESS:
      return readManagementAddress(value, view)
    case LLDP_ORGANIZATION_SPECIFIC: {
      if (value.length < 4) return undefined
      const subtype = value[3] as number
      return { type, oui: hexOf(value.subarray(0, 3)), subtype, hex: hexOf(value.subarray(4)) }
    }
    default:
      return undefined
  }
}

function readText(type: 4 | 5 | 6, value: Uint8Array): LldpTlv | undefined {
  const text = textOf(value)
  // Longer ones are against the rules, and would not be built.
  return text === undefined || value.length > 255 ? undefined : { type, text }
}

/** Its parts have lengths of their own: of subtype and address, and of the object identifier. */
function readManagementAddress(value: Uint8Array, view: DataView): LldpTlv | undefined {
  const addressLength = (value[0] ?? 0) - 1
  const behind = 2 + addressLength
  const objectLength = value[behind + 5]
  const isWhole = objectLength !== undefined && value.length === behind + 6 + objectLength
  if (!isWhole || addressLength < 1 || addressLength > 31 || objectLength > 128) return undefined
  const address = value.subarray(2, behind)
  return {
    type: LLDP_MANAGEMENT_ADDRESS,
    addressSubtype: value[1] as number,
    address: networkAddress(value[1], address) ?? hexOf(address),
    interfaceSubtype: value[behind] as number,
    interfaceNumber: view.getUint32(behind + 1),
    objectIdentifier: hexOf(value.subarray(behind + 6)),
  }
}

/** Only where the same bytes can be made of it again. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    // A copy: it does not take shared memory, in which a handler's packets are.
    return utf8.decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
