/** From `EalOptions` to the arguments of `rte_eal_init`. */

import { parseEalArguments } from './eal-command-line.js'
import {
  checkAvailable,
  checkMemory,
  defaultMemory,
  type FreeHugepages,
  type MemoryOptions,
  memoryArguments,
} from './eal-memory.js'
import { DpdkError } from './errors.js'
import {
  checkAffinity,
  checkLcores,
  formatLcores,
  housekeepingCpus,
  type LcorePlacement,
  mainLcoreFor,
} from './lcore-placement.js'
import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkString,
  invalidType,
  invalidValue,
} from './validate.js'

/**
 * Which PCI devices EAL takes over: all that are bound to a driver for it, none (`--no-pci`), those with the given
 * addresses (`--allow`), or all but some (`--block`).
 */
export type PciOptions = 'all' | 'none' | readonly string[] | { readonly block: readonly string[] }

/** What a lcore does while there are no packets: poll on, or sleep for tens of microseconds at a time. */
export type IdlePolicy = 'spin' | 'sleep'

export interface EalOptions {
  /**
   * The CPUs that forward packets, one lcore on each; or lcores with an id and CPUs of their own.
   * Default: the last CPU that the process may use.
   */
  lcores?: readonly (number | LcorePlacement)[]
  /** Default: private hugepages where 256 MB of them are free, otherwise 256 MB of ordinary pages. */
  memory?: MemoryOptions
  /** Virtual devices, for example `net_tap0,iface=left`; they are there when `init` resolves. */
  vdevs?: readonly string[]
  /**
   * Default: `all` with hugepages, as in DPDK; `none` without them, because a NIC's DMA needs memory that the kernel
   * does not move.
   */
  pci?: PciOptions
  /** Names EAL's files; two processes with the same prefix exclude each other. Default: `dpdk-node-<pid>`. */
  filePrefix?: string
  /** `debug`, `info`, `notice`, `warning`, `error`…, for one kind of message `pmd.net.tap:debug`; or several of them. */
  logLevel?: string | readonly string[]
  /** Also write EAL's log to standard error. Default: false; `eal.log()` has the latest lines, errors have theirs. */
  echoLog?: boolean
  /** Default: `spin` where two CPUs or more are left for others, otherwise `sleep`. */
  idle?: IdlePolicy
  /** Serve dpdk-telemetry.py. Default: false. */
  telemetry?: boolean
  /** Address space for all memory that JavaScript sees, up to 2048. Costs nothing until it is used. Default: 1024. */
  arenaMegabytes?: number
  /** Anything else that EAL takes, as on its command line: `['--iova-mode=va']`. */
  extraArguments?: readonly string[]
}

/** What a machine and process offer. */
export interface EalEnvironment {
  /** CPUs that this process may use. */
  affinity: readonly number[]
  hugepages: readonly FreeHugepages[]
  /** Ordinary memory that this process can still have. */
  availableMegabytes: number
  processId: number
}

/** Every choice made. */
export interface EalSettings {
  arguments: string[]
  lcores: LcorePlacement[]
  memory: MemoryOptions
  pci: PciOptions
  idle: IdlePolicy
  filePrefix: string
  echoLog: boolean
  arenaMegabytes: number
}

const optionNames: readonly (keyof EalOptions)[] = [
  'lcores',
  'memory',
  'vdevs',
  'pci',
  'filePrefix',
  'logLevel',
  'echoLog',
  'idle',
  'telemetry',
  'arenaMegabytes',
  'extraArguments',
]

