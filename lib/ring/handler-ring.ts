import type { NativeRing } from '../addon.js'
import type { Arena } from '../arena.js'
import type { HandlerFunction, HandlerOutputs } from '../handler.js'
import { Batch } from '../packet/batch.js'
import { closeRing } from '../packet/leaks.js'
import { HandlerRingColumns } from './columns.js'
import { SendRing } from './send-ring.js'

export interface HandlerRingOptions {
  arena: Arena
  ring: NativeRing
  handler: HandlerFunction
  outputs: HandlerOutputs
  /** Descriptors that a handler gets at most at a time. */
  batchLimit: number
  /** Wakes the ring's lcore. */
  wakeLcore: (lcore: number) => void
  /** The handler threw, or returned something. It must not throw. */
  onFailure: (failure: { error: unknown } | { returned: unknown }) => void
}

/**
 * JavaScript's end of a handler ring: takes descriptors that an lcore wrote, lets the handler write its verdicts into
 * them, and gives them back. Belongs to one JavaScript thread.
 */
export class HandlerRing {
  readonly id: number
  readonly #lcore: number
  readonly #words32: Int32Array
  readonly #columns: HandlerRingColumns
  readonly #sendRing: SendRing
  readonly #batch: Batch
  readonly #handler: HandlerFunction
  readonly #outputs: HandlerOutputs
  readonly #batchLimit: number
  readonly #wakeLcore: HandlerRingOptions['wakeLcore']
  readonly #onFailure: HandlerRingOptions['onFailure']
  /** Counter of the next descriptor to look at, as a signed number. */
  #next: number
  /** `produced`, when it was looked at last. */
  #seen: number

  constructor(options: HandlerRingOptions) {
    const { arena, ring } = options
    this.id = ring.id
    this.#lcore = ring.lcore
    this.#words32 = arena.words32
    this.#columns = new HandlerRingColumns(ring)
    const { sendOffset, sendSize, lcore } = ring
    this.#sendRing = new SendRing(arena, { offset: sendOffset, size: sendSize, lcore }, options.wakeLcore)
    this.#batch = new Batch(arena, this.#columns, this.#sendRing)
    this.#handler = options.handler
    this.#outputs = options.outputs
    this.#batchLimit = options.batchLimit
    this.#wakeLcore = options.wakeLcore
    this.#onFailure = options.onFailure
    this.#next = Atomics.load(this.#words32, this.#columns.completed)
    this.#seen = this.#next
  }

  /** Whether packets are waiting. */
  get hasWork(): boolean {
    return Atomics.load(this.#words32, this.#columns.produced) !== this.#next
  }

  /** Runs the handler on one batch. Returns the number of descriptors; 0 when there was nothing. */
  poll(): number {
    const words = this.#words32
    const columns = this.#columns
    const next = this.#next
    let available = (this.#seen - next) | 0
    if (available < this.#batchLimit) {
      // Behind what was known before: the counter's line has to come from the lcore's CPU.
      this.#seen = Atomics.load(words, columns.produced)
      available = (this.#seen - next) | 0
    }
    // Both counters wrap; more than the ring holds is not possible, and means that the ring is gone.
    if (available <= 0 || available > columns.size) {
      this.#seen = next
      return 0
    }

    const batch = this.#batch
    const outputs = this.#outputs
    const sendRing = this.#sendRing
    sendRing.defer()
    const count = batch.open(next, available, this.#batchLimit, outputs)
    try {
      const returned = call(this.#handler, batch, outputs)
      if (returned !== undefined) this.#refuse(returned)
    } catch (error) {
      batch.failUndecided()
      this.#onFailure({ error })
    }
    batch.release()

    this.#next = (next + count) | 0
    Atomics.store(words, columns.completed, this.#next)
    // Only now: a packet must be held before it can come back.
    sendRing.publish()
    // An lcore that sleeps has announced it before it looked at `completed` for the last time.
    if (Atomics.load(words, columns.asleep) !== 0) this.#wakeLcore(this.#lcore)
    return count
  }

  /** The ring has been left: packets that the handler owned are taken back. */
  close(): void {
    closeRing(this.#sendRing)
  }

  /** A promise decides when its packets are gone; any other value is of no interest. */
  #refuse(returned: unknown): void {
    if (typeof (returned as PromiseLike<unknown> | null)?.then !== 'function') return
    this.#batch.failUndecided()
    this.#onFailure({ returned })
  }
}

function call(handler: HandlerFunction, batch: Batch, outputs: HandlerOutputs): unknown {
  return handler(batch, outputs)
}

/**
 * A place that has called one function only, V8 compiles together with that function; and as it compiles only so much
 * into one, what the handler calls for every packet would be left out. So let it see two different ones, before any
 * handler: then each is compiled by itself, with all that it calls. (It takes notes from some hundred calls on.)
 */
function keepHandlersApart(): void {
  const nothings = [() => undefined, () => null] as unknown as HandlerFunction[]
  const none = undefined as never
  for (let i = 0; i < 2000; i++) call(nothings[i % 2] as HandlerFunction, none, none)
}

keepHandlersApart()
