/**
 * From what people type for a DPDK program to `EalOptions`: every option of DPDK 22.11 to 25.11, in the forms that
 * getopt_long takes (`-l 1`, `-l1`, `--lcores 1`, `--lcores=1`, and unambiguous beginnings: `--lc=1`).
 *
 * @see https://doc.dpdk.org/guides/linux_gsg/linux_eal_parameters.html
 */

import type { EalOptions } from './eal-arguments.js'
import type { MemoryOptions } from './eal-memory.js'
import { DpdkError } from './errors.js'
import { type LcorePlacement, parseCoreMask, parseLcoreList } from './lcore-placement.js'

export interface EalCommandLine {
  /** Only what was said; the rest is left to the defaults. */
  options: EalOptions
  /** The program's own arguments: what stands behind `--`. */
  rest: string[]
  /** What was accepted but has no effect here, in sentences. */
  notes: string[]
}

type Takes = 'nothing' | 'value' | 'optional value'

/** Options with a meaning of their own here. */
const understood: Record<string, Takes> = {
  allow: 'value',
  block: 'value',
  coremask: 'value',
  'file-prefix': 'value',
  help: 'nothing',
  'huge-dir': 'value',
  'in-memory': 'nothing',
  lcores: 'value',
  'log-level': 'value',
  'main-lcore': 'value',
  'memory-size': 'value',
  'no-huge': 'nothing',
  'no-pci': 'nothing',
  'no-shconf': 'nothing',
  'no-telemetry': 'nothing',
  'numa-mem': 'value',
  'proc-type': 'value',
  'single-file-segments': 'nothing',
  'socket-mem': 'value',
  telemetry: 'nothing',
  vdev: 'value',
}

/** Options that go to EAL as they are. */
const passedOn: Record<string, Takes> = {
  'base-virtaddr': 'value',
  'create-uio-dev': 'nothing',
  'driver-path': 'value',
  'force-max-simd-bitwidth': 'value',
  'huge-unlink': 'optional value',
  'huge-worker-stack': 'optional value',
  'iova-mode': 'value',
  'legacy-mem': 'nothing',
  'log-color': 'optional value',
  'log-timestamp': 'optional value',
  'match-allocations': 'nothing',
  'mbuf-pool-ops-name': 'value',
  'memory-channels': 'value',
  'memory-ranks': 'value',
  'no-hpet': 'nothing',
  'numa-limit': 'value',
  'remap-lcore-ids': 'optional value',
  'service-corelist': 'value',
  'service-coremask': 'value',
  'socket-limit': 'value',
  syslog: 'optional value',
  trace: 'value',
  'trace-bufsz': 'value',
  'trace-dir': 'value',
  'trace-mode': 'value',
  version: 'nothing',
  'vfio-intr': 'value',
  'vfio-vf-token': 'value',
  'vmware-tsc-map': 'nothing',
}

/** Their long forms are new in 25.11, so EAL gets the short ones. */
const short: Record<string, string> = {
  a: 'allow',
  b: 'block',
  c: 'coremask',
  d: 'driver-path',
  h: 'help',
  l: 'lcores',
  m: 'memory-size',
  n: 'memory-channels',
  r: 'memory-ranks',
  R: 'remap-lcore-ids',
  s: 'service-coremask',
  S: 'service-corelist',
  v: 'version',
}

const known: Record<string, Takes> = { ...understood, ...passedOn }

/**
 * Reads the arguments of a DPDK program, up to and without `--`.
 *
 * @param argv without the program's name, as in `process.argv.slice(2)`.
 * @throws {DpdkError} `ERR_DPDK_EAL_ARGUMENTS` for what EAL would refuse, `ERR_DPDK_EAL_HELP` for `-h` and `--help`,
 *   at which EAL would end the process.
 *
 * @example
 * ```ts
 * const { options, rest } = parseEalArguments(process.argv.slice(2))   // -l 1 --no-huge -- -p 3
 * const eal = await Eal.init(options)                                  // { lcores: [1], memory: { kind: 'no-huge' } }
 * ```
 */
