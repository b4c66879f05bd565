import type { NativeRing } from './addon.js'
import { concatenate } from './concatenate.js'
import { type Filter, PacketFilter } from './filter.js'
import { makeOutputs } from './handler.js'
import type { Batch } from './packet/batch.js'
import { HandlerRing } from './ring/handler-ring.js'
import { type Runtime, runtime } from './runtime.js'
import { snapshot } from './snapshot.js'
import {
  checkInteger,
  checkOptions,
  checkPowerOfTwo,
  checkString,
  invalidType,
  invalidValue,
} from './validate.js'

export interface CaptureOptions {
  /** Which packets, in the language of tcpdump, `arp or icmp`, or made by `filter`. Default: all. */
  filter?: Filter
  /** Bytes to copy of each packet, at most. Default: 65535, all. */
  snapLength?: number
  /** Packets that wait for the loop, at most; more are lost and counted. Default: 1024. */
  highWaterMark?: number
  /** One receive queue only. Default: all of the port. */
  queue?: number
  /** Copies that an lcore can have on their way to JavaScript, for each queue: a power of two. Default: 1024. */
  ringSize?: number
  /** Ends it: the loop throws the signal's reason. */
  signal?: AbortSignal
}

/** A copy of a packet; it belongs to whoever gets it. */
export interface CapturedPacket {
  readonly bytes: Uint8Array
  /** Bytes on the wire, more than `bytes` has when `snapLength` cut it. */
  readonly length: number
  /** Id of the port that received it. */
  readonly port: number
  /** The receive queue. */
  readonly queue: number
  /** Milliseconds since 1970, with fractions: when JavaScript read it, not when it came. */
  readonly timestamp: number
}

/** In packets. matched = captured + the lost ones + those on their way. */
export interface CaptureCounters {
  /** Came through the filter. */
  matched: bigint
  /** Reached JavaScript in time. */
  captured: bigint
  /** Lost: the loop was behind by `highWaterMark`. */
  lostWaiting: bigint
  /** Lost: JavaScript was behind by a whole ring. */
  lostInRing: bigint
  /** Lost: the pool had no buffer for a copy. */
  lostNoBuffer: bigint
  toJSON(): unknown
}

interface Waiter {
  resolve(result: IteratorResult<CapturedPacket, undefined>): void
  reject(error: unknown): void
}

type Result = IteratorResult<CapturedPacket, undefined>

const DONE: Result = { done: true, value: undefined }

/**
 * A look at what a port receives, whether or not a program runs on it: copies, to be read at leisure. Made by
 * `port.rx.capture()`. It starts at once, and ends with the loop, with `return()`, the signal, or the port.
 *
 * Without a program, packets would wait in the device; a capture takes them out, and drops them behind its copies.
 *
 * @example
 * ```ts
 * for await (const { bytes, length } of port.rx.capture({ filter: 'arp', snapLength: 64 })) {
 *   console.log(length, Buffer.from(bytes).toString('hex'))
 * }
 * ```
 */
export class Capture implements AsyncIterableIterator<CapturedPacket> {
  /** Packets are copied from now on. Rejects as the loop does, for example when the filter is not one. */
  readonly started: Promise<void>
  readonly #runtime: Runtime
  readonly #port: number
  readonly #onEnd: (capture: Capture) => void
  readonly #settings: CaptureSettings
  readonly #natives: NativeRing[] = []
  readonly #rings: HandlerRing[] = []
  readonly #packets: CapturedPacket[] = []
  readonly #waiters: Waiter[] = []
  #captured = 0n
  #lostWaiting = 0n
  #failure: { error: unknown } | undefined
  #ending: Promise<void> | undefined
  #finalCounters: CaptureCounters | undefined

