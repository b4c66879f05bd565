import type { Action } from './actions/action.js'
import { handle, type WorkerHandleOptions } from './actions/handle.js'
import type { HandleOptions } from './actions/handle-options.js'
import { Capture, type CaptureOptions } from './capture.js'
import { DpdkError } from './errors.js'
import type { Handler } from './handler.js'
import { Program } from './program.js'

/**
 * The receive queues of a port: `port.rx`. A program runs on all of them; packets of one flow come by the same queue and
 * keep their order.
 */
export class ReceiveQueues {
  readonly #port: { readonly id: number; readonly name: string }
  readonly #queues: readonly number[]
  readonly #captures = new Set<Capture>()
  #program: Program | undefined
  #starting = false

  /** @internal */
  constructor(port: { readonly id: number; readonly name: string }, queues: readonly number[]) {
    this.#port = port
    this.#queues = queues
  }

  /** How many there are. */
  get count(): number {
    return this.#queues.length
  }

  /** What runs on them. */
  get program(): Program | undefined {
    return this.#program?.isRunning ? this.#program : undefined
  }

  /**
   * Runs a program: every packet goes from action to action until one decides on it. What none decides on is dropped and
   * counted as `unclaimed`.
   *
   * @throws {DpdkError} `ERR_DPDK_PROGRAM_RUNNING` when one runs already.
   *
   * @example
   * ```ts
   * const program = await left.rx.run(l2fwd({ to: right }))
   * console.log(program.stats())
   * ```
   */
  async run(...actions: readonly Action[]): Promise<Program> {
    if (this.#starting || this.program) {
      throw new DpdkError(`a program runs on ${this.#port.name} already`, {
        code: 'ERR_DPDK_PROGRAM_RUNNING',
        hint: 'Replace its actions, port.rx.program?.replace(…), or stop it first: await port.rx.program?.stop().',
      })
    }
    this.#starting = true
    try {
      const { id: port, name } = this.#port
      this.#program = await Program.start({ port, name, queues: this.#queues }, actions)
      return this.#program
    } finally {
      this.#starting = false
    }
  }

  /**
   * Lets TypeScript decide about every packet: the same as `run(handle(…))`; see `handle`.
   *
   * @example
   * ```ts
   * await left.rx.handle((batch, { right }) => {
   *   for (const packet of batch) packet.forward(right)
   * }, { outputs: { right } })
   * ```
   */
  handle<Name extends string = never>(handler: Handler<Name>, options?: HandleOptions<Name>): Promise<Program>
  handle<Name extends string = never>(module: URL, options?: WorkerHandleOptions<Name>): Promise<Program>
  async handle(handlerOrModule: Handler & URL, options?: WorkerHandleOptions): Promise<Program> {
    return this.run(handle(handlerOrModule, options))
  }

  /**
   * Looks at what comes, besides whatever program runs: copies, a packet at a time. One capture at a time on each queue.
   *
   * It fails with `ERR_DPDK_INVALID_FILTER` and libpcap's words when the filter is not one, and with
   * `ERR_DPDK_CAPTURE_RUNNING` where there is one already.
   *
   * @example
   * ```ts
   * for await (const { bytes } of port.rx.capture({ filter: 'arp or icmp', snapLength: 128 })) show(bytes)
   * ```
   */
  capture(options: CaptureOptions = {}): Capture {
    const forget = (ended: Capture) => this.#captures.delete(ended)
    const capture = new Capture(this.#port.id, this.#queues, options, forget)
    this.#captures.add(capture)
    return capture
  }

  /** @internal Whether anything takes packets out of the device. */
  get isPolled(): boolean {
    return this.program !== undefined || this.#captures.size > 0
  }

  /** @internal The port closes. */
  async close(): Promise<void> {
    await this.program?.stop()
    await Promise.all([...this.#captures].map((capture) => capture.return()))
  }
}
