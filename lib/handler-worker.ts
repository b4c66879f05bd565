import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Addon, NativeRing } from './addon.js'
import { clearTimeout, setTimeout } from './clock.js'
import { DpdkError } from './errors.js'
import type { HandlerReports } from './handler-host.js'
import { housekeepingCpus } from './lcore-placement.js'
import type { WaitPolicy } from './ring/consumer.js'
import { runtime } from './runtime.js'
import { checkArray, checkInteger, checkOneOf, checkOptions, invalidValue } from './validate.js'
import {
  type FromWorker,
  type HandlerModule,
  type ToWorker,
  unpackError,
  type WorkerRequest,
  type WorkerStart,
} from './worker-protocol.js'

export interface HandlerWorkerOptions {
  /** How it passes the time without packets. Default: `block`. */
  wait?: WaitPolicy
  /**
   * The CPUs that its thread may use. A thread on the CPU of a polling lcore falls to a small part of its speed, so the
   * default is those of the process on which no lcore runs, as long as there are any.
   */
  cpus?: readonly number[]
}

/** Where this file has a sibling of its own kind: TypeScript when run from the sources, otherwise JavaScript. */
const entry = new URL(
  import.meta.url.endsWith('.ts') ? './worker-entry.ts' : './worker-entry.js',
  import.meta.url,
)

/** For how long a Worker may take to answer before it is terminated, in milliseconds. */
const STOP_TIMEOUT = 1000

/** The same for leaving one handler, while others go on: one that is only slow, on a busy machine, is not stuck. */
const UNLOAD_TIMEOUT = 5000

/**
 * A thread that runs handlers. `rx.handle(url, { workers: 2 })` starts its own; to let several handlers share threads,
 * start them here and pass them.
 *
 * @example
 * ```ts
 * await using worker = await HandlerWorker.start()
 * const module = new URL('./handler.js', import.meta.url)
 * await left.rx.handle(module, { outputs: { out: right }, workers: [worker] })
 * await right.rx.handle(module, { outputs: { out: left }, workers: [worker] })
 * ```
 */
export class HandlerWorker {
  /** The CPUs that its thread may use. */
  readonly cpus: readonly number[]
  /** As `threadId` of `node:worker_threads` in it; messages about it name it so. */
  readonly threadId: number
  readonly #addon: Addon
  readonly #worker: Worker
  readonly #consumer: number
  readonly #handlers = new Map<number, HandlerReports>()
  readonly #requests = new Map<number, { resolve(): void; reject(error: Error): void }>()
  #lastId = 0
  #state: 'running' | 'stopping' | 'ended' = 'running'
  #failure: Error | undefined
  #stopping: Promise<void> | undefined

