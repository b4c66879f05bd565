/**
 * Watching handlers at work, for tests (dpdk-node/testing): what each packet's verdict was, and when a handler runs.
 * Where nobody watches, a handler and its ring are what they always are: nothing here is on the way of packets.
 */

import { concatenate } from './concatenate.js'
import type { HandlerFunction, HandlerOutputs } from './handler.js'
import type { Batch } from './packet/batch.js'
import { HandlerRing, type HandlerRingOptions } from './ring/handler-ring.js'
import { VERDICT_CONTINUE, VERDICT_DROP, VERDICT_HOLD } from './ring/layout.js'

/**
 * What a handler decided about a packet.
 *
 * - `forward`: to the output of that name, as the handler declared it.
 * - `unhandled`: nothing; the handler's option `unhandled` says what becomes of it.
 * - `failed`: nothing, and the handler threw or returned a promise; see its option `onError`.
 */
export type Verdict =
  | { readonly kind: 'forward'; readonly output: string }
  | { readonly kind: 'drop' | 'continue' | 'hold' | 'unhandled' | 'failed' }

export interface Decision {
  /** A copy of the packet as it came, of all its segments. */
  readonly frame: Uint8Array
  readonly verdict: Verdict
}

export interface HandlerObserver {
  /** Whether the handlers of a port are watched. */
  watches(port: number): boolean
  /** Whether they may be called now. Asked on the main thread only: Workers take their packets as they come. */
  mayRun(port: number): boolean
  /** A handler has decided about a batch. */
  decided(port: number, decisions: readonly Decision[]): void
}

/** The same handler; what it decides is reported after each batch. */
export function observe(handler: HandlerFunction, report: (decisions: Decision[]) => void): HandlerFunction {
  return (batch, outputs) => {
    const frames = Array.from(batch, ({ segments }) => concatenate(segments))
    let failed = true
    try {
      const returned = handler(batch, outputs)
      failed = typeof (returned as PromiseLike<unknown> | null | undefined)?.then === 'function'
      return returned
    } finally {
      report(frames.map((frame, index) => ({ frame, verdict: verdictOf(batch, index, outputs, failed) })))
    }
  }
}

function verdictOf(batch: Batch, index: number, outputs: HandlerOutputs, failed: boolean): Verdict {
  const verdict = batch.verdictOf(index)
  if (verdict === VERDICT_DROP) return { kind: 'drop' }
  if (verdict === VERDICT_CONTINUE) return { kind: 'continue' }
  if (verdict >= VERDICT_HOLD) return { kind: 'hold' }
  const output = Object.values(outputs).find((output) => output.verdict === verdict)
  if (output !== undefined) return { kind: 'forward', output: output.name }
  return { kind: failed ? 'failed' : 'unhandled' }
}

/** A handler ring that gives its handler nothing as long as the gate is closed. */
export class GatedRing extends HandlerRing {
  readonly #isOpen: () => boolean

  constructor(options: HandlerRingOptions, isOpen: () => boolean) {
    super(options)
    this.#isOpen = isOpen
  }

  override poll(): number {
    return this.#isOpen() ? super.poll() : 0
  }
}
