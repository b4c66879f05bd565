import { invalidType, invalidValue } from '../validate.js'

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
