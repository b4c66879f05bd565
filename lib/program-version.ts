import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises'
import type { Action } from './actions/action.js'
import { depthFirst, toNative } from './actions/branch.js'
import type { NativeProgram, NativeProgramCounters, NativeRing } from './addon.js'
import { now } from './clock.js'
import type { HandlerHost, HandlerReports } from './handler-host.js'
import type { ActionCost } from './program-description.js'
import { readNotCopied } from './ring/send-ring.js'
import { type Runtime, runtime } from './runtime.js'

/** Where a program runs. */
export interface ProgramPlace {
  readonly port: number
  readonly name: string
  readonly queues: readonly number[]
}

/** What an action did with packets. */
export interface ActionStatistics {
  kind: string
  /** What is worth knowing about how it runs: a filter that could not be compiled for this CPU is `interpreted`. */
  note?: string
  /** By name, in packets where nothing else is said. */
  counters: Record<string, bigint>
  /** Of an action with a branch: the actions in it. */
  actions?: ActionStatistics[]
}

/** Counters of all queues together. */
export interface ProgramCounts {
  received: bigint
  actions: ActionStatistics[]
  unclaimed: bigint
}

interface Handled {
  readonly host: HandlerHost
  /** The action's number in the program, depth first. */
  readonly action: number
}

/** Event loop turns before waiting takes a timer: usually packets are back by then. */
const TURNS = 16

/**
 * One list of actions on a port's queues, with the handlers that belong to it. A program is one of these after the other:
 * packets that are with JavaScript belong to the version that gave them away.
 */
export class ProgramVersion {
  readonly actions: readonly Action[]
  readonly #runtime: Runtime
  readonly #place: ProgramPlace
  /** Depth first. */
  readonly #flat: readonly Action[]
  /** One for each queue. */
  readonly #natives: NativeProgram[] = []
  readonly #handled: Handled[] = []
  #finalCounts: ProgramCounts | undefined
  /** That run just now. */
  #measurements = 0

  private constructor(place: ProgramPlace, actions: readonly Action[]) {
    this.#runtime = runtime()
    this.#place = place
    this.actions = actions
    this.#flat = depthFirst(actions).map(({ action }) => action)
  }

  /** Makes it and starts its handlers; no packet comes yet. */
  static async create(
    place: ProgramPlace,
    actions: readonly Action[],
    reports: HandlerReports,
  ): Promise<ProgramVersion> {
    const version = new ProgramVersion(place, actions)
    try {
      await version.#start(reports)
      return version
    } catch (error) {
      await version.remove().catch(() => {})
      throw error
    }
  }

  get hosts(): readonly HandlerHost[] {
    return this.#handled.map(({ host }) => host)
  }

  /** Lets packets through, on all queues. */
  async install(): Promise<void> {
    await Promise.all(this.#natives.map(({ id }) => this.#runtime.addon.programInstall(id)))
  }

  /**
   * Lets packets through instead of through `old`. Where that has handlers, each queue waits in the device until its
   * packets have come back, so that none is overtaken: until `end` at the latest.
   */
  async replace(old: ProgramVersion, end: number): Promise<void> {
    const { addon } = this.#runtime
    await Promise.all(
      this.#natives.map(async ({ id }, index) => {
        const before = old.#natives[index]
        if (before !== undefined && before.rings.length > 0) {
          await addon.programUninstall(before.id)
          await until(end, () => old.#inFlight(before.id).inRings === 0)
        }
        await addon.programInstall(id)
      }),
    )
  }

