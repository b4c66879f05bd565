/** The options of a DHCP message: found without an object, or read as a list. */

import { escapeText } from '../escaped-text.js'
import { formatIpv4Address } from '../ip-address.js'

export const OPTION_PAD = 0
export const OPTION_END = 255

/** How the values of options with a name are written. */
export const DHCP_OPTIONS = {
  subnetMask: { code: 1, form: 'address' },
  routers: { code: 3, form: 'addresses' },
  domainNameServers: { code: 6, form: 'addresses' },
  hostName: { code: 12, form: 'text' },
  domainName: { code: 15, form: 'text' },
  requestedAddress: { code: 50, form: 'address' },
  leaseTime: { code: 51, form: 'uint32' },
  overload: { code: 52, form: 'uint8' },
  messageType: { code: 53, form: 'uint8' },
  serverIdentifier: { code: 54, form: 'address' },
  parameterRequestList: { code: 55, form: 'codes' },
  clientIdentifier: { code: 61, form: 'hex' },
} as const

/** What `messageType` says. @see RFC 2132, section 9.6 */
export const DHCP_MESSAGE_TYPES = Object.freeze({
  ...{ discover: 1, offer: 2, request: 3, decline: 4, acknowledge: 5, negativeAcknowledge: 6 },
  ...{ release: 7, inform: 8 },
})

/**
 * An option, named as RFC 2132 names it. Those without a name here, and named ones whose value is not of their form, have
 * their number and the value in hexadecimal digits.
 */
export type DhcpOption =
  | { code: 'subnetMask' | 'requestedAddress' | 'serverIdentifier'; value: string }
  | { code: 'routers' | 'domainNameServers'; value: string[] }
  /** Bytes that are not printable ASCII are `\DDD`, a backslash is `\\`. */
  | { code: 'hostName' | 'domainName'; value: string }
  /** `leaseTime` is in seconds. `overload`: 1 when there are options in the boot file's place, 2 in the server name's, 3 both. */
  | { code: 'leaseTime' | 'messageType' | 'overload'; value: number }
  | { code: 'parameterRequestList'; value: number[] }
  /** In hexadecimal digits; usually a hardware type and an address. */
  | { code: 'clientIdentifier'; value: string }
  | { code: number; hex: string }
  /** So many bytes of 0. */
  | { code: 'pad'; length: number }
  | { code: 'end' }
  /** What is no option, up to the message's end: the list breaks off here without its end. */
  | { code: 'malformed'; hex: string }

const NAMES = new Map(
  Object.entries(DHCP_OPTIONS).map(([name, { code, form }]) => [code as number, { name, form }]),
)

/** Where the option of this code starts, between `from` and `end`; -1 if there is none. */
export function findDhcpOption(bytes: Uint8Array, from: number, end: number, code: number): number {
  let at = from
  while (at < end) {
    const found = bytes[at] as number
    if (found === OPTION_PAD) {
      at++
      continue
    }
    const size = sizeAt(bytes, at, end)
    if (size === 0 || found === OPTION_END) return -1
    if (found === code) return at
    at += size
  }
  return -1
}

/** Behind the list's end option, or behind the last byte where there is none. */
export function endOfDhcpOptions(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end) {
    const code = bytes[at] as number
    if (code === OPTION_END) return at + 1
    const size = code === OPTION_PAD ? 1 : sizeAt(bytes, at, end)
    if (size === 0) return end
    at += size
  }
  return end
}

export function readDhcpOptions(bytes: Uint8Array, from: number, end: number): DhcpOption[] {
  const options: DhcpOption[] = []
  let at = from
  while (at < end) {
    const code = bytes[at] as number
    if (code === OPTION_END) return [...options, { code: 'end' }]
    if (code === OPTION_PAD) {
      const behind = behindPads(bytes, at, end)
      options.push({ code: 'pad', length: behind - at })
      at = behind
      continue
    }
    const size = sizeAt(bytes, at, end)
    if (size === 0) break
    options.push(readOption(code, bytes.subarray(at + 2, at + size)))
    at += size
  }
  return [...options, { code: 'malformed', hex: hex(bytes.subarray(at, end)) }]
}

function behindPads(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] === OPTION_PAD) at++
  return at
}

/** Bytes of the option that starts at `at`, or 0 if it says more than there are. */
function sizeAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return 0
  const size = 2 + (bytes[at + 1] as number)
  return at + size > end ? 0 : size
}

function readOption(code: number, value: Uint8Array): DhcpOption {
  const named = NAMES.get(code)
  const read = named === undefined ? undefined : readValue(named.form, value)
  if (named === undefined || read === undefined) return { code, hex: hex(value) }
  return { code: named.name, value: read } as DhcpOption
}

function readValue(form: string, value: Uint8Array): number | string | number[] | string[] | undefined {
  const { length } = value
  switch (form) {
    case 'uint8':
      return length === 1 ? value[0] : undefined
    case 'uint32':
      return length === 4 ? uint32(value, 0) : undefined
    case 'address':
      return length === 4 ? formatIpv4Address(uint32(value, 0)) : undefined
    case 'addresses':
      if (length === 0 || length % 4 !== 0) return undefined
      return Array.from({ length: length / 4 }, (_, index) => formatIpv4Address(uint32(value, index * 4)))
    case 'codes':
      return [...value]
    case 'text':
      return escapeText(value, 0, length)
    default:
      return hex(value)
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
