// Values of fields at random.

import fc, { type Arbitrary } from 'fast-check'
import { formatIpv6Address } from '../../../lib/packet/ip-address.js'

/** An unsigned number of so many bits. */
export function uint(bits: number): Arbitrary<number> {
  return fc.integer({ min: 0, max: 2 ** bits - 1 })
}

export const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':'))

export const ipv4Address = fc.ipV4()

/** With words of zeros, so that the short notation is used in all places. */
export const ipv6Address = fc
  .array(fc.oneof(fc.constantFrom(0, 0, 1), fc.nat(0xffff)), { minLength: 7, maxLength: 7 })
  .map((words) => {
    const bytes = Uint8Array.from([0x2001, ...words].flatMap((word) => [word >> 8, word & 0xff]))
    return formatIpv6Address(bytes)
  })

/** A port that says nothing about what follows, not to tshark either. */
export const freePort = fc.integer({ min: 10_000, max: 65_535 })

/** So many bytes, in hexadecimal digits. */
export function hexadecimal(minLength: number, maxLength: number): Arbitrary<string> {
  return fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes).toString('hex'))
}

/** Any of these fields, each with one of its values; and besides those that must be. */
export function optional(
  fields: Record<string, Arbitrary<unknown>>,
  required: object = {},
): Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] }).map((given) => ({ ...given, ...required }))
}
