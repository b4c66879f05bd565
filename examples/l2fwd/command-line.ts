// The command line of DPDK's l2fwd, and two options more: --mode and --duration.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DpdkError, type EalOptions, parseEalArguments } from 'dpdk-node'
import { FatalError, UsageError } from './errors.js'
import { usage } from './usage.js'

export type Mode = 'native' | 'handler' | 'workers'

export interface Options {
  eal: EalOptions
  /** Nothing was said about devices or ports: show what it does, with devices of its own. */
  showcase: boolean
  /** Bit n is port n. */
  portMask: number
  promiscuous: boolean
  /** How many ports one lcore serves. */
  portsPerLcore: number
  /** Seconds between two tables; 0 for none. */
  period: number
  macUpdating: boolean
  /** Pairs of ports that forward to each other; undefined for neighbours. */
  portMap: [number, number][] | undefined
  mode: Mode
  /** Seconds until it ends by itself; undefined for never. */
  duration: number | undefined
}

const MAX_PORTS = 32 // RTE_MAX_ETHPORTS

export function parseCommandLine(argv: readonly string[]): Options {
  const { options: eal, rest, notes } = parseEal(argv)
  for (const note of notes) console.error(note)
  const options: Options = {
    eal,
    showcase: false,
    portMask: 0,
    promiscuous: false,
    portsPerLcore: 1,
    period: 10,
    macUpdating: true,
    portMap: undefined,
    mode: 'native',
    duration: undefined,
  }
  for (const { name, value } of readOptions(rest)) {
    switch (name) {
      case 'p':
        options.portMask = parsePortMask(value)
        break
      case 'P':
        options.promiscuous = true
        break
      case 'q':
        options.portsPerLcore = parseInteger(value, 1, 15, 'invalid queue number')
        break
      case 'T':
        options.period = parseInteger(value, 0, 86399, 'invalid timer period')
        break
      case 'mac-updating':
        options.macUpdating = true
        break
      case 'no-mac-updating':
        options.macUpdating = false
        break
      case 'portmap':
        options.portMap = parsePortMap(value)
        break
      case 'mode':
        options.mode = parseMode(value)
        break
      case 'duration':
        options.duration = parseInteger(value, 1, 86400, 'invalid duration')
    }
  }
  const hasEalOptions = argv.length > rest.length + 1
  options.showcase = !hasEalOptions && options.portMask === 0
  eal.lcores ??= lastCpus(Math.ceil(countBits(options.portMask) / options.portsPerLcore))
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
    throw new FatalError('Invalid EAL arguments', { cause: error })
  }
}

const known = {
  p: 'value',
  P: 'flag',
  q: 'value',
  T: 'value',
  'mac-updating': 'flag',
  'no-mac-updating': 'flag',
  portmap: 'value',
  mode: 'value',
  duration: 'value',
} as const

type Name = keyof typeof known

/** As `getopt_long` reads them and complains; but words that belong to no option are not ignored. */
function* readOptions(args: string[]): Generator<{ name: Name; value: string }> {
  const options = Object.fromEntries(
    Object.entries(known).map(([name, takes]) => {
      const type = takes === 'flag' ? ('boolean' as const) : ('string' as const)
      return [name, name.length === 1 ? { type, short: name } : { type }]
    }),
  )
  const complain = (text: string) => new UsageError(`l2fwd.ts: ${text}`, console.error)
  for (const token of parseArgs({ args, options, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') throw complain(`unexpected argument '${token.value}'`)
    if (token.kind !== 'option') continue
    const { rawName, value } = token
    const name = rawName.replace(/^--?/, '')
    const isLong = rawName.startsWith('--')
    if (!isName(name) || isLong !== name.length > 1) {
      throw complain(isLong ? `unrecognized option '${rawName}'` : `invalid option -- '${name}'`)
    }
    if (known[name] === 'value' && value === undefined) {
      throw complain(
        isLong ? `option '${rawName}' requires an argument` : `option requires an argument -- '${name}'`,
      )
    }
    if (known[name] === 'flag' && value !== undefined) {
      throw complain(`option '${rawName}' doesn't allow an argument`)
    }
    yield { name, value: value ?? '' }
  }
}

function isName(name: string): name is Name {
  return Object.hasOwn(known, name)
}

function parsePortMask(text: string): number {
  const mask = /^(0x)?[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : 0
  if (mask === 0) throw new UsageError('invalid portmask')
  return mask
}

/** `(0,2)(1,3)`, decimal or 0x…; a leading 0 would mean octal to DPDK's l2fwd and is refused. */
function parsePortMap(text: string): [number, number][] {
  const pair = /\((0x[\da-f]+|0|[1-9]\d*),(0x[\da-f]+|0|[1-9]\d*)\)/gi
  const pairs = [...text.matchAll(pair)].map(([, left, right]): [number, number] => {
    return [Number(left), Number(right)]
  })
  const isAll = text !== '' && text.replaceAll(pair, '') === ''
  if (isAll && pairs.flat().every((port) => port < MAX_PORTS)) return pairs
  throw new UsageError('Invalid config', console.error)
}

function parseMode(text: string): Mode {
  if (text === 'native' || text === 'handler' || text === 'workers') return text
  throw new UsageError('invalid mode')
}

function parseInteger(text: string, minimum: number, maximum: number, complaint: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= minimum && number <= maximum) return number
  throw new UsageError(complaint)
}

/** Without -l, DPDK takes all CPUs and polls on the first. The last ones leave the others to JavaScript. */
function lastCpus(count: number): NonNullable<EalOptions['lcores']> {
  const status = readFileSync('/proc/self/status', 'utf8')
  const cpus = status.match(/^Cpus_allowed_list:\s*(\S+)/m)?.[1] ?? '0'
  return (parseEalArguments(['-l', cpus]).options.lcores ?? []).slice(-Math.max(count, 1))
}

function countBits(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length
}
