import type { Addon, NativeLcoreCounters } from './addon.js'
import { snapshot } from './snapshot.js'

/** What an lcore did since the start. `busyPolls / (busyPolls + emptyPolls)` is its load. */
export type LcoreCounters = NativeLcoreCounters & { toJSON(): unknown }

/** A native thread that polls receive queues and forwards packets. It never runs JavaScript and never waits for it. */
export class Lcore {
  readonly id: number
  /** The CPUs that it may run on, usually one. */
  readonly cpus: readonly number[]
  /** Its NUMA node. */
  readonly socket: number
  readonly #addon: Addon

  /** @internal */
  constructor(addon: Addon, lcore: { id: number; cpus: number[]; socket: number }) {
    this.#addon = addon
    this.id = lcore.id
    this.cpus = lcore.cpus
    this.socket = lcore.socket
  }

  counters(): LcoreCounters {
    return snapshot(this.#addon.lcoreCounters(this.id))
  }
}