  private constructor(addon: Addon, worker: Worker, ready: { consumer: number; cpus: number[] }) {
    this.#addon = addon
    this.#worker = worker
    this.#consumer = ready.consumer
    this.cpus = ready.cpus
    this.threadId = worker.threadId
    worker.on('message', (message: FromWorker) => this.#receive(message))
    worker.on('error', (error: Error) => {
      this.#failure = error
    })
    worker.on('exit', () => this.#ended())
    // The open Eal keeps the process alive, not its helpers. After the listeners, which would keep it alive too.
    worker.unref()
  }

  static async start(options: HandlerWorkerOptions = {}): Promise<HandlerWorker> {
    const { addon, arena, affinity, lcores } = runtime()
    const { wait, cpus } = checkHandlerWorkerOptions(options)
    const start: WorkerStart = {
      memory: arena.memory,
      wait,
      cpus: cpus ?? housekeepingCpus(lcores, affinity),
    }
    const worker = new Worker(entry, { workerData: start })
    const [ready] = (await once(worker, 'message').catch((error: Error) => {
      throw exited(error)
    })) as [FromWorker & { kind: 'ready' }]
    return new HandlerWorker(addon, worker, ready)
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** Ends the thread. Packets it has go back to their lcores. Harmless when repeated. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /**
   * Ends the thread at once, in the middle of whatever it does. Packets it has go back to their lcores, and its handlers'
   * programs emit an error. Harmless when repeated.
   */
  async terminate(): Promise<void> {
    if (this.#state === 'ended') return
    const exited = this.#exit()
    this.#wake()
    await this.#worker.terminate()
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** @internal Returns the number under which the handler is known here. */
  async load(module: HandlerModule, reports: HandlerReports): Promise<number> {
    const handler = ++this.#lastId
    try {
      await this.#request({ kind: 'load', handler, ...module })
    } catch (error) {
      if ((error as Error).name !== 'DataCloneError') throw error
      throw invalidValue(
        'options.data',
        'something that can be cloned',
        module.data,
        (error as Error).message,
      )
    }
    this.#handlers.set(handler, reports)
    return handler
  }

  /** @internal */
  async attach(handler: number, rings: readonly NativeRing[]): Promise<void> {
    const { observer } = runtime()
    const observed = rings.some(({ port }) => observer?.watches(port))
    await this.#request({ kind: 'attach', handler, rings, observed })
  }

  /** @internal Resolves when all that it has said until now has arrived. */
  async heard(): Promise<void> {
    if (this.isRunning) await this.#request({ kind: 'ping' }).catch(() => {})
  }

  /** @internal Leaves the handler's rings. */
  async unload(handler: number): Promise<void> {
    this.#handlers.delete(handler)
    if (!this.isRunning) return
    if (await this.#inTime(this.#request({ kind: 'unload', handler }), UNLOAD_TIMEOUT)) return
    throw new DpdkError('a Worker does not answer', {
      code: 'ERR_DPDK_WORKER_STUCK',
      hint: 'A handler in it does not return. Its packets were taken back; end the Worker with stop().',
    })
  }

  /** @internal */
  postMessage(handler: number, message: unknown): void {
    this.#post({ kind: 'message', handler, message })
  }

  async #stop(): Promise<void> {
    if (this.#state === 'ended') return
    const exited = this.#exit()
    const stopped = this.#request({ kind: 'stop' })
    this.#state = 'stopping'
    if (!(await this.#inTime(stopped, STOP_TIMEOUT))) {
      this.#wake()
      await this.#worker.terminate()
    }
    await exited
  }

  #exit(): Promise<unknown> {
    return new Promise((resolve) => this.#worker.once('exit', resolve))
  }

  #request(request: WorkerRequest): Promise<void> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject })
      try {
        this.#post({ kind: 'request', id, request })
      } catch (error) {
        this.#requests.delete(id)
        reject(error)
      }
    })
  }

  #post(message: ToWorker): void {
    if (this.#state === 'ended') throw exited(this.#failure)
    this.#worker.postMessage(message)
    this.#wake()
  }

  /** It may be in a native wait, which nothing else ends early. */
  #wake(): void {
    try {
      this.#addon.consumerWake(this.#consumer)
    } catch {
      // It has just ended; its `exit` event will tell.
    }
  }

  /** False when it took too long. */
  async #inTime(answer: Promise<void>, milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, milliseconds, false)
    })
    try {
      return await Promise.race([answer.then(() => true), late])
    } finally {
      clearTimeout(timer)
    }
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'reply': {
        const request = this.#requests.get(message.id)
        this.#requests.delete(message.id)
        if (message.error) request?.reject(unpackError(message.error))
        else request?.resolve()
        return
      }
      case 'error':
        this.#handlers.get(message.handler)?.error(unpackError(message.error))
        return
      case 'message':
        this.#handlers.get(message.handler)?.message(message.message)
        return
      case 'decided':
        runtime().observer?.decided(message.port, message.decisions)
    }
  }

  #ended(): void {
    const expected = this.#state === 'stopping'
    this.#state = 'ended'
    const error = exited(this.#failure)
    for (const request of this.#requests.values()) {
      if (expected) request.resolve()
      else request.reject(error)
    }
    this.#requests.clear()
    if (!expected) for (const reports of this.#handlers.values()) reports.error(error)
    this.#handlers.clear()
  }
}

export function checkHandlerWorkerOptions(options: HandlerWorkerOptions) {
  checkOptions('options', options, ['wait', 'cpus'])
  const wait = checkOneOf('options.wait', options.wait ?? 'block', ['event', 'block', 'spin'])
  if (options.cpus === undefined) return { wait }
  const cpus = checkArray('options.cpus', options.cpus, (name, cpu) =>
    checkInteger(name, cpu, { minimum: 0, maximum: 1023 }),
  )
  if (cpus.length === 0) throw invalidValue('options.cpus', 'at least one CPU', options.cpus)
  return { wait, cpus }
}

function exited(cause: Error | undefined): DpdkError {
  return new DpdkError(`a handler's Worker ended${cause === undefined ? '' : `: ${cause.message}`}`, {
    code: 'ERR_DPDK_WORKER_ENDED',
    hint: 'Its packets went back to their lcores; those that come for it are dropped and counted.',
    cause,
  })
}
