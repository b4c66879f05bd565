import { EventEmitter } from 'node:events'
import type { Action } from './actions/action.js'
import { checkActions } from './actions/branch.js'
import { now, setImmediate } from './clock.js'
import { DpdkError } from './errors.js'
import type { HandlerReports } from './handler-host.js'
import {
  type ActionCost,
  describeActions,
  type MeasureOptions,
  type ProgramDescription,
  programText,
} from './program-description.js'
import {
  type ActionStatistics,
  type ProgramCounts,
  type ProgramPlace,
  ProgramVersion,
} from './program-version.js'
import { snapshot } from './snapshot.js'
import { checkInteger, checkOptions, invalidValue } from './validate.js'

/** What the actions of a program did with packets, summed over the port's receive queues. */
export interface ProgramStatistics {
  /** Packets that came. */
  received: bigint
  /** In the order of the program; each with the counters of its kind, in packets. */
  actions: ActionStatistics[]
  /** Came out of the last action without a decision, and were dropped. */
  unclaimed: bigint
  toJSON(): unknown
}

export interface ProgramEvents {
  /**
   * A handler threw, returned a promise, or does not answer (`ERR_DPDK_HANDLER_STALLED`), or its Worker ended. The
   * program goes on. As everywhere in Node, an `error` without a listener ends the process.
   */
  error: [error: DpdkError]
  /** A handler in a Worker called `postMessage`. */
  message: [message: unknown]
}

export interface TimeLimit {
  /** For how long packets may take to come back from handlers, in milliseconds. Default: 1000. */
  timeoutMs?: number
}

const TIMEOUT_MILLISECONDS = 1000

/**
 * What runs on a port's receive queues: one list of actions for each queue. Made by `rx.run()` and `rx.handle()`; it
 * stays the same object when its actions are replaced.
 */
export class Program extends EventEmitter<ProgramEvents> {
  readonly #place: ProgramPlace
  readonly #reports: HandlerReports
  #current!: ProgramVersion
  #version = 1
  /** Former versions that wait for packets which are held. */
  readonly #retiring = new Set<Promise<number>>()
  /** Replacements, one after the other. */
  #changing: Promise<unknown> = Promise.resolve()
  #stopping: Promise<number> | undefined
  /** Errors that came before anyone could listen. */
  #early: DpdkError[] | undefined = []

  private constructor(place: ProgramPlace) {
    super()
    this.#place = place
    this.#reports = {
      error: (error) => {
        if (this.#early !== undefined) this.#early.push(error)
        // Not while packets are being handled: a listener may throw, and without one, emitting does.
        else process.nextTick(() => this.emit('error', error))
      },
      message: (message) => void this.emit('message', message),
    }
  }

