import { DpdkError } from './errors.js'
import { asynchronous } from './handler.js'

export type HandlerFailure = { error: unknown } | { returned: unknown }

/** The shortest time between two reports, in milliseconds. */
const INTERVAL = 100

/**
 * Turns what goes wrong in a handler into errors for its program. A handler that fails may fail for a million batches a
 * second: the first failure is reported at once, then at most ten a second. Every packet is counted all the same.
 */
export class HandlerFailures {
  readonly #report: (error: DpdkError) => void
  #lastReport = Number.NEGATIVE_INFINITY
  #unreported = 0

  constructor(report: (error: DpdkError) => void) {
    this.#report = report
  }

  add(failure: HandlerFailure): void {
    if ('returned' in failure) {
      // Its outcome is of no interest, but an unhandled rejection would end the process.
      Promise.resolve(failure.returned).catch(() => {})
    }
    const now = performance.now()
    if (now - this.#lastReport < INTERVAL) {
      this.#unreported++
      return
    }
    const unreported = this.#unreported
    this.#lastReport = now
    this.#unreported = 0
    this.#report('error' in failure ? thrown(failure.error, unreported) : asynchronous())
  }
}

function thrown(cause: unknown, unreported: number): DpdkError {
  const others = unreported === 0 ? '' : ` (and ${unreported} times more since the last report)`
  const message = cause instanceof Error ? cause.message : String(cause)
  return new DpdkError(`a handler threw${others}: ${message}`, {
    code: 'ERR_DPDK_HANDLER_THREW',
    hint: 'The packets it had not decided on were dropped and counted as failed; it gets the next batch.',
    cause,
  })
}
