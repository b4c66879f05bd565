// How it ends when it cannot go on: as DPDK's own programs do, and with what this library knows besides.

import { DpdkError } from 'dpdk-node'
import { usage } from './usage.js'

/** Ends the program, as `rte_exit` does. Its message is the cause. */
export class FatalError extends Error {}

/** Something is wrong with the arguments behind `--`; the message says what, in the words of DPDK's l2fwd. */
export class UsageError extends Error {
  /** Standard output or standard error, whichever DPDK's l2fwd takes. */
  readonly print: (message: string) => void

  constructor(message: string, print = console.log) {
    super(message)
    this.print = print
  }
}

export function report(error: unknown): void {
  if (error instanceof UsageError) {
    error.print(error.message)
    console.log(usage)
    fail('Invalid L2FWD arguments')
  } else if (error instanceof FatalError || error instanceof DpdkError) {
    fail(error.message)
    const origin = error.cause ?? error
    if (origin instanceof Error && origin !== error) console.error(origin.message)
    if (origin instanceof DpdkError && origin.hint !== undefined) console.error(origin.hint)
  } else {
    throw error
  }
}

function fail(cause: string): void {
  console.error(`EAL: Error - exiting with code: 1\n  Cause: ${cause}`)
  process.exitCode = 1
}
