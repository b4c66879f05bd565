import { checkInteger, checkOptions, invalidType, outOfRange } from '../../validate.js'
import type { LldpFields } from '../headers/lldp.js'
import {
  FAMILY_IPV4,
  FAMILY_IPV6,
  identifierKind,
  LLDP_CHASSIS_ID,
  LLDP_END,
  LLDP_MANAGEMENT_ADDRESS,
  LLDP_ORGANIZATION_SPECIFIC,
  LLDP_PORT_ID,
  LLDP_SYSTEM_CAPABILITIES,
  LLDP_TIME_TO_LIVE,
  type LldpIdentifier,
  type LldpTlv,
} from '../headers/lldp-tlv.js'
import { parseIpv4Address, parseIpv6Address } from '../ip-address.js'
import { MacAddress } from '../mac-address.js'
import { ETHER_TYPE_LLDP } from '../protocol-numbers.js'
import { bytesOf, Fields } from './fields.js'
import type { Layer } from './layer.js'

const KNOWN = ['chassisId', 'portId', 'timeToLive', 'tlvs', 'hasEnd'] as const
const encoder = new TextEncoder()

/**
 * An LLDP data unit, of the chassis 02:00:00:00:00:01 and its port `1` for 120 seconds unless it is said otherwise. It
 * goes to the address 01:80:c2:00:00:0e, which bridges do not forward.
 *
 * @example
 * ```ts
 * Frame.build(
 *   ethernet({ destination: '01:80:c2:00:00:0e' }),
 *   lldp({ portId: { subtype: 5, id: 'eth0' }, tlvs: [{ type: 5, text: 'switch-1' }] }),
 * )
 * ```
 */
export function lldp(fields: Partial<LldpFields> = {}): Layer {
  const given = new Fields<LldpFields>('lldp', fields, KNOWN)
  const { chassisId = { subtype: 4, id: '02:00:00:00:00:01' }, portId = { subtype: 7, id: '1' } } = fields
  const parts = [
    tlvOf(LLDP_CHASSIS_ID, identifierValue('lldp.chassisId', LLDP_CHASSIS_ID, chassisId)),
    tlvOf(LLDP_PORT_ID, identifierValue('lldp.portId', LLDP_PORT_ID, portId)),
    tlvOf(LLDP_TIME_TO_LIVE, uint16(given.uint('timeToLive', 16, 120))),
    ...given.list('tlvs', readTlv),
    ...(given.flag('hasEnd', true) ? [tlvOf(LLDP_END, new Uint8Array())] : []),
  ]
  const bytes = Uint8Array.from(Buffer.concat(parts))
  return { name: 'lldp', fields, etherType: ETHER_TYPE_LLDP, encode: () => bytes }
}

function identifierValue(name: string, type: number, identifier: LldpIdentifier): Uint8Array {
  checkOptions(name, identifier, ['subtype', 'id', 'hex'])
  const { subtype, id, hex } = identifier as { subtype: number; id?: string; hex?: string }
  checkInteger(`${name}.subtype`, subtype, { minimum: 0, maximum: 255 })
  const bytes =
    hex === undefined ? idBytes(`${name}.id`, identifierKind(type, subtype), id) : bytesOf(`${name}.hex`, hex)
  return Uint8Array.from([subtype, ...checkLength(name, bytes, 1, 255)])
}

function idBytes(name: string, kind: 'mac' | 'network' | 'text', id: unknown): Uint8Array {
  if (kind === 'mac') return new MacAddress(id as string).bytes
  if (kind === 'text') return textBytes(name, id)
  const family = String(id).includes(':') ? FAMILY_IPV6 : FAMILY_IPV4
  return Uint8Array.from([family, ...networkBytes(name, family, id as string)])
}

function networkBytes(name: string, family: number, address: string): Uint8Array {
  return family === FAMILY_IPV6 ? parseIpv6Address(address, name) : uint32(parseIpv4Address(address, name))
}

/** Of IPv4 and IPv6 as text or in hexadecimal digits, of other families in digits. */
function managementAddress(name: string, family: number, address: string): Uint8Array {
  const mark = { [FAMILY_IPV4]: '.', [FAMILY_IPV6]: ':' }[family]
  const isText = mark !== undefined && String(address).includes(mark)
  return checkLength(name, isText ? networkBytes(name, family, address) : bytesOf(name, address), 1, 31)
}

function readTlv(name: string, element: unknown): Uint8Array {
  checkOptions(name, element, [
    ...['type', 'hex', 'text', 'supported', 'enabled', 'oui', 'subtype'],
    ...['addressSubtype', 'address', 'interfaceSubtype', 'interfaceNumber', 'objectIdentifier'],
  ])
  const tlv = element as LldpTlv
  const type = checkInteger(`${name}.type`, tlv.type, { minimum: 1, maximum: 127 })
  return tlvOf(type, checkLength(name, tlvValue(name, tlv), 0, 511))
}

function tlvValue(name: string, tlv: LldpTlv): Uint8Array {
  const byte = (field: string, value: number) =>
    checkInteger(`${name}.${field}`, value, { minimum: 0, maximum: 255 })
  if ('text' in tlv) return checkLength(`${name}.text`, textBytes(`${name}.text`, tlv.text), 0, 255)
  if (tlv.type === LLDP_SYSTEM_CAPABILITIES && 'supported' in tlv) {
    return Uint8Array.from([
      ...word(`${name}.supported`, tlv.supported),
      ...word(`${name}.enabled`, tlv.enabled),
    ])
  }
  if (tlv.type === LLDP_ORGANIZATION_SPECIFIC && 'oui' in tlv) {
    const oui = checkLength(`${name}.oui`, bytesOf(`${name}.oui`, tlv.oui), 3, 3)
    return Uint8Array.from([...oui, byte('subtype', tlv.subtype), ...bytesOf(`${name}.hex`, tlv.hex)])
  }
  if (tlv.type === LLDP_MANAGEMENT_ADDRESS && 'address' in tlv) {
    const address = managementAddress(`${name}.address`, tlv.addressSubtype, tlv.address)
    const object = bytesOf(`${name}.objectIdentifier`, tlv.objectIdentifier)
    const limits = { minimum: 0, maximum: 0xffffffff }
    return Uint8Array.from([
      ...[address.length + 1, byte('addressSubtype', tlv.addressSubtype), ...address],
      byte('interfaceSubtype', tlv.interfaceSubtype),
      ...uint32(checkInteger(`${name}.interfaceNumber`, tlv.interfaceNumber, limits)),
      ...[checkLength(`${name}.objectIdentifier`, object, 0, 128).length, ...object],
    ])
  }
  return bytesOf(`${name}.hex`, (tlv as { hex: string }).hex)
}

/** Seven bits of type and nine of length in front of the value. */
function tlvOf(type: number, value: Uint8Array): Uint8Array {
  return Uint8Array.from([...uint16((type << 9) | value.length), ...value])
}

function checkLength(name: string, bytes: Uint8Array, minimum: number, maximum: number): Uint8Array {
  if (bytes.length >= minimum && bytes.length <= maximum) return bytes
  throw outOfRange(name, `${minimum} to ${maximum} bytes long`, `${bytes.length} bytes`)
}

function textBytes(name: string, text: unknown): Uint8Array {
  if (typeof text !== 'string') throw invalidType(name, 'text', text)
  return encoder.encode(text)
}

function word(name: string, value: number): Uint8Array {
  return uint16(checkInteger(name, value, { minimum: 0, maximum: 0xffff }))
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value)
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}