  /** Lets no packet through any more; they stay in the device. */
  async uninstall(): Promise<void> {
    await Promise.all(this.#natives.map(({ id }) => this.#runtime.addon.programUninstall(id)))
  }

  /** Waits until no packet is with JavaScript, held ones included, or until `end`. */
  async returned(end: number): Promise<void> {
    await until(end, () => {
      const counts = this.#natives.map(({ id }) => this.#inFlight(id))
      return counts.every(({ inRings, held }) => inRings === 0 && held === 0)
    })
  }

  /** Takes back what has not come back, and ends the handlers. Returns the number of packets taken back. */
  async remove(): Promise<number> {
    const { addon } = this.#runtime
    const notCopied = this.#notCopied()
    const removals = await Promise.allSettled(this.#natives.map(({ id }) => addon.programRemove(id)))
    const ends = await Promise.allSettled(this.#handled.map(({ host }) => host.end()))
    const removed = removals.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    this.#finalCounts = this.#sum(
      removed.map(({ counters }) => counters),
      notCopied,
    )
    for (const outcome of [...removals, ...ends]) if (outcome.status === 'rejected') throw outcome.reason
    return removed.reduce((total, { reclaimed }) => total + reclaimed, 0)
  }

  /** What happened to packets so far; after `remove`, to all of them. */
  counts(): ProgramCounts {
    if (this.#finalCounts !== undefined) return this.#finalCounts
    const { addon } = this.#runtime
    return this.#sum(
      this.#natives.map(({ id }) => addon.programCounters(id)),
      this.#notCopied(),
    )
  }

  /** What actions with this name have counted. */
  named(name: string): Record<string, bigint>[] {
    const counts = statisticsDepthFirst(this.counts().actions)
    return this.#flat.flatMap((action, index) =>
      action.name === name ? [counts[index]?.counters ?? {}] : [],
    )
  }

  /** The cost of each action, depth first. */
  async measure(milliseconds: number): Promise<ActionCost[]> {
    const before = this.#costs()
    this.#setMeasuring(1)
    try {
      await delay(milliseconds)
      return this.#costs().map(({ packets, cycles }, index) => {
        const measured = packets - (before[index]?.packets ?? 0n)
        const spent = cycles - (before[index]?.cycles ?? 0n)
        return {
          packets: measured,
          cyclesPerPacket: measured === 0n ? undefined : Number(spent) / Number(measured),
        }
      })
    } finally {
      this.#setMeasuring(-1)
    }
  }

  #setMeasuring(change: 1 | -1): void {
    this.#measurements += change
    for (const { id } of this.#natives)
      this.#ifThere(() => this.#runtime.addon.programMeasure(id, this.#measurements > 0))
  }

  /** So far, depth first, of all queues together. */
  #costs(): { packets: bigint; cycles: bigint }[] {
    const programs = this.#natives.flatMap(
      ({ id }) => this.#ifThere(() => this.#runtime.addon.programCounters(id)) ?? [],
    )
    return this.#flat.map((_, index) => {
      const each = programs.flatMap(({ actions }) => actions[index] ?? [])
      return {
        packets: each.reduce((sum, { measuredPackets }) => sum + measuredPackets, 0n),
        cycles: each.reduce((sum, { measuredCycles }) => sum + measuredCycles, 0n),
      }
    })
  }

  /** A program that is gone, for example with its port, has nothing to say. */
  #ifThere<Value>(ask: () => Value): Value | undefined {
    try {
      return ask()
    } catch {
      return undefined
    }
  }

  async #start(reports: HandlerReports): Promise<void> {
    const { port, queues } = this.#place
    for (const [action, { handler }] of this.#flat.entries()) {
      if (handler) this.#handled.push({ host: await handler.start(reports, queues.length), action })
    }
    const natives = toNative(this.actions, ({ native, handler }, action) =>
      handler ? handler.place(port, this.#hostOf(action)?.rings ?? 1) : native,
    )
    for (const queue of queues) {
      this.#natives.push(await this.#runtime.addon.programCreate(port, queue, natives))
    }
    for (const handled of this.#handled) await handled.host.attach(this.#ringsOf(handled))
  }

  #hostOf(action: number): HandlerHost | undefined {
    return this.#handled.find((handled) => handled.action === action)?.host
  }

  /** A handler's rings: those of the first queue, of the second, and so on. */
  #ringsOf(handled: Handled): NativeRing[] {
    const before = this.#handled.slice(0, this.#handled.indexOf(handled))
    const first = before.reduce((sum, { host }) => sum + host.rings, 0)
    return this.#natives.flatMap(({ rings }) => rings.slice(first, first + handled.host.rings))
  }

  #inFlight(program: number): { inRings: number; held: number } {
    return this.#ifThere(() => this.#runtime.addon.programInFlight(program)) ?? { inRings: 0, held: 0 }
  }

  /** By action. JavaScript counts these itself, in shared memory. */
  #notCopied(): Map<number, bigint> {
    const { arena } = this.#runtime
    return new Map(
      this.#handled.map((handled) => {
        const counts = this.#ringsOf(handled).map(({ sendOffset }) => readNotCopied(arena, sendOffset))
        return [handled.action, counts.reduce((sum, count) => sum + count, 0n)]
      }),
    )
  }

  #sum(programs: readonly NativeProgramCounters[], notCopied: ReadonlyMap<number, bigint>): ProgramCounts {
    const total = (of: (program: NativeProgramCounters) => bigint) =>
      programs.reduce((sum, program) => sum + of(program), 0n)
    let next = 0
    const count = ({ native: { kind }, actions: inner }: Action): ActionStatistics => {
      const number = next++
      const missed = notCopied.get(number)
      const counters = sumOf(number, programs)
      const note = programs[0]?.actions[number]?.note
      return {
        kind,
        ...(note !== undefined && { note }),
        counters: missed === undefined ? counters : { ...counters, notCopied: missed },
        ...(inner && { actions: inner.map(count) }),
      }
    }
    return {
      received: total(({ received }) => received),
      actions: this.actions.map(count),
      unclaimed: total(({ unclaimed }) => unclaimed),
    }
  }
}

/** An action, what is in its branch, the next action. */
export function statisticsDepthFirst(actions: readonly ActionStatistics[]): ActionStatistics[] {
  return actions.flatMap((action) => [action, ...statisticsDepthFirst(action.actions ?? [])])
}

/** The counters of one action. */
function sumOf(number: number, programs: readonly NativeProgramCounters[]): Record<string, bigint> {
  const counters: Record<string, bigint> = {}
  for (const program of programs) {
    for (const [name, value] of Object.entries(program.actions[number]?.counters ?? {})) {
      counters[name] = (counters[name] ?? 0n) + value
    }
  }
  return counters
}

/** Waits until `done`, or until `end`, by the clock. The control thread stays free meanwhile. */
async function until(end: number, done: () => boolean): Promise<void> {
  for (let turn = 0; !done() && now() < end; turn++) {
    await (turn < TURNS ? immediate() : delay(1))
  }
}
