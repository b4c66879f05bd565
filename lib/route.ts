import { isIP } from 'node:net'
import { checkOutput, type Output } from './actions/action.js'
import type { NativeNextHop } from './addon.js'
import { MacAddress } from './packet/mac-address.js'
import { checkArray, checkOptions, invalidType, invalidValue } from './validate.js'

/** Where packets go: a port, and the station on its link to which they are addressed. */
export interface NextHop {
  port: Output
  /** The station's MAC address. Either this or `via`. */
  mac?: MacAddress | string
  /** The station's IP address, of either family; the table's `neighbours` tell its MAC address. */
  via?: string
}

/**
 * Packets to addresses that begin with `prefix` go to `nextHop`, unless another route has a longer prefix. Of several next
 * hops each flow has one (equal-cost multipath), chosen by a hash of addresses, protocol and ports.
 *
 * @example
 * ```ts
 * { prefix: '192.0.2.0/24', nextHop: { port: left, mac: '02:00:00:00:00:01' } }
 * { prefix: '::/0', nextHop: [{ port: left, via: 'fe80::1' }, { port: right, via: 'fe80::2' }] }
 * ```
 */
export interface Route {
  /** `192.0.2.0/24` or `2001:db8::/32`; `0.0.0.0/0` and `::/0` are the default routes. */
  prefix: string
  nextHop: NextHop | readonly NextHop[]
}

/** A station on a port's link. */
export interface Neighbour {
  port: Output
  /** Its IP address. */
  address: string
  mac: MacAddress | string
}

const MOST_NEXT_HOPS = 256

/** Checks where a route leads. */
export function checkNextHops(name: string, value: unknown): NativeNextHop[] {
  if (!Array.isArray(value)) return [checkNextHop(name, value)]
  if (value.length === 0 || value.length > MOST_NEXT_HOPS) {
    throw invalidValue(name, `a next hop, or 1 to ${MOST_NEXT_HOPS} of them`, value)
  }
  return checkArray(name, value, checkNextHop)
}

function checkNextHop(name: string, value: unknown): NativeNextHop {
  checkOptions(name, value, ['port', 'mac', 'via'])
  const { port, mac, via } = value as Partial<NextHop>
  const id = checkOutput(`${name}.port`, port)
  if ((mac === undefined) === (via === undefined)) {
    throw invalidValue(name, 'an object with either mac or via beside its port', value)
  }
  if (mac !== undefined) return { port: id, mac: macText(mac) }
  return { port: id, via: checkIpAddress(`${name}.via`, via) }
}

export function checkIpAddress(name: string, value: unknown): string {
  const expected = "an IP address, for example '192.0.2.1' or '2001:db8::1'"
  if (typeof value !== 'string') throw invalidType(name, expected, value)
  if (isIP(value) === 0 || value.includes('%')) throw invalidValue(name, expected, value)
  return value
}

/** As the addon takes it. */
export function macText(address: MacAddress | string): string {
  return (address instanceof MacAddress ? address : new MacAddress(address)).toString()
}