/** Checks the options, fills in what is not given, and writes EAL's command line. */
export function resolveEalOptions(given: EalOptions, environment: EalEnvironment): EalSettings {
  const options = withExtraArguments(given)
  const { affinity } = environment

  const lcores = checkLcores('options.lcores', options.lcores ?? [affinity.at(-1)])
  checkAffinity(lcores, affinity)
  const others = affinity.filter((cpu) => lcores.every(({ cpus }) => !cpus.includes(cpu)))
  const main = { id: mainLcoreFor(lcores), cpus: housekeepingCpus(lcores, affinity) }

  const memory =
    options.memory === undefined
      ? defaultMemory(environment.hugepages)
      : checkMemory('options.memory', options.memory)
  checkAvailable(memory, environment.availableMegabytes)
  const pci = checkPci('options.pci', options.pci ?? (memory.kind === 'no-huge' ? 'none' : 'all'))
  const filePrefix = checkFilePrefix(options.filePrefix ?? `dpdk-node-${environment.processId}`)
  const vdevs = checkArray('options.vdevs', options.vdevs ?? [], checkDevice)
  const { logLevel = [] } = options
  const logLevels = checkArray(
    'options.logLevel',
    typeof logLevel === 'string' ? [logLevel] : logLevel,
    checkString,
  )

  return {
    arguments: [
      ['--lcores', formatLcores([...lcores, main]), '--main-lcore', String(main.id)],
      ['--file-prefix', filePrefix],
      memoryArguments(memory),
      pciArguments(pci),
      vdevs.flatMap((device) => ['--vdev', device]),
      logLevels.map((level) => `--log-level=${level}`),
      checkBoolean('options.telemetry', options.telemetry ?? false) ? [] : ['--no-telemetry'],
      [...(options.extraArguments ?? [])],
    ].flat(),
    lcores,
    memory,
    pci,
    idle: checkOneOf('options.idle', options.idle ?? (others.length >= 2 ? 'spin' : 'sleep'), [
      'spin',
      'sleep',
    ]),
    filePrefix,
    echoLog: checkBoolean('options.echoLog', options.echoLog ?? false),
    arenaMegabytes: checkInteger('options.arenaMegabytes', options.arenaMegabytes ?? 1024, {
      minimum: 16,
      maximum: 2048,
      unit: 'MB',
      advice: 'Beyond 2 GB an offset would not be a small integer for V8.',
    }),
  }
}

/** Raw arguments are read like a command line: what has an option of its own becomes that, and the rest is known. */
function withExtraArguments(given: EalOptions): EalOptions {
  checkOptions('options', given, optionNames)
  const extra = checkArray('options.extraArguments', given.extraArguments ?? [], checkString)
  const { options } = parseEalArguments(extra)
  const { extraArguments = [], vdevs = [], ...others } = options
  for (const name of Object.keys(others) as (keyof typeof others)[]) {
    if (given[name] === undefined) continue
    throw new DpdkError(`options.extraArguments say something else about ${name} than options.${name}`, {
      code: 'ERR_DPDK_EAL_ARGUMENTS',
      hint: `Say it in one place, best in options.${name}.`,
    })
  }
  return { ...given, ...others, vdevs: [...(given.vdevs ?? []), ...vdevs], extraArguments }
}

function checkPci(name: string, value: unknown): PciOptions {
  if (typeof value === 'string') return checkOneOf(name, value, ['all', 'none'] as const)
  if (Array.isArray(value)) return checkArray(name, value, checkDevice)
  if (typeof value !== 'object' || value === null) {
    throw invalidType(name, "'all', 'none', an array of addresses or { block: [addresses] }", value)
  }
  checkOptions(name, value, ['block'])
  return { block: checkArray(`${name}.block`, (value as { block?: unknown }).block, checkDevice) }
}

function pciArguments(pci: PciOptions): string[] {
  if (pci === 'all') return []
  // An empty allow list would allow everything.
  if (pci === 'none' || (isAllowList(pci) && pci.length === 0)) return ['--no-pci']
  if (isAllowList(pci)) return pci.flatMap((device) => ['--allow', device])
  return pci.block.flatMap((device) => ['--block', device])
}

function isAllowList(pci: PciOptions): pci is readonly string[] {
  return Array.isArray(pci)
}

function checkDevice(name: string, value: unknown): string {
  const device = checkString(name, value, "a device, for example 'net_tap0,iface=left' or '0000:01:00.0'")
  if (/^\w[\w:.|/@-]*(,|$)/.test(device)) return device
  throw invalidValue(name, 'a device name, then its parameters behind commas', value)
}

function checkFilePrefix(value: unknown): string {
  const prefix = checkString('options.filePrefix', value)
  if (/^[^/%]+$/.test(prefix)) return prefix
  throw invalidValue('options.filePrefix', 'a name without / and %', value)
}
