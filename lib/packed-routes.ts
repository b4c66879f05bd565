import type { NativeNextHop } from './addon.js'
import { IPV6_ADDRESS, parseIpv6Address } from './packet/ip-address.js'
import { checkNextHops, type Route } from './route.js'
import { invalidType, invalidValue } from './validate.js'

// As native/napi/route_table.cc reads a route: the address, in network byte order, then these.
const NEXT_HOPS = 16
const LENGTH = 20
const IS_IPV6 = 21
const SIZE = 24

/** Routes as the addon takes them, so many at a time that neither side waits long. */
export class PackedRoutes {
  static readonly CAPACITY = 32_768

  count = 0
  readonly nextHops: NativeNextHop[][] = []
  readonly #bytes: Uint8Array
  readonly #view: DataView
  /** By what was given: the same object for a million routes is looked at once. */
  readonly #known = new Map<unknown, number>()

  constructor(capacity = PackedRoutes.CAPACITY) {
    this.#bytes = new Uint8Array(capacity * SIZE)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get isFull(): boolean {
    return this.count * SIZE === this.#bytes.length
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.count * SIZE)
  }

  add(name: string, route: Route): void {
    if (typeof route !== 'object' || route === null) {
      throw invalidType(name, "a route, for example { prefix: '192.0.2.0/24', nextHop }", route)
    }
    this.addPrefix(`${name}.prefix`, route.prefix, this.#indexOf(`${name}.nextHop`, route.nextHop))
  }

  /** @param nextHops an index into `nextHops`; none for a prefix that is to be removed. */
  addPrefix(name: string, prefix: string, nextHops = 0): void {
    const at = this.count * SIZE
    const length = writePrefix(this.#bytes, at, name, prefix)
    this.#view.setUint32(at + NEXT_HOPS, nextHops, true)
    this.#bytes[at + LENGTH] = length
    this.#bytes[at + IS_IPV6] = prefix.includes(':') ? 1 : 0
    this.count++
  }

  #indexOf(name: string, nextHop: Route['nextHop']): number {
    const known = this.#known.get(nextHop)
    if (known !== undefined) return known
    const index = this.nextHops.push(checkNextHops(name, nextHop)) - 1
    this.#known.set(nextHop, index)
    return index
  }
}

const PREFIX = "a prefix, for example '192.0.2.0/24' or '2001:db8::/32'"

/** Writes the address and returns the prefix's length. */
function writePrefix(bytes: Uint8Array, at: number, name: string, prefix: string): number {
  if (typeof prefix !== 'string') throw invalidType(name, PREFIX, prefix)
  const slash = prefix.indexOf('/')
  const isIpv6 = prefix.includes(':')
  const length = decimal(prefix, slash + 1, prefix.length)
  if (slash < 0 || length > (isIpv6 ? 128 : 32)) throw invalidValue(name, PREFIX, prefix)
  if (isIpv6) bytes.set(parseIpv6Address(prefix.slice(0, slash), name), at)
  else if (!writeIpv4(bytes, at, prefix, slash)) throw invalidValue(name, PREFIX, prefix)
  if (!isMasked(bytes, at, length, isIpv6)) {
    throw invalidValue(name, `${PREFIX}, with zeros behind its length`, prefix)
  }
  return length
}

function writeIpv4(bytes: Uint8Array, at: number, text: string, end: number): boolean {
  let from = 0
  for (let part = 0; part < 4; part++) {
    const dot = part === 3 ? end : text.indexOf('.', from)
    const value = dot < 0 || dot > end ? Number.NaN : decimal(text, from, dot)
    if (!(value <= 255)) return false
    bytes[at + part] = value
    from = dot + 1
  }
  bytes.fill(0, at + 4, at + IPV6_ADDRESS)
  return true
}

/** Of one to three digits; otherwise NaN. A million routes have five million of them: no expression, no copy. */
function decimal(text: string, from: number, to: number): number {
  if (to <= from || to > from + 3) return Number.NaN
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function isMasked(bytes: Uint8Array, at: number, length: number, isIpv6: boolean): boolean {
  const end = at + (isIpv6 ? 16 : 4)
  const first = at + (length >> 3)
  if (first < end && ((bytes[first] as number) & (0xff >> (length & 7))) !== 0) return false
  for (let byte = first + 1; byte < end; byte++) if (bytes[byte] !== 0) return false
  return true
}
