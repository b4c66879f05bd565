import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkOptions,
  checkString,
  invalidType,
  invalidValue,
  outOfRange,
} from '../../validate.js'
import { parseIpv4Address, parseIpv6Address } from '../ip-address.js'
import { MacAddress } from '../mac-address.js'

/** Bytes, also as hexadecimal digits: `'0102ff'`. */
export type BytesLike = Uint8Array | string

/** Reads the fields that a builder was given, and checks each: errors name it as `udp.sourcePort`. */
export class Fields<Shape extends object> {
  readonly #layer: string
  readonly #fields: Partial<Shape>

  constructor(layer: string, fields: Partial<Shape>, known: readonly (keyof Shape & string)[]) {
    checkOptions(layer, fields, known)
    this.#layer = layer
    this.#fields = fields
  }

  /** Whether the field was given. */
  has(name: keyof Shape & string): boolean {
    return this.#fields[name] !== undefined
  }

  /** An unsigned number of so many bits. */
  uint(name: keyof Shape & string, bits: number, fallback: number): number {
    const value = this.#fields[name] ?? fallback
    return checkInteger(this.#name(name), value, { minimum: 0, maximum: 2 ** bits - 1 })
  }

  flag(name: keyof Shape & string, fallback = false): boolean {
    return checkBoolean(this.#name(name), this.#fields[name] ?? fallback)
  }

  /** Six bytes. */
  mac(name: keyof Shape & string, fallback: string): Uint8Array {
    const value = (this.#fields[name] ?? fallback) as string | MacAddress | Uint8Array
    return value instanceof MacAddress ? value.bytes : new MacAddress(value).bytes
  }

  /** An IPv4 address as a number. */
  ipv4(name: keyof Shape & string, fallback: string): number {
    return parseIpv4Address((this.#fields[name] ?? fallback) as string, this.#name(name))
  }

  /** An IPv6 address as its sixteen bytes. */
  ipv6(name: keyof Shape & string, fallback: string): Uint8Array {
    return parseIpv6Address((this.#fields[name] ?? fallback) as string, this.#name(name))
  }

  /** A list of objects, whose fields are still to be checked; empty when it is not given. */
  objects(name: keyof Shape & string): object[] {
    return checkArray(this.#name(name), this.#fields[name] ?? [], checkObject)
  }

  /** A list of texts; empty when it is not given. */
  texts(name: keyof Shape & string): string[] {
    return checkArray(this.#name(name), this.#fields[name] ?? [], checkString)
  }

  /** Bytes, of at most so many. */
  bytes(name: keyof Shape & string, maximum: number): Uint8Array {
    const value = bytesOf(this.#name(name), this.#fields[name] ?? '')
    if (value.length <= maximum) return value
    throw outOfRange(this.#name(name), `${maximum} bytes long at most`, `${value.length} bytes`)
  }

  /** A list, empty if it was not given; `read` is told each element's name: `tcp.options[2]`. */
  list<Element>(name: keyof Shape & string, read: (name: string, element: unknown) => Element): Element[] {
    return checkArray(this.#name(name), this.#fields[name] ?? [], read)
  }

  #name(name: string): string {
    return `${this.#layer}.${name}`
  }
}

/** Bytes as they are, or from hexadecimal digits. */
export function bytesOf(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  const expected = "bytes, or hexadecimal digits such as '0102ff'"
  if (typeof value !== 'string') throw invalidType(name, expected, value)
  if (!/^([0-9a-f]{2})*$/i.test(value)) throw invalidValue(name, expected, value)
  return Uint8Array.from(Buffer.from(value, 'hex'))
}

function checkObject(name: string, value: unknown): object {
  if (typeof value === 'object' && value !== null) return value
  throw invalidType(name, 'an object', value)
}
