// The command line of DPDK's l3fwd, and one option more: --duration.

import { parseArgs } from 'node:util'
import { DpdkError, type EalOptions, MacAddress, parseEalArguments } from 'dpdk-node'
import { FatalError, UsageError } from './errors.js'
import { usage } from './usage.js'

export interface Options {
  eal: EalOptions
  /** Bit n is port n. */
  portMask: number
  promiscuous: boolean
  lookup: 'auto' | 'lpm' | 'fib'
  config: { port: number; queue: number; lcore: number }[] | undefined
  rxQueueSize: number
  txQueueSize: number
  /** MAC addresses behind ports. */
  destinations: Map<number, string>
  /** In bytes, frame check sequence included. */
  longestFrame: number | undefined
  perPortPool: boolean
  ipv4Rules: string | undefined
  ipv6Rules: string | undefined
  /** Seconds until it ends by itself; undefined for never. */
  duration: number | undefined
}

const MAX_PORTS = 32 // RTE_MAX_ETHPORTS

export function parseCommandLine(argv: readonly string[]): Options {
  const { options: eal, rest, notes } = parseEal(argv)
  for (const note of notes) console.error(note)
  const options: Options = {
    eal,
    portMask: 0,
    promiscuous: false,
    lookup: 'auto',
    config: undefined,
    rxQueueSize: 1024,
    txQueueSize: 1024,
    destinations: new Map(),
    longestFrame: undefined,
    perPortPool: false,
    ipv4Rules: undefined,
    ipv6Rules: undefined,
    duration: undefined,
  }
  for (const { name, value } of readOptions(rest)) setters[name]?.(options, value)
  if (options.portMask === 0) throw new UsageError('Invalid portmask')
  return options
}

function parseEal(argv: readonly string[]) {
  try {
    return parseEalArguments(argv)
  } catch (error) {
    if (error instanceof DpdkError && error.code === 'ERR_DPDK_EAL_HELP') {
      console.log(usage)
      process.exit()
    }
    throw new FatalError('Invalid EAL parameters', { cause: error })
  }
}

type Setter = (options: Options, value: string) => void

/** Options of DPDK's that change nothing here. */
const nothing: Setter = () => {}

const flags = {
  P: (options) => {
    options.promiscuous = true
  },
  L: (options) => setLookup(options, 'lpm'),
  E: (options) => setLookup(options, 'em'),
  'no-numa': nothing,
  // Both families are always there, and packet types are always looked at in software.
  ipv6: nothing,
  'parse-ptype': nothing,
  'per-port-pool': (options) => {
    options.perPortPool = true
  },
} satisfies Record<string, Setter>

const values = {
  p: (options, value) => {
    options.portMask = /^(0x)?[0-9a-f]{1,8}$/i.test(value) ? Number.parseInt(value, 16) : 0
    if (options.portMask === 0) throw new UsageError('Invalid portmask')
  },
  lookup: setLookup,
  config: (options, value) => {
    options.config = parseConfig(value)
  },
  'rx-queue-size': (options, value) => {
    options.rxQueueSize = parseInteger(value, 1, 65535, 'Invalid rx-queue-size')
  },
  'tx-queue-size': (options, value) => {
    options.txQueueSize = parseInteger(value, 1, 65535, 'Invalid tx-queue-size')
  },
  'eth-dest': ({ destinations }, value) => {
    const [port, mac] = parseDestination(value)
    destinations.set(port, mac)
  },
  'max-pkt-len': (options, value) => {
    options.longestFrame = parseInteger(value, 64, 9600, 'Invalid max packet length')
  },
  'hash-entry-num': () => console.error('Hash entry number will be ignored'),
  mode: (_, value) => {
    if (value !== 'poll')
      throw new FatalError(`--mode ${value} is not offered: event devices are not supported`)
  },
  rule_ipv4: (options, value) => {
    options.ipv4Rules = value
  },
  rule_ipv6: (options, value) => {
    options.ipv6Rules = value
  },
  duration: (options, value) => {
    options.duration = parseInteger(value, 1, 86400, 'invalid duration')
  },
} satisfies Record<string, Setter>

const setters: Record<string, Setter> = { ...flags, ...values }

function setLookup(options: Options, value: string): void {
  if (options.lookup !== 'auto') throw new UsageError('Only one lookup mode is allowed at a time!')
  if (value === 'em' || value === 'acl') {
    throw new FatalError(
      `--lookup ${value} is not offered: ${value === 'em' ? 'routes have prefixes here, and a host is one of 32 or 128 bits' : 'put acl({ list }) before l3fwd({ table }) in a program of your own'}`,
    )
  }
  if (value !== 'lpm' && value !== 'fib')
    throw new UsageError('Invalid lookup option! Accepted options: lpm, fib')
  options.lookup = value
}

/** As `getopt_long` reads them; but words that belong to no option are not ignored. */
function* readOptions(args: string[]): Generator<{ name: string; value: string }> {
  const options = Object.fromEntries(
    Object.keys(setters).map((name) => {
      const type = Object.hasOwn(flags, name) ? ('boolean' as const) : ('string' as const)
      return [name, name.length === 1 ? { type, short: name } : { type }]
    }),
  )
  for (const token of parseArgs({ args, options, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') throw new UsageError(`unexpected argument '${token.value}'`)
    if (token.kind !== 'option') continue
    const { rawName, value } = token
    const name = rawName.replace(/^--?/, '')
    if (!Object.hasOwn(setters, name) || rawName.startsWith('--') !== name.length > 1) {
      throw new UsageError(`unrecognized option '${rawName}'`)
    }
    const isFlag = Object.hasOwn(flags, name)
    if (!isFlag && value === undefined) throw new UsageError(`option '${rawName}' requires an argument`)
    if (isFlag && value !== undefined) throw new UsageError(`option '${rawName}' doesn't allow an argument`)
    yield { name, value: value ?? '' }
  }
}

/** `(0,0,1),(1,0,1)`. */
function parseConfig(text: string): { port: number; queue: number; lcore: number }[] {
  const entries = [...text.matchAll(/\((\d+),(\d+),(\d+)\)/g)].map((match) => match.slice(1).map(Number))
  const isAll = text.replaceAll(/\(\d+,\d+,\d+\)/g, '').replaceAll(/[,\s]/g, '') === ''
  if (entries.length === 0 || !isAll) throw new UsageError('Invalid config')
  return entries.map(([port = 0, queue = 0, lcore = 0]) => ({ port, queue, lcore }))
}

/** `1,02:00:00:00:00:01`. */
function parseDestination(text: string): [number, string] {
  const [, port, mac = ''] = /^(\d+),(.*)$/.exec(text) ?? []
  if (port === undefined) throw new FatalError(`Invalid eth-dest: ${text}`)
  if (Number(port) >= MAX_PORTS) {
    throw new FatalError(`eth-dest: port ${port} >= RTE_MAX_ETHPORTS(${MAX_PORTS})`)
  }
  try {
    return [Number(port), new MacAddress(mac).toString()]
  } catch {
    throw new FatalError(`Invalid ethernet address: ${mac}`)
  }
}

function parseInteger(text: string, minimum: number, maximum: number, complaint: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= minimum && number <= maximum) return number
  throw new UsageError(complaint)
}
