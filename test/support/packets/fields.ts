// Values of fields at random.

import fc, { type Arbitrary } from 'fast-check'

/** An unsigned number of so many bits. */
export function uint(bits: number): Arbitrary<number> {
  return fc.integer({ min: 0, max: 2 ** bits - 1 })
}

export const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':'))

export const ipv4Address = fc.ipV4()

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

const text = (minLength: number) =>
  fc.string({ minLength, maxLength: 30, unit: fc.constantFrom(...'abc XYZ-0123/:.é€') })

const lldpChassisId = fc.oneof(
  fc.record({ subtype: fc.constant(4), id: mac }),
  fc.record({ subtype: fc.constant(5), id: ipv4Address }),
  fc.record({ subtype: fc.constantFrom(1, 2, 6, 7), id: text(1) }),
)
const lldpPortId = fc.oneof(
  fc.record({ subtype: fc.constant(3), id: mac }),
  fc.record({ subtype: fc.constant(4), id: ipv4Address }),
  fc.record({ subtype: fc.constantFrom(1, 5, 7), id: text(1) }),
)
const lldpTlv = fc.oneof(
  fc.record({ type: fc.constantFrom(4, 5, 6), text: text(0) }),
  fc.record({ type: fc.constant(7), supported: uint(8), enabled: uint(8) }),
  fc.record({
    ...{ type: fc.constant(8), addressSubtype: fc.constant(1), address: hexadecimal(4, 4) },
    ...{ interfaceSubtype: fc.constantFrom(1, 2, 3), interfaceNumber: uint(32) },
    objectIdentifier: fc.constantFrom('', '2b0601'),
  }),
  fc.record({
    type: fc.constant(127),
    oui: fc.constant('aabbcc'),
    subtype: uint(8),
    hex: hexadecimal(0, 20),
  }),
)

export const lldpFields = optional({
  ...{ chassisId: lldpChassisId, portId: lldpPortId, timeToLive: uint(16) },
  ...{ tlvs: fc.array(lldpTlv, { maxLength: 5 }), hasEnd: fc.boolean() },
})