export function parseEalArguments(argv: readonly string[]): EalCommandLine {
  const end = argv.indexOf('--')
  const rest = end === -1 ? [] : argv.slice(end + 1)
  const reader = new OptionReader()
  for (const { name, value } of splitOptions(end === -1 ? argv : argv.slice(0, end))) reader.read(name, value)
  return { ...reader.finish(), rest }
}

interface Option {
  name: string
  value: string
}

/** What getopt_long does. */
function* splitOptions(argv: readonly string[]): Generator<Option> {
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] as string
    const next = () => {
      i++
      const value = argv[i]
      if (value === undefined) throw refused(`${argument} needs a value`)
      return value
    }

    if (argument.startsWith('--')) {
      const [, given = '', value] = argument.match(/^--([^=]*)(?:=(.*))?$/s) ?? []
      const name = completeName(given)
      if (known[name] === 'nothing' && value !== undefined) throw refused(`--${name} takes no value`)
      yield { name, value: value ?? (known[name] === 'value' ? next() : '') }
    } else if (argument.startsWith('-') && argument.length > 1) {
      // Several flags may share a dash, and the value may follow at once: -vl1
      for (let letters = argument.slice(1); letters !== ''; ) {
        const name = short[letters.charAt(0)]
        if (name === undefined) throw refused(`-${letters.charAt(0)} is not an EAL option`)
        letters = letters.slice(1)
        if (known[name] === 'nothing') {
          yield { name, value: '' }
        } else {
          yield { name, value: letters !== '' || known[name] === 'optional value' ? letters : next() }
          letters = ''
        }
      }
    } else {
      throw refused(`'${argument}' is not an EAL option`)
    }
  }
}

function completeName(given: string): string {
  if (given in known) return given
  const candidates = Object.keys(known).filter((name) => given !== '' && name.startsWith(given))
  const [only] = candidates
  if (candidates.length === 1 && only !== undefined) return only
  if (candidates.length === 0) throw refused(`--${given} is not an EAL option`)
  throw refused(`--${given} may mean ${candidates.map((name) => `--${name}`).join(' or ')}`)
}

/** Gathers the options and finds contradictions. */
class OptionReader {
  readonly #options: EalOptions = {}
  readonly #extra: string[] = []
  readonly #notes: string[] = []
  readonly #allow: string[] = []
  readonly #block: string[] = []
  readonly #vdevs: string[] = []
  readonly #logLevels: string[] = []
  readonly #seen = new Set<string>()

  #megabytes: number | undefined
  #megabytesPerSocket: number[] | undefined
  #hugeDirectory: string | undefined

