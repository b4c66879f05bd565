/** What is on its way between the ports of a test, by their counters. */

import { setTimeout as delay } from 'node:timers/promises'
import { now } from '../clock.js'
import type { Eal } from '../eal.js'
import { DpdkError } from '../errors.js'
import type { Program } from '../program.js'
import { type ActionStatistics, statisticsDepthFirst } from '../program-version.js'
import type { Wire } from './wire.js'

/** For how long everything that was fed may take. */
const PATIENCE_MS = 10_000

export class Traffic {
  readonly #wires: ReadonlyMap<string, Wire>

  constructor(wires: ReadonlyMap<string, Wire>) {
    this.#wires = wires
  }

  /** Those that run. */
  get programs(): Program[] {
    return [...this.#wires.values()].flatMap(({ port }) => port.rx.program ?? [])
  }

  /** Whether nothing is in a transmit buffer. */
  get isFlushed(): boolean {
    return [...this.#wires.values()].every(({ buffered }) => buffered === 0n)
  }

  /** Waits until nothing is on its way, and nothing more happens in a round of every lcore. */
  async settle(eal: Eal): Promise<void> {
    let events = -1n
    await this.until(async () => {
      if (!this.#isSettled()) return false
      // It stops every lcore between two rounds, so that what JavaScript has given away is seen.
      await eal.audit()
      await Promise.all(this.programs.map((program) => program.heard()))
      const before = events
      events = this.#events()
      return this.#isSettled() && events === before
    })
  }

  /** @throws {DpdkError} `ERR_DPDK_NOT_SETTLED` when it does not hold in time. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = now() + PATIENCE_MS
    while (!(await holds())) {
      if (now() > end) throw this.#notSettled()
      await delay(1)
    }
  }

  #isSettled(): boolean {
    const received = [...this.#wires.values()].every(({ waiting }) => waiting === 0)
    const answered = this.#actions().every(
      ({ counters: { inFlight = 0n, waiting = 0n } }) => inFlight + waiting === 0n,
    )
    return received && answered && this.isFlushed
  }

  /** Grows with whatever happens to a packet. */
  #events(): bigint {
    const ports = [...this.#wires.values()].flatMap(({ port }) => {
      const { rxQueues, tx } = port.counters()
      return [tx.requested, ...rxQueues.map(({ received }) => received)]
    })
    const actions = this.#actions().flatMap(({ counters }) => Object.values(counters))
    return [...ports, ...actions].reduce((sum, count) => sum + count, 0n)
  }

  #actions(): ActionStatistics[] {
    return this.programs.flatMap((program) => statisticsDepthFirst(program.stats().actions))
  }

  #notSettled(): DpdkError {
    const lines = [...this.#wires].map(([name, { waiting, buffered, port }]) => {
      const program = port.rx.program?.explain() ?? 'no program'
      return `${name}: ${waiting} packets to be received, ${buffered} to be sent; ${program}`
    })
    const message = `packets are still on their way after ${PATIENCE_MS} ms`
    return new DpdkError([message, ...lines].join('\n'), {
      code: 'ERR_DPDK_NOT_SETTLED',
      hint: 'A handler does not return, its Worker is busy, or the program sends without end.',
    })
  }
}