  /** @internal */
  static async start(place: ProgramPlace, actions: readonly Action[]): Promise<Program> {
    checkActions(actions)
    const program = new Program(place)
    program.#current = await ProgramVersion.create(place, actions, program.#reports)
    try {
      await program.#current.install()
      setImmediate(() => program.#emitEarly())
      return program
    } catch (error) {
      await program.stop().catch(() => {})
      throw error
    }
  }

  get isRunning(): boolean {
    return this.#stopping === undefined
  }

  /** How often its actions were replaced, and one. */
  get version(): number {
    return this.#version
  }

  /** The CPUs that handlers' Workers may use, one list for each Worker. */
  get workerCpus(): readonly (readonly number[])[] {
    return this.#current.hosts.flatMap(({ cpus }) => cpus)
  }

  /** What happened to packets since the start or the last replacement; after `stop()`, to all of them. */
  stats(): ProgramStatistics {
    return snapshot<ProgramCounts>({ ...this.#current.counts() })
  }

  /**
   * The actions with what they counted, to be read by people; and what they cost, if asked to measure that for some
   * time. Measuring costs an lcore some 50 cycles for each burst and action; otherwise there is no such cost.
   *
   * @example
   * ```
   * net_tap0, 1 receive queue, version 2, running: received 1027
   *   1. handle on the main thread, right to net_tap1
   *      delivered 1027, forwarded 1000, continued 27, passed 27
   *   2. match 'arp'
   *      matched 7, unmatched 20
   *      2.1. forward to net_tap1
   *           forwarded 7
   *   3. drop
   *      dropped 20
   * ```
   */
  explain(): string
  explain(options: MeasureOptions): Promise<string>
  explain(options?: MeasureOptions): string | Promise<string> {
    return options === undefined ? programText(this.describe()) : this.describe(options).then(programText)
  }

  /** The same as values, a tree of actions. */
  describe(): ProgramDescription
  describe(options: MeasureOptions): Promise<ProgramDescription>
  describe(options?: MeasureOptions): ProgramDescription | Promise<ProgramDescription> {
    if (options === undefined) return this.#describe(this.#current)
    checkOptions('options', options, ['measureMs'])
    const limits = { minimum: 1, maximum: 60_000, unit: 'milliseconds' }
    const duration = checkInteger('options.measureMs', options.measureMs, limits)
    const version = this.#current
    return version.measure(duration).then((costs) => this.#describe(version, costs))
  }

  /**
   * What all `count` actions with this name have counted.
   *
   * @throws {TypeError} when there is none.
   */
  counted(name: string): { packets: bigint; bytes: bigint } {
    const counts = this.#current.named(name)
    if (counts.length === 0) throw invalidValue('name', 'that of a count action in the program', name)
    const sum = (counter: string) => counts.reduce((total, { [counter]: count = 0n }) => total + count, 0n)
    return { packets: sum('packets'), bytes: sum('bytes') }
  }

  /** Calls the listeners that the program's handlers in Workers set with `onMessage`. */
  postMessage(message: unknown): void {
    for (const host of this.#current.hosts) host.postMessage(message)
  }

  /**
   * Puts other actions in the place of those that run. No packet is lost, and those of a flow keep their order: where the
   * old actions have handlers, packets wait in the device until these have answered. A handler that does not answer
   * delays that up to the limit; what it has then is dropped, and counted as `reclaimed`. Packets that it holds may come
   * back for as long, while the new actions run.
   *
   * Handlers are started anew: a module that has changed is loaded under another URL. If the new actions cannot be
   * started, the old ones go on.
   *
   * @param args the new actions; behind them, if wanted, `{ timeoutMs }`.
   *
   * @example
   * ```ts
   * await program.replace(handle(new URL('./handler.js?2', import.meta.url), { outputs: { right } }))
   * await program.replace(l2fwd({ to: right }), { timeoutMs: 100 })
   * ```
   */
  async replace(...args: readonly Action[] | readonly [...Action[], TimeLimit]): Promise<void> {
    const last = args.at(-1)
    const limited = isTimeLimit(last)
    const actions = (limited ? args.slice(0, -1) : args) as readonly Action[]
    checkActions(actions)
    const timeout = checkTimeLimit(limited ? last : {})
    const replacing = this.#changing.then(() => this.#replace(actions, timeout))
    this.#changing = replacing.catch(() => {})
    await replacing
  }

  /**
   * Takes the program off its queues, and waits until its packets have come back from handlers, also those that they hold.
   * What has not come back when the time is over is taken back. What the device receives afterwards waits there for the
   * next program.
   *
   * Harmless when repeated.
   *
   * @returns the number of packets that had to be taken back.
   */
  stop(options: TimeLimit = {}): Promise<number> {
    const timeout = checkTimeLimit(options)
    this.#stopping ??= this.#changing.then(() => this.#stop(timeout))
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** @internal What handlers in Workers have said until now has arrived. */
  async heard(): Promise<void> {
    await Promise.all(this.#current.hosts.map((host) => host.heard()))
  }

  #describe(version: ProgramVersion, costs?: readonly ActionCost[]): ProgramDescription {
    const { name: port, queues } = this.#place
    const counts = version.counts()
    const { received, unclaimed } = counts
    const actions = describeActions(version.actions, counts, costs)
    const { version: number, isRunning } = this
    return snapshot({ port, queues: queues.length, version: number, isRunning, received, actions, unclaimed })
  }

  #emitEarly(): void {
    const errors = this.#early ?? []
    this.#early = undefined
    for (const error of errors) this.#reports.error(error)
  }

  async #replace(actions: readonly Action[], timeout: number): Promise<void> {
    if (!this.isRunning) {
      throw new DpdkError(`the program on ${this.#place.name} has been stopped`, {
        code: 'ERR_DPDK_PROGRAM_STOPPED',
        hint: 'Run a new one: port.rx.run(…).',
      })
    }
    const old = this.#current
    const next = await ProgramVersion.create(this.#place, actions, this.#reports)
    const end = now() + timeout
    try {
      await next.replace(old, end)
    } catch (error) {
      await old.install()
      await next.remove().catch(() => {})
      throw error
    }
    this.#current = next
    this.#version++
    this.#retire(old, end)
  }

  /** In the background: what the old version still has are held packets, if any. */
  #retire(old: ProgramVersion, end: number): void {
    const retiring = old
      .uninstall()
      .then(() => old.returned(end))
      .then(() => old.remove())
    retiring.catch((error) => this.#reports.error(error))
    this.#retiring.add(retiring)
    retiring.finally(() => this.#retiring.delete(retiring)).catch(() => {})
  }

  async #stop(timeout: number): Promise<number> {
    const end = now() + timeout
    await this.#current.uninstall()
    // Handlers go on meanwhile: they have packets to answer.
    await this.#current.returned(end)
    const [reclaimed, ...before] = await Promise.all([this.#current.remove(), ...this.#retiring])
    return before.reduce((sum, count) => sum + count, reclaimed as number)
  }
}

function isTimeLimit(argument: Action | TimeLimit | undefined): argument is TimeLimit {
  return typeof argument === 'object' && argument !== null && 'timeoutMs' in argument
}

function checkTimeLimit(options: TimeLimit): number {
  checkOptions('options', options, ['timeoutMs'])
  const limits = { minimum: 0, maximum: 60_000, unit: 'milliseconds' }
  return checkInteger('options.timeoutMs', options.timeoutMs ?? TIMEOUT_MILLISECONDS, limits)
}
