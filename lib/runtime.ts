import type { Addon } from './addon.js'
import type { Arena } from './arena.js'
import type { AuditedPort } from './audit.js'
import type { EalSettings } from './eal-arguments.js'
import { DpdkError } from './errors.js'
import type { HandlerObserver } from './handler-observer.js'
import type { Lcore } from './lcore.js'
import type { Mempool } from './mempool.js'
import { processWide } from './process-wide.js'
import type { Consumer } from './ring/consumer.js'

/** What the open EAL is to the other modules of this library. There is one in a process. */
export interface Runtime {
  readonly addon: Addon
  readonly arena: Arena
  readonly settings: EalSettings
  /** Those that forward. */
  readonly lcores: readonly Lcore[]
  /** The CPUs that the process could use before EAL started. */
  readonly affinity: readonly number[]
  /** The main thread's. */
  readonly consumer: Consumer
  /** Ports that are open, by id. */
  readonly ports: Map<number, OpenPort>
  /** Receive queues that each lcore polls, by its id. */
  readonly queueCounts: Map<number, number>
  /** Pools of ports that were given none, by NUMA node. */
  readonly defaultMempools: Map<number, Promise<Mempool>>
  /** Ports opened and pools made so far: ids are used again, these numbers are not. */
  readonly made: { ports: number; mempools: number }
  /** Watches handlers, where they are tested. */
  observer: HandlerObserver | undefined
}

/** A port, as far as this file's readers need to know. */
export interface OpenPort {
  close(): Promise<void>
  /** What an audit says about it; a port that is just being opened or closed has nothing to say. */
  audited?(): Promise<AuditedPort | undefined>
}

const shared = processWide<{ runtime?: Runtime | undefined }>('runtime', () => ({}))

/** @throws {DpdkError} `ERR_DPDK_EAL_NOT_OPEN` before `Eal.init` and after `eal.close`. */
export function runtime(): Runtime {
  if (shared.runtime !== undefined) return shared.runtime
  throw new DpdkError('EAL is not open', {
    code: 'ERR_DPDK_EAL_NOT_OPEN',
    hint: 'Await Eal.init() first, in the main thread, and do not use ports after eal.close().',
  })
}

export function setRuntime(value: Runtime | undefined): void {
  shared.runtime = value
}
