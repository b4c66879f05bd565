// How it ends when it cannot go on: as DPDK's own programs do, and with what this library knows besides.

import { DpdkError } from 'dpdk-node'
import { usage } from './usage.js'

/** Ends the program, as `rte_exit` does. Its message is the cause. */
export class FatalError extends Error {}

/** Something is wrong with the arguments behind `--`. */
export class UsageError extends Error {}

export function report(error: unknown): void {
  if (error instanceof UsageError) {
    console.error(error.message)
    console.error(usage)
    fail('Invalid L3FWD parameters')
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