  /** @internal */
  constructor(
    port: number,
    queues: readonly number[],
    options: CaptureOptions,
    onEnd: (capture: Capture) => void,
  ) {
    this.#runtime = runtime()
    this.#port = port
    this.#onEnd = onEnd
    this.#settings = resolveCaptureOptions(options, queues)
    this.started = this.#start()
    // Whoever iterates is told; who does not, is not to lose the process.
    this.started.catch(() => {})
    const { signal } = this.#settings
    const abort = () => this.#fail(signal?.reason)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Result> {
    await this.started
    const packet = this.#packets.shift()
    if (packet !== undefined) return { done: false, value: packet }
    if (this.#ending !== undefined) {
      await this.#ending.catch(() => {})
      if (this.#failure !== undefined) throw this.#takeFailure()
      return DONE
    }
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  /** Ends it; what waits is thrown away. Called when a loop is left. Harmless when repeated. */
  async return(): Promise<Result> {
    this.#packets.length = 0
    await this.#end()
    return DONE
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** What became of the packets so far; after the end, of all of them. */
  async counters(): Promise<CaptureCounters> {
    await this.started
    return this.#finalCounters ?? this.#count()
  }

  async #start(): Promise<void> {
    const { addon } = this.#runtime
    const { queues, filter, snapLength, ringSize } = this.#settings
    try {
      for (const queue of queues) {
        const ring = await addon.captureStart(this.#port, queue, { filter, snapLength, ringSize })
        this.#natives.push(ring)
        this.#serve(ring)
      }
    } catch (error) {
      // Not awaited: it waits for this.
      void this.#end().catch(() => {})
      throw error
    }
  }

  #serve(native: NativeRing): void {
    const { addon, arena, consumer } = this.#runtime
    const ring = new HandlerRing({
      arena,
      ring: native,
      handler: (batch) => this.#read(batch),
      outputs: makeOutputs([]),
      batchLimit: 64,
      wakeLcore: addon.lcoreWake,
      onFailure: (failure) => this.#fail('error' in failure ? failure.error : undefined),
    })
    this.#rings.push(ring)
    consumer.attach(ring)
  }

  #read(batch: Batch): void {
    const timestamp = performance.timeOrigin + performance.now()
    for (const packet of batch) {
      packet.drop()
      const waiter = this.#waiters.shift()
      if (waiter === undefined && this.#packets.length >= this.#settings.highWaterMark) {
        this.#lostWaiting++
        continue
      }
      this.#captured++
      const { port, queue, wireLength: length, segments } = packet
      const value = { bytes: concatenate(segments), length, port, queue, timestamp }
      if (waiter === undefined) this.#packets.push(value)
      else waiter.resolve({ done: false, value })
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#packets.length = 0
    void this.#end().catch(() => {})
  }

  /** Once: afterwards the loop just ends. */
  #takeFailure(): unknown {
    const error = this.#failure?.error
    this.#failure = undefined
    return error
  }

  #end(): Promise<void> {
    this.#ending ??= this.#stop()
    return this.#ending
  }

  async #stop(): Promise<void> {
    const { addon, consumer } = this.#runtime
    // A queue that is just being started is stopped with the others.
    await this.started.catch(() => {})
    try {
      this.#finalCounters = await this.#count()
      for (const { id } of this.#natives) await addon.captureStop(id)
    } finally {
      for (const ring of this.#rings.splice(0)) {
        consumer.detach(ring)
        ring.close()
      }
      this.#onEnd(this)
      // Only now: another capture may follow.
      for (const waiter of this.#waiters.splice(0)) {
        if (this.#failure === undefined) waiter.resolve(DONE)
        else waiter.reject(this.#takeFailure())
      }
    }
  }

  async #count(): Promise<CaptureCounters> {
    const { entries } = await this.#runtime.addon.audit()
    const queues = this.#natives.map(({ queue }) => queue)
    const own = entries.filter(
      ({ kind, port, queue }) => kind === 'capture' && port === this.#port && queues.includes(queue ?? -1),
    )
    const sum = (name: string) => own.reduce((total, { counts }) => total + (counts[name] ?? 0n), 0n)
    return snapshot({
      matched: sum('matched'),
      captured: this.#captured,
      lostWaiting: this.#lostWaiting,
      lostInRing: sum('overflow'),
      lostNoBuffer: sum('notCopied'),
    })
  }
}

interface CaptureSettings {
  queues: readonly number[]
  filter: string | undefined
  snapLength: number
  ringSize: number
  highWaterMark: number
  signal: AbortSignal | undefined
}

function resolveCaptureOptions(options: CaptureOptions, queues: readonly number[]): CaptureSettings {
  const known = ['filter', 'snapLength', 'highWaterMark', 'queue', 'ringSize', 'signal']
  checkOptions('options', options, known)
  const { filter, queue, signal, snapLength = 65535, highWaterMark = 1024, ringSize = 1024 } = options
  if (queue !== undefined && !queues.includes(queue)) {
    throw invalidValue('options.queue', `one of the receive queues ${queues.join(', ')}`, queue)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidType('options.signal', 'an AbortSignal', signal)
  }
  return {
    queues: queue === undefined ? queues : [queue],
    filter:
      filter === undefined
        ? undefined
        : checkString('options.filter', filter instanceof PacketFilter ? filter.expression : filter),
    snapLength: checkInteger('options.snapLength', snapLength, {
      minimum: 1,
      maximum: 65535,
      unit: 'bytes',
    }),
    ringSize: checkPowerOfTwo('options.ringSize', ringSize, { minimum: 64, maximum: 32768 }),
    highWaterMark: checkInteger('options.highWaterMark', highWaterMark, { minimum: 1, maximum: 2 ** 24 }),
    signal,
  }
}
