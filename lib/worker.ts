import type { NativeRing } from './addon.js'
import { DpdkError } from './errors.js'
import type { HandlerHost, HandlerReports } from './handler-host.js'
import { checkHandlerWorkerOptions, HandlerWorker, type HandlerWorkerOptions } from './handler-worker.js'
import { runtime } from './runtime.js'
import { checkArray, checkInteger, invalidType, invalidValue } from './validate.js'
import { Watchdog } from './watchdog.js'
import type { HandlerModule } from './worker-protocol.js'

export interface WorkerOptions extends HandlerWorkerOptions {
  /**
   * How many threads to start for this handler; or running ones to use. Receive queues are dealt out to them in turn.
   * When there are fewer queues than threads, the flows of each queue are spread over several. Default: 1.
   */
  workers?: number | readonly HandlerWorker[]
  /**
   * For how long a thread may leave packets unanswered before the program emits an error, `ERR_DPDK_HANDLER_STALLED`;
   * in milliseconds, 0 for never. Default: 1000.
   */
  stallTimeoutMs?: number
  /** Given to the handler in each Worker as a copy. */
  data?: unknown
}

/** Threads to start, or running ones. */
type Workers = { stallTimeoutMs: number } & (
  | { count: number; options: HandlerWorkerOptions }
  | { shared: readonly HandlerWorker[] }
)

export function checkWorkers({ workers = 1, wait, cpus, stallTimeoutMs = 1000 }: WorkerOptions): Workers {
  const limits = { minimum: 0, maximum: 3600_000, unit: 'milliseconds' }
  checkInteger('options.stallTimeoutMs', stallTimeoutMs, limits)
  const options = { ...(wait !== undefined && { wait }), ...(cpus !== undefined && { cpus }) }
  if (typeof workers === 'number') {
    checkHandlerWorkerOptions(options)
    return {
      count: checkInteger('options.workers', workers, { minimum: 1, maximum: 128 }),
      options,
      stallTimeoutMs,
    }
  }
  const shared = checkArray('options.workers', workers, (name, worker) => {
    if (!(worker instanceof HandlerWorker)) throw invalidType(name, 'a HandlerWorker', worker)
    return worker
  })
  if (shared.length === 0) throw invalidValue('options.workers', 'at least one', workers)
  const [decided] = Object.keys(options)
  if (decided !== undefined) {
    throw invalidValue(
      `options.${decided}`,
      'left out',
      undefined,
      'The running Workers have theirs already.',
    )
  }
  return { shared, stallTimeoutMs }
}

interface Member {
  worker: HandlerWorker
  /** Under which the Worker knows the handler. */
  handler: number
}

/** Runs a handler module in Workers. */
export class WorkersHost implements HandlerHost {
  readonly rings: number
  readonly #members: readonly Member[]
  /** Whether the Workers were started for this handler, and end with it. */
  readonly #own: boolean
  readonly #reports: HandlerReports
  readonly #stallTimeoutMs: number
  readonly #watchdogs: Watchdog[] = []

  private constructor(
    members: readonly Member[],
    workers: Workers,
    reports: HandlerReports,
    queueCount: number,
  ) {
    this.#members = members
    this.#own = 'count' in workers
    this.#reports = reports
    this.#stallTimeoutMs = workers.stallTimeoutMs
    this.rings = Math.ceil(members.length / queueCount)
  }

  static async start(
    module: HandlerModule,
    workers: Workers,
    reports: HandlerReports,
    queueCount: number,
  ): Promise<WorkersHost> {
    const started = 'shared' in workers ? workers.shared : await startAll(workers.count, workers.options)
    try {
      const members = await Promise.all(
        started.map(async (worker) => ({ worker, handler: await worker.load(module, reports) })),
      )
      return new WorkersHost(members, workers, reports, queueCount)
    } catch (error) {
      if ('count' in workers) await stopAll(started)
      throw error
    }
  }

  get cpus(): readonly (readonly number[])[] {
    return this.#members.map(({ worker }) => worker.cpus)
  }

  async attach(rings: readonly NativeRing[]): Promise<void> {
    const count = this.#members.length
    await Promise.all(
      this.#members.map(async (member, index) => {
        const own = rings.filter((_, ring) => ring % count === index)
        await member.worker.attach(member.handler, own)
        this.#watch(member.worker, own)
      }),
    )
  }

  async end(): Promise<void> {
    for (const watchdog of this.#watchdogs.splice(0)) watchdog.stop()
    if (this.#own) await stopAll(this.#members.map(({ worker }) => worker))
    else await Promise.all(this.#members.map(({ worker, handler }) => worker.unload(handler)))
  }

  async heard(): Promise<void> {
    await Promise.all(this.#members.map(({ worker }) => worker.heard()))
  }

  postMessage(message: unknown): void {
    for (const { worker, handler } of this.#members) worker.postMessage(handler, message)
  }

  #watch(worker: HandlerWorker, rings: readonly NativeRing[]): void {
    if (this.#stallTimeoutMs === 0) return
    const onStall = (ring: NativeRing) => {
      if (worker.isRunning) this.#reports.error(stalled(worker, ring, this.#stallTimeoutMs))
    }
    this.#watchdogs.push(new Watchdog(runtime().arena, rings, this.#stallTimeoutMs, onStall))
  }
}

function stalled(worker: HandlerWorker, ring: NativeRing, timeoutMs: number): DpdkError {
  return new DpdkError(
    `a handler in Worker ${worker.threadId} has not answered for ${timeoutMs} ms: packets of port ${ring.port}, ` +
      `queue ${ring.queue}, wait for it`,
    {
      code: 'ERR_DPDK_HANDLER_STALLED',
      hint:
        'It does not return, or something else keeps its thread busy. Other queues go on. Stop the program, or end the ' +
        'thread: worker.terminate(). The limit is the option stallTimeoutMs.',
    },
  )
}

async function startAll(count: number, options: HandlerWorkerOptions): Promise<HandlerWorker[]> {
  return Promise.all(Array.from({ length: count }, () => HandlerWorker.start(options)))
}

async function stopAll(workers: readonly HandlerWorker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()))
}
