import { isIP } from 'node:net'
import type { NativeAccessRule } from './addon.js'
import { checkInteger, checkOneOf, checkOptions, invalidType, invalidValue, outOfRange } from './validate.js'

/**
 * Packets to which all of it applies are permitted or denied. What is left out fits everything; a rule without addresses is
 * one for IPv4 and one for IPv6.
 *
 * @example
 * ```ts
 * { action: 'permit', destination: '192.0.2.80/32', protocol: 6, destinationPorts: [80, 443] }
 * ```
 */
export interface AccessRule {
  action: 'permit' | 'deny'
  /** A prefix: `192.0.2.0/24`. */
  source?: string
  /** Of the same family as `source`. */
  destination?: string
  /**
   * The IP protocol's number; of IPv6 what is behind extension headers. With a mask, the bits that count: `{ value: 6, mask:
   * 0xfe }` fits 6 and 7.
   */
  protocol?: number | { value: number; mask: number }
  /** First and last. Packets without ports, and all but the first fragment of a datagram, have 0. */
  sourcePorts?: readonly [first: number, last: number]
  destinationPorts?: readonly [first: number, last: number]
}

const names: readonly (keyof AccessRule)[] = [
  'action',
  'source',
  'destination',
  'protocol',
  'sourcePorts',
  'destinationPorts',
]

interface Prefix {
  address: string
  length: number
  family: 4 | 6
}

const ANY = { 4: '0.0.0.0', 6: '::' } as const

/** As the addon takes it: once for each family that it is about. */
export function checkAccessRule(name: string, value: unknown): NativeAccessRule[] {
  checkOptions(name, value, names)
  const rule = value as Partial<AccessRule>
  const permits = checkOneOf(`${name}.action`, rule.action, ['permit', 'deny']) === 'permit'
  const source = checkPrefix(`${name}.source`, rule.source)
  const destination = checkPrefix(`${name}.destination`, rule.destination)
  if (source && destination && source.family !== destination.family) {
    throw invalidValue(`${name}.destination`, `an IPv${source.family} prefix, as source is`, rule.destination)
  }
  const family = (source ?? destination)?.family
  const [protocol, protocolMask] = checkProtocol(`${name}.protocol`, rule.protocol)
  const sourcePorts = checkPorts(`${name}.sourcePorts`, rule.sourcePorts)
  const destinationPorts = checkPorts(`${name}.destinationPorts`, rule.destinationPorts)
  return (family === undefined ? ([4, 6] as const) : [family]).map((family) => ({
    source: source?.address ?? ANY[family],
    sourceLength: source?.length ?? 0,
    destination: destination?.address ?? ANY[family],
    destinationLength: destination?.length ?? 0,
    sourcePorts,
    destinationPorts,
    protocol,
    protocolMask,
    permits,
  }))
}

function checkPrefix(name: string, value: unknown): Prefix | undefined {
  if (value === undefined) return undefined
  const expected = "a prefix, for example '192.0.2.0/24' or '2001:db8::/32'"
  if (typeof value !== 'string') throw invalidType(name, expected, value)
  const [address = '', text = '', ...more] = value.split('/')
  const family = address.includes('%') ? 0 : isIP(address)
  const length = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (more.length > 0 || family === 0 || !(length <= (family === 4 ? 32 : 128))) {
    throw invalidValue(name, expected, value)
  }
  return { address, length, family: family as 4 | 6 }
}

function checkProtocol(name: string, value: unknown): [protocol: number, mask: number] {
  if (value === undefined) return [0, 0]
  const limits = { minimum: 0, maximum: 255 }
  if (typeof value === 'number') return [checkInteger(name, value, limits), 0xff]
  checkOptions(name, value, ['value', 'mask'])
  const protocol = value as { value?: unknown; mask?: unknown }
  return [
    checkInteger(`${name}.value`, protocol.value, limits),
    checkInteger(`${name}.mask`, protocol.mask, limits),
  ]
}

function checkPorts(name: string, value: unknown): readonly [number, number] {
  if (value === undefined) return [0, 65535]
  if (!Array.isArray(value) || value.length !== 2) {
    throw invalidType(name, 'two port numbers: the first and the last', value)
  }
  const limits = { minimum: 0, maximum: 65535 }
  const first = checkInteger(`${name}[0]`, value[0], limits)
  const last = checkInteger(`${name}[1]`, value[1], limits)
  if (first > last) throw outOfRange(name, 'the first port before the last', value)
  return [first, last]
}
