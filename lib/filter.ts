/**
 * Which packets: conditions that can be combined, and checked before they run. They become expressions in the language of
 * tcpdump, as which filters can also be written.
 */

import { loadAddon } from './addon.js'
import { parseIpv4Address, parseIpv6Address } from './packet/ip-address.js'
import { LOWEST_ETHER_TYPE } from './packet/protocol-numbers.js'
import {
  checkArray,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkString,
  invalidType,
  invalidValue,
  outOfRange,
} from './validate.js'

/** Which packets: in the language of tcpdump, or made by `filter`. */
export type Filter = string | PacketFilter

/** A condition, as the functions of `filter` make it. */
export class PacketFilter {
  readonly #text: string
  readonly #looksBehindTags: boolean

  /** @internal `text` must look at nothing but the frame's first bytes, or be right wherever the VLAN tags end. */
  constructor(text: string, looksBehindTags: boolean) {
    this.#text = text
    this.#looksBehindTags = looksBehindTags
  }

  /** In the language of tcpdump. */
  get expression(): string {
    if (!this.#looksBehindTags) return this.#text
    // In that language, `vlan` moves everything that stands to the right of it, not only its operands. So it is said once
    // for each number of tags, around the whole condition.
    const [none, one] = [`not (${isTag(12)})`, `not (${isTag(16)})`]
    return (
      `(${none} and (${this.#text})) or (vlan and ${one} and (${this.#text})) or ` +
      `((${isTag(12)}) and vlan and (${this.#text}))`
    )
  }

  toString(): string {
    return this.expression
  }

  /** @internal A condition out of others. */
  static combine(filters: readonly PacketFilter[], combine: (...texts: string[]) => string): PacketFilter {
    const texts = filters.map((each) => `(${each.#text})`)
    return new PacketFilter(
      combine(...texts),
      filters.some((each) => each.#looksBehindTags),
    )
  }
}

const ETHER_TYPES = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, mpls: 0x8847, lldp: 0x88cc } as const
const IP_PROTOCOLS = { icmp: 1, igmp: 2, tcp: 6, udp: 17, gre: 47, icmpv6: 58, sctp: 132 } as const
const TCP_FLAGS = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const

/** A port, or a range of them with both ends. */
export type PortRange = number | { readonly from: number; readonly to: number }
export type TcpFlag = keyof typeof TCP_FLAGS

export interface IpPrefixes {
  /** For example `192.0.2.0/24`, `2001:db8::/32` or an address. Of several, any. */
  source?: string | readonly string[]
  destination?: string | readonly string[]
}

export interface Ports {
  /** Of several, any. */
  source?: PortRange | readonly PortRange[]
  destination?: PortRange | readonly PortRange[]
  /** Source or destination. */
  either?: PortRange | readonly PortRange[]
  /** Default: any of them. */
  protocol?: 'tcp' | 'udp' | 'sctp'
}

export interface TcpFlags {
  /** Those that must be set. */
  set?: readonly TcpFlag[]
  /** Those that must not. */
  clear?: readonly TcpFlag[]
}

/**
 * Conditions on packets, for `match` and captures. They look behind up to two VLAN tags, as a packet's headers do. What
 * they look at must be there: a frame that ends before it is not matched, whatever the rest of the condition says. IPv6
 * extension headers are not followed.
 *
 * @example
 * ```ts
 * const { all, any, not, port, vlan, ipPrefix } = filter
 * const web = all(vlan(5), port({ destination: [80, 443], protocol: 'tcp' }))
 * const outside = not(ipPrefix({ source: ['10.0.0.0/8', '2001:db8::/32'] }))
 * match(any(web, outside), drop())
 * ```
 *
 * @see https://www.tcpdump.org/manpages/pcap-filter.7.html
 */
export const filter = {
  /** Frames with this EtherType, behind VLAN tags. */
  etherType(type: number | keyof typeof ETHER_TYPES): PacketFilter {
    const limits = {
      ...{ minimum: LOWEST_ETHER_TYPE, maximum: 0xffff },
      advice: 'A smaller number is the length of an 802.3 frame.',
    }
    const value = numberOf('type', type, ETHER_TYPES, limits)
    if (TAGS.includes(value))
      throw invalidValue('type', 'what follows VLAN tags', type, 'Take filter.vlan().')
    return new PacketFilter(`ether proto ${value}`, true)
  },

  /** Frames with a VLAN tag, or with this id in the first one. */
  vlan(id?: number): PacketFilter {
    const tagged = isTag(12)
    if (id === undefined) return new PacketFilter(tagged, false)
    checkInteger('id', id, { minimum: 0, maximum: 4095 })
    return new PacketFilter(`(${tagged}) and ether[14:2] & 4095 = ${id}`, false)
  },

  /** IP packets from and to certain networks. */
  ipPrefix(prefixes: IpPrefixes): PacketFilter {
    const texts = eachGiven('prefixes', prefixes, ['source', 'destination'], (name, prefix) =>
      prefixExpression(name === 'source' ? 'src' : 'dst', `prefixes.${name}`, prefix),
    )
    return new PacketFilter(texts, true)
  },

  /** IP packets of a protocol. */
  ipProtocol(protocol: number | keyof typeof IP_PROTOCOLS): PacketFilter {
    const value = numberOf('protocol', protocol, IP_PROTOCOLS, { minimum: 0, maximum: 255 })
    return new PacketFilter(`ip proto ${value} or ip6 proto ${value}`, true)
  },

  /** TCP, UDP or SCTP with certain ports. Of a fragmented packet, only the first fragment has ports. */
  port(ports: Ports): PacketFilter {
    const { protocol, ...numbers } = checked('ports', ports)
    const prefix =
      protocol === undefined ? '' : `${checkOneOf('ports.protocol', protocol, ['tcp', 'udp', 'sctp'])} `
    const directions = { source: 'src ', destination: 'dst ', either: '' }
    const texts = eachGiven('ports', numbers, ['source', 'destination', 'either'], (name, range) =>
      portExpression(`${prefix}${directions[name]}`, `ports.${name}`, range),
    )
    return new PacketFilter(texts, true)
  },

  /** TCP segments with certain flags. */
  tcpFlags(flags: TcpFlags): PacketFilter {
    checkOptions('flags', flags, ['set', 'clear'])
    const [set, clear] = [flagBits('flags.set', flags.set), flagBits('flags.clear', flags.clear)]
    const test = `& ${set | clear} = ${set}`
    if ((set | clear) === 0) throw invalidValue('flags', 'flags to be set, or clear', flags)
    if ((set & clear) !== 0) throw invalidValue('flags', 'different flags to be set and clear', flags)
    return new PacketFilter(`tcp[13] ${test} or (ip6 proto 6 and ip6[53] ${test})`, true)
  },

  /** Packets that do not meet the condition. */
  not(condition: PacketFilter): PacketFilter {
    return PacketFilter.combine(checkConditions([condition]), (text) => `not ${text}`)
  },

  /** Packets that meet all conditions. */
  all(...conditions: readonly PacketFilter[]): PacketFilter {
    return PacketFilter.combine(checkConditions(conditions), (...texts) => texts.join(' and '))
  },

  /** Packets that meet one of the conditions, or more. */
  any(...conditions: readonly PacketFilter[]): PacketFilter {
    return PacketFilter.combine(checkConditions(conditions), (...texts) => texts.join(' or '))
  },
} as const

/** Checks a filter, and returns it as an expression. Names of hosts in it are looked up, which may take time. */
export function checkFilter(name: string, value: unknown): string {
  const expression =
    value instanceof PacketFilter
      ? value.expression
      : checkString(name, value, 'a filter expression, or made by filter.…()')
  const fault = loadAddon().filterFault(expression)
  if (fault === undefined) return expression
  const { message, place, word } = fault
  throw invalidValue(
    name,
    'a filter expression',
    expression,
    place === undefined ? `libpcap: ${message}` : `libpcap: ${message}, ${placeIn(expression, place, word)}`,
  )
}

function placeIn(expression: string, bytes: number, word: string | undefined): string {
  const before = Buffer.from(expression).subarray(0, bytes).toString()
  return word ? `at character ${before.length + 1}: '${word}'` : 'at its end'
}

/** 802.1Q and 802.1ad. */
const TAGS: readonly number[] = [0x8100, 0x88a8]

function isTag(offset: number): string {
  return TAGS.map((tag) => `ether[${offset}:2] = ${tag}`).join(' or ')
}

function checked<Options extends object>(name: string, value: Options): Options {
  if (typeof value !== 'object' || value === null) throw invalidType(name, 'an object', value)
  return value
}

function numberOf<Names extends Record<string, number>>(
  name: string,
  value: number | keyof Names,
  names: Names,
  limits: { minimum: number; maximum: number; advice?: string },
): number {
  if (typeof value === 'number') return checkInteger(name, value, limits)
  const known = Object.keys(names) as (keyof Names & string)[]
  return names[checkOneOf(name, value, known, 'or a number')] as number
}

/** What is given under some of the names: all of it must hold, and of several values one. */
function eachGiven<Name extends string, Value>(
  owner: string,
  given: { readonly [name in Name]?: Value | readonly Value[] },
  names: readonly Name[],
  toText: (name: Name, value: Value) => string,
): string {
  checkOptions(owner, given, names)
  const texts = names.flatMap((name) => {
    const values = given[name]
    if (values === undefined) return []
    const list = Array.isArray(values) ? (values as readonly Value[]) : [values as Value]
    if (list.length === 0) throw invalidValue(`${owner}.${name}`, 'one value at least', values)
    return [`(${list.map((value) => toText(name, value)).join(' or ')})`]
  })
  if (texts.length === 0) throw invalidValue(owner, `one of ${names.join(', ')}`, given)
  return texts.join(' and ')
}

function prefixExpression(direction: string, name: string, value: unknown): string {
  const expected = 'a prefix, for example 192.0.2.0/24 or 2001:db8::/32'
  const prefix = checkString(name, value, expected)
  const [address = '', given, ...rest] = prefix.split('/')
  const isIpv6 = address.includes(':')
  const bytes = isIpv6 ? parseIpv6Address(address, name) : ipv4Bytes(parseIpv4Address(address, name))
  const bits = bytes.length * 8
  if (rest.length > 0 || (given !== undefined && !/^\d{1,3}$/.test(given))) {
    throw invalidValue(name, expected, value)
  }
  const length = given === undefined ? bits : Number(given)
  if (length > bits) throw outOfRange(name, `a prefix of ${bits} bits at most`, value)
  const isLoose = bytes.some((byte, at) => (byte & (0xff >> Math.min(8, Math.max(0, length - at * 8)))) !== 0)
  if (isLoose) throw invalidValue(name, `an address with zeros behind its first ${length} bits`, value)
  return `${isIpv6 ? 'ip6' : 'ip'} ${direction} net ${address}/${length}`
}

function ipv4Bytes(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address)
}

function portExpression(direction: string, name: string, value: PortRange): string {
  const limits = { minimum: 0, maximum: 65535 }
  if (typeof value === 'number') return `${direction}port ${checkInteger(name, value, limits)}`
  checkOptions(name, value, ['from', 'to'])
  const from = checkInteger(`${name}.from`, value.from, limits)
  const to = checkInteger(`${name}.to`, value.to, { ...limits, minimum: from })
  return `${direction}portrange ${from}-${to}`
}

function flagBits(name: string, flags: readonly TcpFlag[] = []): number {
  const known = Object.keys(TCP_FLAGS) as TcpFlag[]
  const bits = checkArray(name, flags, (each, flag) => TCP_FLAGS[checkOneOf(each, flag, known)])
  return bits.reduce((sum: number, bit) => sum | bit, 0)
}

function checkConditions(conditions: readonly PacketFilter[]): readonly PacketFilter[] {
  if (conditions.length === 0) throw invalidValue('conditions', 'one condition at least', conditions)
  conditions.forEach((condition, index) => {
    if (condition instanceof PacketFilter) return
    throw invalidType(`conditions[${index}]`, 'a condition made by filter.…()', condition)
  })
  return conditions
}