  read(name: string, value: string): void {
    this.#seen.add(name)
    switch (name) {
      case 'help':
        throw new DpdkError("EAL's help was asked for", {
          code: 'ERR_DPDK_EAL_HELP',
          hint: 'EAL would end the process. Its options: https://doc.dpdk.org/guides/linux_gsg/linux_eal_parameters.html',
        })
      case 'coremask':
        this.#setLcores(`-c ${value}`, parseCoreMask(value))
        return
      case 'lcores':
        this.#setLcores(`-l ${value}`, parseLcoreList(value))
        return
      case 'main-lcore':
        this.#notes.push(
          `--main-lcore ${value} has no effect: the main lcore is a control thread besides the given lcores.`,
        )
        return
      case 'memory-size':
        this.#megabytes = megabytes(`-m ${value}`, value)
        return
      case 'numa-mem':
      case 'socket-mem':
        this.#megabytesPerSocket = value.split(',').map((part) => megabytes(`--${name} ${value}`, part))
        return
      case 'huge-dir':
        this.#hugeDirectory = value
        return
      case 'proc-type':
        if (value === 'primary' || value === 'auto') return
        throw refused(
          `--proc-type=${value}: only primary processes can own packet memory that JavaScript sees`,
        )
      case 'vdev':
        this.#vdevs.push(value)
        return
      case 'allow':
        this.#allow.push(value)
        return
      case 'block':
        this.#block.push(value)
        return
      case 'file-prefix':
        this.#options.filePrefix = value
        return
      case 'log-level':
        // EAL prints its log types at this and ends the process.
        if (value === 'help') throw refused('--log-level=help would end the process')
        this.#logLevels.push(value)
        return
      case 'telemetry':
      case 'no-telemetry':
        this.#options.telemetry = name === 'telemetry'
        return
      case 'no-shconf':
      case 'single-file-segments':
      case 'no-huge':
      case 'in-memory':
      case 'no-pci':
        return
      default:
        this.#passOn(name, value)
    }
  }

  finish(): Omit<EalCommandLine, 'rest'> {
    const options = this.#options
    const memory = this.#memory()
    if (memory !== undefined) options.memory = memory
    if (this.#allow.length > 0 && this.#block.length > 0) throw refused('-a and -b exclude each other')
    if (this.#seen.has('no-pci')) options.pci = 'none'
    else if (this.#allow.length > 0) options.pci = this.#allow
    else if (this.#block.length > 0) options.pci = { block: this.#block }
    if (this.#vdevs.length > 0) options.vdevs = this.#vdevs
    if (this.#logLevels.length > 0) options.logLevel = this.#logLevels
    if (this.#extra.length > 0) options.extraArguments = this.#extra
    return { options, notes: this.#notes }
  }

  #memory(): MemoryOptions | undefined {
    const seen = (...names: string[]) => names.find((name) => this.#seen.has(name))
    const perSocket = seen('socket-mem', 'numa-mem')
    if (perSocket && this.#megabytes !== undefined) throw refused(`-m and --${perSocket} exclude each other`)
    const size = {
      ...(this.#megabytes !== undefined && { megabytes: this.#megabytes }),
      ...(this.#megabytesPerSocket && { megabytesPerSocket: this.#megabytesPerSocket }),
    }
    if (seen('no-huge')) {
      const other = seen(
        'in-memory',
        'socket-mem',
        'numa-mem',
        'huge-dir',
        'huge-unlink',
        'huge-worker-stack',
      )
      if (other) throw refused(`--no-huge and --${other} exclude each other`)
      return { kind: 'no-huge', ...size }
    }
    const shared = seen('huge-dir', 'huge-unlink', 'proc-type', 'legacy-mem')
    if (seen('in-memory')) {
      if (shared && shared !== 'huge-unlink') throw refused(`--in-memory and --${shared} exclude each other`)
      return { kind: 'private', ...size }
    }
    // DPDK takes a hugetlbfs here. Private hugepages do the same and need no mount, so the files have to be asked for.
    if (shared) {
      return { kind: 'shared', ...size, ...(this.#hugeDirectory && { hugeDirectory: this.#hugeDirectory }) }
    }
    return perSocket || this.#megabytes !== undefined ? { kind: 'private', ...size } : undefined
  }

  #setLcores(argument: string, lcores: LcorePlacement[] | undefined): void {
    if (lcores === undefined) throw refused(`${argument}: not a list of lcores`)
    if (this.#options.lcores !== undefined) throw refused(`${argument}: the lcores were given already`)
    this.#options.lcores = lcores.map((lcore) =>
      lcore.cpus.length === 1 && lcore.cpus[0] === lcore.id ? lcore.id : lcore,
    )
  }

  #passOn(name: string, value: string): void {
    const letter = Object.keys(short).find((key) => short[key] === name)
    if (letter !== undefined) this.#extra.push(`-${letter}${value}`)
    else this.#extra.push(value === '' ? `--${name}` : `--${name}=${value}`)
  }
}

function megabytes(argument: string, text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw refused(`${argument}: not a number of megabytes`)
  return Number(text)
}

function refused(message: string): DpdkError {
  return new DpdkError(message, {
    code: 'ERR_DPDK_EAL_ARGUMENTS',
    hint: 'EAL options: https://doc.dpdk.org/guides/linux_gsg/linux_eal_parameters.html',
  })
}
