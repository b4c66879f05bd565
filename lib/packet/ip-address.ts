import { isIPv6 } from 'node:net'
import { invalidType, invalidValue } from '../validate.js'

/** Bytes of an IPv6 address. */
export const IPV6_ADDRESS = 16

/** `192.0.2.1` of `0xc0000201`. */
export function formatIpv4Address(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`
}

/**
 * `0xc0000201` of `192.0.2.1`: the number that `sourceNumber` and `destinationNumber` have.
 *
 * @throws {TypeError} unless it is four decimal numbers from 0 to 255
 *
 * @example
 * ```ts
 * const server = parseIpv4Address('192.0.2.1')
 * if (packet.ipv4?.destinationNumber === server) packet.forward(inside)
 * ```
 */
export function parseIpv4Address(address: string, name = 'address'): number {
  const expected = "an IPv4 address, for example '192.0.2.1'"
  if (typeof address !== 'string') throw invalidType(name, expected, address)
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)
  const parts = match?.slice(1).map(Number) ?? []
  if (parts.length !== 4 || parts.some((part) => part > 255)) throw invalidValue(name, expected, address)
  return parts.reduce((number, part) => ((number << 8) | part) >>> 0, 0)
}

/**
 * `2001:db8::1` of its sixteen bytes: lower case, without leading zeros, with the longest run of zeros as `::`, and
 * with an IPv4 address written as one: `::ffff:192.0.2.1`. The same text as `inet_ntop` gives, so texts may be
 * compared.
 *
 * @param offset of its first byte
 * @see RFC 5952, sections 4 and 5, and RFC 4291, section 2.5.5, for the prefixes that IPv4 addresses have
 */
export function formatIpv6Address(bytes: Uint8Array, offset = 0): string {
  const words = Array.from({ length: 8 }, (_, index) => word(bytes, offset + 2 * index))
  const zeros = longestZeros(words)
  const isMapped = zeros.start === 0 && zeros.length === 5 && words[5] === 0xffff
  const isCompatible = zeros.start === 0 && zeros.length === 6
  if (isMapped || isCompatible) {
    const address = formatIpv4Address((word(bytes, offset + 12) << 16) | word(bytes, offset + 14))
    return isMapped ? `::ffff:${address}` : `::${address}`
  }
  const text = words.map((word) => word.toString(16))
  if (zeros.length < 2) return text.join(':')
  return `${text.slice(0, zeros.start).join(':')}::${text.slice(zeros.start + zeros.length).join(':')}`
}

/**
 * The sixteen bytes of `2001:db8::1`, in any of its notations; for `ipv6.replaceSource` and comparisons.
 *
 * @throws {TypeError} unless it is an IPv6 address without a zone
 * @see RFC 4291, section 2.2
 *
 * @example
 * ```ts
 * const router = parseIpv6Address('fe80::1')
 * if (packet.ipv6?.sourceEquals(router)) packet.forward(inside)
 * ```
 */
export function parseIpv6Address(address: string, name = 'address'): Uint8Array {
  const expected = "an IPv6 address, for example '2001:db8::1'"
  if (typeof address !== 'string') throw invalidType(name, expected, address)
  if (!isIPv6(address) || address.includes('%')) throw invalidValue(name, expected, address)
  const [front = '', back] = address.split('::')
  const first = bytesOfGroups(front)
  const last = bytesOfGroups(back ?? '')
  const bytes = new Uint8Array(IPV6_ADDRESS)
  bytes.set(first, 0)
  bytes.set(last, IPV6_ADDRESS - last.length)
  return bytes
}

/** Of `2001:db8`, or with an IPv4 address at its end; what `isIPv6` has approved. */
function bytesOfGroups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/** The longest run of zero words; of several as long, the first. */
function longestZeros(words: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let length = 0
  words.forEach((value, index) => {
    length = value === 0 ? length + 1 : 0
    if (length > longest.length) longest = { start: index - length + 1, length }
  })
  return longest
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}
