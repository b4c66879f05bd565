import { outOfRange } from '../../validate.js'
import {
  type LinkLayerAddressOption,
  type MtuOption,
  OPTION_MTU,
  OPTION_PREFIX_INFORMATION,
  OPTION_RECURSIVE_DNS_SERVER,
  OPTION_SOURCE_LINK_LAYER_ADDRESS,
  OPTION_TARGET_LINK_LAYER_ADDRESS,
  type PrefixInformationOption,
  type RecursiveDnsServerOption,
  type UnknownNeighbourOption,
} from '../headers/neighbour-options.js'
import { Fields } from './fields.js'
import { encodeAddresses, encodeIpv6Address } from './group-records.js'

/** In bytes: the length counts words of 8. */
const LONGEST = 8 * 255

/** Options, one behind the other: each by its type, or as `hex`. @param name of the list, for errors */
export function encodeNeighbourOptions(name: string, options: readonly object[]): Uint8Array {
  return Buffer.concat(options.map((option, index) => encodeOption(`${name}[${index}]`, option)))
}

function encodeOption(name: string, option: object): Uint8Array {
  const { type } = option as { type?: unknown }
  if ('hex' in option) return encodeUnknown(name, option)
  switch (type) {
    case OPTION_SOURCE_LINK_LAYER_ADDRESS:
    case OPTION_TARGET_LINK_LAYER_ADDRESS: {
      const given = new Fields<LinkLayerAddressOption>(name, option, ['type', 'linkLayerAddress'])
      return Uint8Array.of(type, 1, ...given.mac('linkLayerAddress', '02:00:00:00:00:01'))
    }
    case OPTION_PREFIX_INFORMATION:
      return encodePrefixInformation(name, option)
    case OPTION_MTU: {
      const [bytes, view] = emptyOption(type, 8)
      view.setUint32(4, new Fields<MtuOption>(name, option, ['type', 'mtu']).uint('mtu', 32, 1500))
      return bytes
    }
    case OPTION_RECURSIVE_DNS_SERVER:
      return encodeRecursiveDnsServer(name, option)
    default:
      return encodeUnknown(name, option)
  }
}

function encodePrefixInformation(name: string, option: object): Uint8Array {
  const given = new Fields<PrefixInformationOption>(name, option, [
    ...(['type', 'prefixLength', 'onLink', 'autonomous'] as const),
    ...(['validLifetime', 'preferredLifetime', 'prefix'] as const),
  ])
  const [bytes, view] = emptyOption(OPTION_PREFIX_INFORMATION, 32)
  view.setUint8(2, given.uint('prefixLength', 8, 64))
  view.setUint8(3, (given.flag('onLink', true) ? 0x80 : 0) | (given.flag('autonomous', true) ? 0x40 : 0))
  view.setUint32(4, given.uint('validLifetime', 32, 2592000))
  view.setUint32(8, given.uint('preferredLifetime', 32, 604800))
  bytes.set(given.ipv6('prefix', '2001:db8::'), 16)
  return bytes
}

function encodeRecursiveDnsServer(name: string, option: object): Uint8Array {
  const given = new Fields<RecursiveDnsServerOption>(name, option, ['type', 'lifetime', 'addresses'])
  const addresses = encodeAddresses(`${name}.addresses`, given.texts('addresses'), encodeIpv6Address)
  checkLength(`${name}.addresses`, 8 + addresses.length)
  const [bytes, view] = emptyOption(OPTION_RECURSIVE_DNS_SERVER, 8 + addresses.length)
  view.setUint32(4, given.uint('lifetime', 32, 1800))
  bytes.set(addresses, 8)
  return bytes
}

function encodeUnknown(name: string, option: object): Uint8Array {
  const given = new Fields<UnknownNeighbourOption>(name, option, ['type', 'hex'])
  const value = given.bytes('hex', LONGEST - 2)
  checkLength(`${name}.hex`, 2 + value.length)
  const [bytes] = emptyOption(given.uint('type', 8, 0), 2 + value.length)
  bytes.set(value, 2)
  return bytes
}

function emptyOption(type: number, length: number): [Uint8Array, DataView] {
  const bytes = new Uint8Array(length)
  bytes.set([type, length >> 3])
  return [bytes, new DataView(bytes.buffer)]
}

/** @param length of the whole option */
function checkLength(name: string, length: number): void {
  if (length % 8 === 0 && length > 0 && length <= LONGEST) return
  const expected = `such that the option has a multiple of 8 bytes, at most ${LONGEST}`
  throw outOfRange(name, expected, `${length} bytes with type and length`)
}
