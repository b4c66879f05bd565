/** What a handler Worker and the thread that started it say to each other. */

import type { NativeRing } from './addon.js'
import type { SharedMemory } from './arena.js'
import { DpdkError } from './errors.js'
import type { Decision } from './handler-observer.js'
import type { WaitPolicy } from './ring/consumer.js'

/** `workerData`. */
export interface WorkerStart {
  memory: SharedMemory
  wait: WaitPolicy
  /** CPUs that the thread may use. */
  cpus: readonly number[]
}

export interface HandlerModule {
  /** Its URL. */
  module: string
  /** Names, in the order of the lcore's table. */
  outputs: readonly string[]
  batchLimit: number
  data: unknown
}

/** Each gets one reply. `handler` is a number that the parent gives to a handler. */
export type WorkerRequest =
  | ({ kind: 'load'; handler: number } & HandlerModule)
  | { kind: 'attach'; handler: number; rings: readonly NativeRing[]; observed: boolean }
  | { kind: 'unload'; handler: number }
  | { kind: 'ping' }
  | { kind: 'stop' }

export type ToWorker =
  | { kind: 'request'; id: number; request: WorkerRequest }
  | { kind: 'message'; handler: number; message: unknown }

export type FromWorker =
  | { kind: 'ready'; consumer: number; cpus: number[] }
  | { kind: 'reply'; id: number; error?: PlainError }
  | { kind: 'error'; handler: number; error: PlainError }
  | { kind: 'message'; handler: number; message: unknown }
  | { kind: 'decided'; port: number; decisions: Decision[] }

/** An error between threads, where only plain values survive. */
export interface PlainError {
  message: string
  code: string
  hint: string | undefined
  cause: { name: string; message: string; stack: string | undefined } | undefined
}

export function packError(error: unknown): PlainError {
  const cause = error instanceof DpdkError ? error.cause : error
  return {
    message: error instanceof Error ? error.message : String(error),
    code: error instanceof DpdkError ? error.code : 'ERR_DPDK_WORKER_FAILED',
    hint: error instanceof DpdkError ? error.hint : undefined,
    cause: cause === undefined ? undefined : packCause(cause),
  }
}

function packCause(cause: unknown): PlainError['cause'] {
  if (!(cause instanceof Error)) return { name: 'Error', message: String(cause), stack: undefined }
  return { name: cause.name, message: cause.message, stack: cause.stack }
}

export function unpackError({ message, code, hint, cause }: PlainError): DpdkError {
  if (cause === undefined) return new DpdkError(message, { code, hint })
  const original = new Error(cause.message)
  original.name = cause.name
  if (cause.stack !== undefined) original.stack = cause.stack
  return new DpdkError(message, { code, hint, cause: original })
}
