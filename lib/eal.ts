import { isMainThread } from 'node:worker_threads'
import { loadAddon, type NativeEal } from './addon.js'
import { Arena } from './arena.js'
import { Auditor, type AuditReport } from './audit.js'
import { type EalOptions, type EalSettings, type PciOptions, resolveEalOptions } from './eal-arguments.js'
import { freeHugepages, type MemoryKind } from './eal-memory.js'
import { DpdkError } from './errors.js'
import { Lcore } from './lcore.js'
import { processWide } from './process-wide.js'
import { Consumer } from './ring/consumer.js'
import { type Runtime, setRuntime } from './runtime.js'
import { checkArray, checkString } from './validate.js'

/** The memory that EAL got. */
export interface EalMemory {
  kind: MemoryKind
  /** Bytes of its pages. */
  pageSize: number
  /** Whether devices see physical or virtual addresses. */
  iovaMode: 'pa' | 'va'
}

/** For how long the end of the process may wait for lcores and devices, in milliseconds. */
const EXIT_TIMEOUT = 900

interface Life {
  state: 'not open' | 'opening' | 'open' | 'failed' | 'closed'
  current: Eal | undefined
}

const life = processWide<Life>('eal', () => ({ state: 'not open', current: undefined }))

/**
 * DPDK's Environment Abstraction Layer: memory, lcores and devices of this process. There is one per process, once:
 * after `close()`, or when `init()` failed, it cannot be started again.
 *
 * An open Eal keeps the process alive, like an open server; `unref()` ends that. Signals are left alone; `untilSignal()`
 * waits for one. When the process ends without `close()`, lcores are stopped and EAL is cleaned up in at most 0.9 s.
 *
 * @example
 * ```ts
 * const eal = await Eal.init({ lcores: [1] })
 * try {
 *   // open ports, run programs
 *   await eal.untilSignal()
 * } finally {
 *   await eal.close()
 * }
 * ```
 *
 * @see https://doc.dpdk.org/guides/prog_guide/env_abstraction_layer.html
 */
export class Eal {
  /** The lcores that forward. The control thread is another one besides them. */
  readonly lcores: readonly Lcore[]
  readonly memory: EalMemory
  readonly pci: PciOptions
  readonly idle: 'spin' | 'sleep'
  readonly filePrefix: string
  /** As `rte_version()` says it: `DPDK 22.11.11`. */
  readonly dpdkVersion: string
  /** Where EAL's files are while it runs. */
  readonly runtimeDirectory: string
  readonly #runtime: Runtime
  readonly #auditor = new Auditor()
  readonly #onExit: () => void
  #closing: Promise<void> | undefined

  private constructor(runtime: Runtime, native: NativeEal, onExit: () => void) {
    const { settings } = runtime
    this.#runtime = runtime
    this.#onExit = onExit
    this.lcores = runtime.lcores
    this.memory = { kind: settings.memory.kind, pageSize: native.pageSize, iovaMode: native.iovaMode }
    this.pci = settings.pci
    this.idle = settings.idle
    this.filePrefix = settings.filePrefix
    this.dpdkVersion = runtime.addon.dpdkVersion
    this.runtimeDirectory = native.runtimeDirectory
  }

  /** The open Eal of this process. */
  static get current(): Eal | undefined {
    return life.current
  }

  /**
   * Starts EAL, on a thread of its own: Node's threads keep their CPUs.
   *
   * @throws {TypeError | RangeError} for options that cannot be right. Then it may be called again.
   * @throws {DpdkError} with EAL's log lines and a hint, for example `ERR_DPDK_LCORE_UNAVAILABLE`,
   *   `ERR_DPDK_NOT_ENOUGH_MEMORY`, `ERR_DPDK_DEVICE_NOT_FOUND`, `ERR_DPDK_EAL_ARGUMENTS`.
   */
  static async init(options: EalOptions = {}): Promise<Eal> {
    refuseUnlessNew()
    const addon = loadAddon()
    const affinity = addon.threadAffinity()
    const settings = resolveEalOptions(options, {
      affinity,
      hugepages: freeHugepages(),
      availableMegabytes: process.availableMemory() / 2 ** 20,
      processId: process.pid,
    })
    const arena = Arena.allocate(settings.arenaMegabytes)

    life.state = 'opening'
    // From here on EAL's threads exist, and must not outlive a process that ends in the middle.
    const onExit = () => void addon.ealCloseSync(EXIT_TIMEOUT)
    process.on('exit', onExit)
    try {
      const native = await addon.ealInit(nativeOptions(settings, arena))
      const consumer = new Consumer(addon, 'event')
      consumer.reference(true)
      const lcores = native.lcores
        .filter(({ id }) => id !== native.mainLcore)
        .map((lcore) => new Lcore(addon, lcore))
      const runtime: Runtime = {
        addon,
        arena,
        settings,
        lcores,
        affinity,
        consumer,
        ports: new Map(),
        queueCounts: new Map(lcores.map(({ id }) => [id, 0])),
        defaultMempools: new Map(),
        made: { ports: 0, mempools: 0 },
        observer: undefined,
      }
      setRuntime(runtime)
      life.state = 'open'
      life.current = new Eal(runtime, native, onExit)
      return life.current
    } catch (error) {
      life.state = 'failed'
      process.off('exit', onExit)
      throw error
    }
  }

