import { formatIpv6Address, IPV6_ADDRESS } from '../ip-address.js'
import { MacAddress } from '../mac-address.js'
import { readAddresses } from './group-records.js'

/** @see https://www.iana.org/assignments/icmpv6-parameters, IPv6 Neighbor Discovery Option Formats */
export const OPTION_SOURCE_LINK_LAYER_ADDRESS = 1
export const OPTION_TARGET_LINK_LAYER_ADDRESS = 2
export const OPTION_PREFIX_INFORMATION = 3
export const OPTION_MTU = 5
export const OPTION_RECURSIVE_DNS_SERVER = 25

/** Of the sender (1), or of the target (2). */
export interface LinkLayerAddressOption {
  type: 1 | 2
  /** `02:00:00:00:00:01`. */
  linkLayerAddress: string
}

export interface PrefixInformationOption {
  type: 3
  /** In bits. */
  prefixLength: number
  /** Addresses of the prefix are reached without a router. */
  onLink: boolean
  /** Hosts make their own addresses of it. */
  autonomous: boolean
  /** In seconds; 0xffffffff is for ever. */
  validLifetime: number
  preferredLifetime: number
  /** `2001:db8::`. */
  prefix: string
}

export interface MtuOption {
  type: 5
  mtu: number
}

/** @see RFC 8106, section 5.1 */
export interface RecursiveDnsServerOption {
  type: 25
  /** In seconds. */
  lifetime: number
  addresses: string[]
}

/** Any other, and those above with an unusual length or with reserved bits set. */
export interface UnknownNeighbourOption {
  type: number
  /** What is behind type and length, in hexadecimal digits: 2 bytes less than a multiple of 8. */
  hex: string
}

/**
 * An option of neighbour discovery.
 *
 * @see RFC 4861, section 4.6
 */
export type NeighbourOption =
  | LinkLayerAddressOption
  | PrefixInformationOption
  | MtuOption
  | RecursiveDnsServerOption
  | UnknownNeighbourOption

/** Where the last option ends: `end`, or behind it when one has no length, or exceeds the message. */
export function neighbourOptionsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const length = at + 1 < end ? (bytes[at + 1] as number) * 8 : 0
    if (length === 0) return end + 1
    at += length
  }
  return at
}

/** The options between the two, up to the first one that has no length or is cut off. */
export function readNeighbourOptions(bytes: Uint8Array, start: number, end: number): NeighbourOption[] {
  const options: NeighbourOption[] = []
  let at = start
  while (at + 8 <= end) {
    const length = (bytes[at + 1] as number) * 8
    if (length === 0 || at + length > end) break
    options.push(readOption(bytes.subarray(at, at + length)))
    at += length
  }
  return options
}

function readOption(bytes: Uint8Array): NeighbourOption {
  return (
    readKnownOption(bytes) ?? {
      type: bytes[0] as number,
      hex: Buffer.from(bytes.subarray(2)).toString('hex'),
    }
  )
}

function readKnownOption(bytes: Uint8Array): NeighbourOption | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { length } = bytes
  const type = view.getUint8(0)
  switch (type) {
    case OPTION_SOURCE_LINK_LAYER_ADDRESS:
    case OPTION_TARGET_LINK_LAYER_ADDRESS:
      return length === 8
        ? { type, linkLayerAddress: new MacAddress(bytes.subarray(2)).toString() }
        : undefined
    case OPTION_PREFIX_INFORMATION:
      return length === 32 ? readPrefixInformation(bytes, view) : undefined
    case OPTION_MTU:
      return length === 8 && view.getUint16(2) === 0 ? { type, mtu: view.getUint32(4) } : undefined
    case OPTION_RECURSIVE_DNS_SERVER: {
      if (length % 16 !== 8 || view.getUint16(2) !== 0) return undefined
      const addresses = readAddresses(bytes, 8, (length - 8) / IPV6_ADDRESS, IPV6_ADDRESS)
      return { type, lifetime: view.getUint32(4), addresses }
    }
    default:
      return undefined
  }
}

function readPrefixInformation(bytes: Uint8Array, view: DataView): PrefixInformationOption | undefined {
  const flags = view.getUint8(3)
  if ((flags & 0x3f) !== 0 || view.getUint32(12) !== 0) return undefined
  return {
    type: OPTION_PREFIX_INFORMATION,
    prefixLength: view.getUint8(2),
    onLink: (flags & 0x80) !== 0,
    autonomous: (flags & 0x40) !== 0,
    validLifetime: view.getUint32(4),
    preferredLifetime: view.getUint32(8),
    prefix: formatIpv6Address(bytes, 16),
  }
}
