/** The values that a field takes, one packet after the other. */

import { parseIpv4Address, parseIpv6Address } from '../packet/ip-address.js'
import { MacAddress } from '../packet/mac-address.js'
import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkOptions,
  invalidType,
  invalidValue,
  outOfRange,
} from '../validate.js'

/** A number, or an address as text: `10.0.0.1`, `2001:db8::1`, `02:00:00:00:00:01`. */
export type FieldValue = number | bigint | string

/**
 * - A range, from `start` by `step` to `maximum`, then from `minimum` again; downwards when `step` is negative.
 * - Random values, the same for the same seed; from `minimum` to `maximum` where these are given.
 * - A list, one after the other.
 *
 * So many packets of the stream as `repeat` says have the same value. Default: 1.
 */
export type FieldValues =
  | { minimum: FieldValue; maximum: FieldValue; start?: FieldValue; step?: number | bigint; repeat?: number }
  | { random: true; minimum?: FieldValue; maximum?: FieldValue; repeat?: number }
  | { list: readonly FieldValue[]; repeat?: number }

export type ValueKind = 'number' | 'mac' | 'ipv4' | 'ipv6'

/** Checked, as numbers. */
export type Values = { repeat: number } & (
  | { kind: 'range'; minimum: bigint; maximum: bigint; start: bigint; step: bigint }
  | { kind: 'random'; bounds: { minimum: bigint; maximum: bigint } | undefined }
  | { kind: 'list'; list: bigint[] }
)

/** @param bits of the field */
export function resolveValues(name: string, values: FieldValues, kind: ValueKind, bits: number): Values {
  checkOptions(name, values, ['minimum', 'maximum', 'start', 'step', 'random', 'list', 'repeat'])
  const { minimum, maximum, start, step, random, list } = values as Record<string, unknown>
  const repeat = checkInteger(`${name}.repeat`, values.repeat ?? 1, { minimum: 1, maximum: 2 ** 32 - 1 })
  const read = (argument: string, value: unknown) => readValue(`${name}.${argument}`, value, kind, bits)
  if (list !== undefined) {
    refuse(name, values, ['minimum', 'maximum', 'start', 'step', 'random'], 'a list')
    const numbers = checkArray(`${name}.list`, list, (argument, value) =>
      readValue(argument, value, kind, bits),
    )
    if (numbers.length === 0) throw invalidValue(`${name}.list`, 'at least one value', list)
    return { kind: 'list', list: numbers, repeat }
  }
  const isBounded = minimum !== undefined || maximum !== undefined
  const bounds = isBounded ? order(name, read('minimum', minimum), read('maximum', maximum)) : undefined
  if (random !== undefined) {
    refuse(name, values, ['start', 'step'], 'random values')
    if (!checkBoolean(`${name}.random`, random)) throw invalidValue(`${name}.random`, 'true', random)
    return { kind: 'random', bounds, repeat }
  }
  if (bounds === undefined) {
    throw invalidValue(name, '{ minimum, maximum }, { random: true } or { list }', values)
  }
  const first = start === undefined ? undefined : read('start', start)
  if (first !== undefined && (first < bounds.minimum || first > bounds.maximum)) {
    throw outOfRange(`${name}.start`, 'from minimum to maximum', start)
  }
  const by = readStep(`${name}.step`, step)
  return {
    kind: 'range',
    ...bounds,
    start: first ?? (by > 0n ? bounds.minimum : bounds.maximum),
    step: by,
    repeat,
  }
}

function refuse(name: string, values: object, others: readonly string[], what: string): void {
  const other = others.find((each) => each in values)
  if (other !== undefined) throw invalidValue(name, `without ${other}, which ${what} has no use for`, values)
}

function order(name: string, minimum: bigint, maximum: bigint) {
  if (minimum <= maximum) return { minimum, maximum }
  throw outOfRange(`${name}.minimum`, 'at most the maximum', minimum)
}

function readStep(name: string, step: unknown): bigint {
  if (step === undefined) return 1n
  const isInteger = typeof step === 'bigint' || Number.isSafeInteger(step)
  if (!isInteger) throw invalidType(name, 'an integer', step)
  const by = BigInt(step as number | bigint)
  if (by === 0n || by >= 2n ** 64n || by <= -(2n ** 64n)) {
    throw outOfRange(name, 'an integer of 64 bits, and not 0', step)
  }
  return by
}

function readValue(name: string, value: unknown, kind: ValueKind, bits: number): bigint {
  if (typeof value === 'string' && kind !== 'number') {
    if (kind === 'ipv4') return BigInt(parseIpv4Address(value, name))
    return numberOf(kind === 'ipv6' ? parseIpv6Address(value, name) : new MacAddress(value).bytes)
  }
  const expected = kind === 'number' ? 'an integer' : `an ${NAMES[kind]} address, or an integer`
  const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!isInteger) throw invalidType(name, expected, value)
  const number = BigInt(value as number | bigint)
  const last = 2n ** BigInt(bits) - 1n
  if (number < 0n || number > last) throw outOfRange(name, `from 0 to ${last}`, value)
  return number
}

const NAMES = { mac: 'Ethernet', ipv4: 'IPv4', ipv6: 'IPv6' } as const

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)
}