  /** Lets the process end while this is open. */
  unref(): this {
    this.#runtime.consumer.reference(false)
    return this
  }

  /** Keeps the process alive while this is open, as it is from the start. */
  ref(): this {
    this.#runtime.consumer.reference(true)
    return this
  }

  /** Waits for one of the signals, and says which came. While it waits, the signal does not end the process. */
  async untilSignal(...signals: NodeJS.Signals[]): Promise<NodeJS.Signals> {
    const awaited = signals.length === 0 ? (['SIGINT', 'SIGTERM'] as const) : signals
    checkArray('signals', awaited, checkString)
    return new Promise((resolve) => {
      const onSignal = (signal: NodeJS.Signals) => {
        for (const each of awaited) process.off(each, onSignal)
        resolve(signal)
      }
      for (const each of awaited) process.on(each, onSignal)
    })
  }

  /** The latest lines that EAL and the drivers logged. */
  log(): string[] {
    return this.#runtime.addon.ealLog()
  }

  /**
   * Holds all counters against each other: every packet that came must be in one place, and every buffer be accounted
   * for; no counter may go back since the last audit. Cheap: lcores stop for a microsecond; often enough is once a second.
   *
   * @example
   * ```ts
   * const { ok, violations } = await eal.audit()
   * if (!ok) console.error(violations.join('\n'))
   * ```
   */
  async audit(): Promise<AuditReport> {
    const { addon, ports } = this.#runtime
    const open = await Promise.all([...ports.values()].map((port) => port.audited?.()))
    // One right after the other on the control thread; nothing is opened or closed between them.
    const [audit, later] = await Promise.all([addon.audit(), addon.audit()])
    return this.#auditor.check(
      audit,
      later,
      open.filter((port) => port !== undefined),
    )
  }

  /** Closes all ports, stops the lcores and cleans EAL up. Harmless when repeated. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    const { addon, consumer, ports } = this.#runtime
    // What one port's device says must not keep the others open.
    const outcomes = await Promise.allSettled([...ports.values()].map((port) => port.close()))
    life.state = 'closed'
    life.current = undefined
    setRuntime(undefined)
    try {
      await addon.ealClose()
    } finally {
      consumer.close()
      process.off('exit', this.#onExit)
    }
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
}

function nativeOptions(settings: EalSettings, arena: Arena) {
  const { arguments: args, idle, echoLog } = settings
  return { arguments: args, idle, echoLog, arena: arena.bytes }
}

function refuseUnlessNew(): void {
  if (!isMainThread) {
    throw new DpdkError('EAL can be started in the main thread only', {
      code: 'ERR_DPDK_MAIN_THREAD_ONLY',
      hint: 'Start it there; Workers get their packets through rx.handle(url, { workers }).',
    })
  }
  const { state } = life
  if (state === 'not open') return
  const said = {
    opening: 'EAL is being started already',
    open: 'EAL is open already',
    failed: 'EAL failed to start before',
    closed: 'EAL was closed',
  }[state]
  throw new DpdkError(said, {
    code: state === 'open' || state === 'opening' ? 'ERR_DPDK_EAL_OPEN' : 'ERR_DPDK_EAL_SPENT',
    hint:
      state === 'open' || state === 'opening'
        ? 'Use Eal.current.'
        : 'DPDK starts once per process: start a new process.',
  })
}
