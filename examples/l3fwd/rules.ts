// The rule files of DPDK's l3fwd: a route a line, `R192.0.2.0/24 1`, comments and empty lines.

import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { formatIpv4Address, formatIpv6Address, parseIpv4Address, parseIpv6Address } from 'dpdk-node/packets'
import { FatalError } from './errors.js'

export interface Rule {
  prefix: string
  port: number
}

const PORTS = 16

/** The table that DPDK's l3fwd has without rule files: networks for benchmarks, of RFC 5735 and RFC 5180. */
export function defaultRules(): Rule[] {
  const ports = Array.from({ length: PORTS }, (_, port) => port)
  return [
    ...ports.map((port) => ({ prefix: `198.18.${port}.0/24`, port })),
    ...ports.map((port) => ({ prefix: `2001:200:0:${port.toString(16)}::/64`, port })),
  ]
}

export async function readRules(file: string, family: 4 | 6): Promise<Rule[]> {
  const failed = (what: string, cause?: unknown) => {
    console.error(`L3FWD: ${file}${what}`)
    return new FatalError(`Failed to add IPv${family} rules`, { cause })
  }
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw failed(' cannot be read', cause)
  })
  const rules = text.split('\n').flatMap((line, index) => {
    if (line.startsWith('#') || line.trim() === '') return []
    if (!line.startsWith('R')) throw failed(` Line ${index + 1}: should start with leading char R`)
    const rule = parseRule(line.slice(1), family)
    if (rule === undefined) throw failed(` Line ${index + 1}: parse rules error`)
    return [rule]
  })
  if (rules.length === 0) throw failed(' has no rules')
  return rules
}

/** What is behind the port is not looked at, as in DPDK's l3fwd. */
function parseRule(text: string, family: 4 | 6): Rule | undefined {
  const [prefix = '', port = ''] = text.trim().split(/\s+/)
  const [address = '', length = '', ...more] = prefix.split('/')
  const bits = Number(length)
  const isRight = /^\d{1,3}$/.test(length) && bits <= (family === 4 ? 32 : 128) && more.length === 0
  if (isIP(address) !== family || !isRight || !/^\d{1,3}$/.test(port) || Number(port) > 255) return undefined
  return { prefix: `${masked(address, bits)}/${bits}`, port: Number(port) }
}

/** Bits behind the length do not count. */
function masked(address: string, bits: number): string {
  if (!address.includes(':')) {
    const mask = bits === 0 ? 0 : 0xffffffff << (32 - bits)
    return formatIpv4Address((parseIpv4Address(address) & mask) >>> 0)
  }
  const bytes = parseIpv6Address(address)
  return formatIpv6Address(
    bytes.map((byte, at) => byte & (0xff00 >> Math.min(Math.max(bits - 8 * at, 0), 8)) & 0xff),
  )
}
