import type { NativeRing } from './addon.js'
import type { DpdkError } from './errors.js'
import type { HandlerFunction, HandlerOutputs } from './handler.js'
import type { HandlerFailure, HandlerFailures } from './handler-failures.js'
import { GatedRing, observe } from './handler-observer.js'
import { HandlerRing } from './ring/handler-ring.js'
import { runtime } from './runtime.js'

/** What a handler tells its program. */
export interface HandlerReports {
  error(error: DpdkError): void
  message(message: unknown): void
}

/** Whatever runs a handler: the main thread, or Workers. */
export interface HandlerHost {
  /** CPUs that its threads may run on, one list for each; empty where it has no thread of its own. */
  readonly cpus: readonly (readonly number[])[]
  /** Rings that it wants for each receive queue. */
  readonly rings: number
  /** Starts to serve rings: those of the first receive queue, of the second, and so on. */
  attach(rings: readonly NativeRing[]): Promise<void>
  /** Stops; afterwards nothing touches the rings. Harmless when nothing is attached. */
  end(): Promise<void>
  /** What its handlers have said until now has arrived. */
  heard(): Promise<void>
  postMessage(message: unknown): void
}

/** Runs a handler on the main thread's event loop: it serves all rings in turn. */
export class MainThreadHost implements HandlerHost {
  readonly cpus = []
  readonly rings = 1
  readonly #rings: HandlerRing[] = []
  readonly #handler: HandlerFunction
  readonly #outputs: HandlerOutputs
  readonly #batchLimit: number
  readonly #failures: HandlerFailures

  constructor(options: {
    handler: HandlerFunction
    outputs: HandlerOutputs
    batchLimit: number
    failures: HandlerFailures
  }) {
    this.#handler = options.handler
    this.#outputs = options.outputs
    this.#batchLimit = options.batchLimit
    this.#failures = options.failures
  }

  async attach(rings: readonly NativeRing[]): Promise<void> {
    const { addon, arena, consumer, observer } = runtime()
    for (const native of rings) {
      const options = {
        arena,
        ring: native,
        handler: this.#handler,
        outputs: this.#outputs,
        batchLimit: this.#batchLimit,
        wakeLcore: addon.lcoreWake,
        onFailure: (failure: HandlerFailure) => this.#failures.add(failure),
      }
      const { port } = native
      const ring = observer?.watches(port)
        ? new GatedRing(
            { ...options, handler: observe(this.#handler, (decisions) => observer.decided(port, decisions)) },
            () => observer.mayRun(port),
          )
        : new HandlerRing(options)
      this.#rings.push(ring)
      consumer.attach(ring)
    }
  }

  async end(): Promise<void> {
    const { consumer } = runtime()
    for (const ring of this.#rings.splice(0)) {
      consumer.detach(ring)
      ring.close()
    }
  }

  async heard(): Promise<void> {}

  /** A function has no one to listen; it shares variables with who would send. */
  postMessage(): void {}
}
