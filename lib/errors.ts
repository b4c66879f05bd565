/**
 * The errors that this library throws.
 *
 * - An argument that cannot be right: a `TypeError` or `RangeError` with Node's own `code`s; see `validate.ts`.
 * - Everything else, whether EAL, a driver, a device or the order of calls is at fault: a `DpdkError`.
 *
 * What happens to packets is never an error but a counter.
 */

import type { NativeError } from './addon.js'
import { diagnose } from './diagnosis.js'

export interface DpdkErrorDetails {
  code: string
  errno?: number | undefined
  syscall?: string | undefined
  hint?: string | undefined
  log?: readonly string[] | undefined
  cause?: unknown
}

/**
 * A call that DPDK, a driver or the operating system refused, or that came at the wrong time.
 *
 * @example
 * ```ts
 * try {
 *   await Port.open('net_tap0')
 * } catch (error) {
 *   if (error instanceof DpdkError) console.error(error.code, error.message, error.hint)
 * }
 * ```
 */
export class DpdkError extends Error {
  override readonly name: string = 'DpdkError'
  /** Stable, `ERR_DPDK_…`: made for comparing. */
  readonly code: string
  /** The positive error number, where a call reported one. It can lie; the log tells more. */
  declare readonly errno?: number
  /** The DPDK function that failed, for example `rte_eal_init`. */
  declare readonly syscall?: string
  /** What usually causes this and what to do about it, where that is known. */
  declare readonly hint?: string
  /** What EAL and the drivers logged during the call. */
  readonly log: readonly string[]

  constructor(message: string, details: DpdkErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = details.code
    if (details.errno !== undefined) this.errno = details.errno
    if (details.syscall !== undefined) this.syscall = details.syscall
    if (details.hint !== undefined) this.hint = details.hint
    this.log = details.log ?? []
  }
}

/** Makes a `DpdkError` of what the addon threw; anything else is returned as it is. */
export function fromNative(error: unknown): unknown {
  if (!isNativeError(error)) return error
  const diagnosis = diagnose(error.code, [...error.log, error.message])
  return new DpdkError(error.message, {
    code: diagnosis?.code ?? error.code,
    errno: error.errno,
    syscall: error.syscall,
    hint: diagnosis?.hint,
    log: error.log,
  })
}

function isNativeError(error: unknown): error is NativeError {
  if (!(error instanceof Error) || error instanceof DpdkError) return false
  const { code, log } = error as Partial<NativeError>
  return typeof code === 'string' && code.startsWith('ERR_DPDK_') && Array.isArray(log)
}
