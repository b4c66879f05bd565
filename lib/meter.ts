import type { Addon, NativeMeasurement, NativeStreamMeasurement } from './addon.js'
import { DpdkError } from './errors.js'
import { type Latency, percentile } from './latency.js'
import { runtime } from './runtime.js'
import { snapshot } from './snapshot.js'
import { checkInteger, checkOptions, checkPowerOfTwo } from './validate.js'

/** What arrived of a stream of numbered packets. */
export interface StreamMeasurement {
  /** Packets, all of them. */
  received: bigint
  bytes: bigint
  /** Between the first and the highest sequence number that came, those that did not. What is lost at the end, only the sender knows. */
  lost: bigint
  /** Came behind one with a higher sequence number. @see RFC 4737 */
  reordered: bigint
  /** Came again, within the window. */
  duplicates: bigint
  /** Came when the window was over: late, and then also `lost`, or again. */
  tooOld: bigint
  /** Sequence numbers; undefined when nothing came. */
  first: bigint | undefined
  highest: bigint | undefined
  /** From the making of a packet to the burst in which the sink saw it; undefined without timestamps of this machine. */
  latency: Latency | undefined
}

export interface Measurement {
  /** By their numbers. */
  streams: StreamMeasurement[]
  /** Packets without a probe, or with a stream's number that is not measured. */
  others: { packets: bigint; bytes: bigint }
  toJSON(): unknown
}

export interface MeterOptions {
  /** How many streams: their numbers are from 0 on. Default: 16. */
  streams?: number
  /** How many sequence numbers back a packet is still known: a power of two. Default: 1024. */
  window?: number
}

/**
 * Measures streams that a generator has numbered: loss, duplicates, reordering, latency. The action `sink` takes their
 * packets; one meter can serve the sinks of several ports and queues.
 *
 * @example
 * ```ts
 * const meter = await Meter.create()
 * await right.rx.run(sink({ meter }))
 * const generator = await left.generate({ streams: [{ frame: layers, probe: true }], packets: 1e6 })
 * await generator.finished()
 * console.log((await meter.read()).streams[0])
 * ```
 */
export class Meter {
  readonly #addon: Addon
  readonly #id: number
  #closed = false

  private constructor(addon: Addon, id: number) {
    this.#addon = addon
    this.#id = id
  }

  static async create(options: MeterOptions = {}): Promise<Meter> {
    checkOptions('options', options, ['streams', 'window'])
    const count = { minimum: 1, maximum: 1024, unit: 'streams' }
    const streams = checkInteger('options.streams', options.streams ?? 16, count)
    const numbers = { minimum: 64, maximum: 65536, unit: 'sequence numbers' }
    const window = checkPowerOfTwo('options.window', options.window ?? 1024, numbers)
    const { addon } = runtime()
    return new Meter(addon, await addon.meterCreate(streams, window))
  }

  /**
   * What was measured so far, also by sinks that have ended. With several queues, reordering and duplicates are those
   * within each queue: devices send what belongs together to the same one.
   */
  async read(): Promise<Measurement> {
    return measurement(await this.#addon.meterRead(this.id))
  }

  /** Forgets everything: the next packet of a stream is its first. */
  async reset(): Promise<void> {
    await this.#addon.meterReset(this.id)
  }

  /** Gives its memory back, once the programs that use it have stopped. Harmless when repeated. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#addon.meterFree(this.#id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal */
  get id(): number {
    if (!this.#closed) return this.#id
    throw new DpdkError('the meter is closed', { code: 'ERR_DPDK_METER_CLOSED' })
  }
}

function measurement({ streams, otherPackets, otherBytes, cyclesPerSecond }: NativeMeasurement): Measurement {
  return snapshot({
    streams: streams.map((stream) => streamMeasurement(stream, cyclesPerSecond)),
    others: { packets: otherPackets, bytes: otherBytes },
  })
}

function streamMeasurement(stream: NativeStreamMeasurement, cyclesPerSecond: number): StreamMeasurement {
  const { received, bytes, reordered, duplicates, tooOld, first, highest } = stream
  const isEmpty = received === 0n
  const came = received - duplicates - tooOld
  return {
    received,
    bytes,
    lost: isEmpty ? 0n : highest - first + 1n - came,
    reordered,
    duplicates,
    tooOld,
    first: isEmpty ? undefined : first,
    highest: isEmpty ? undefined : highest,
    latency: latency(stream, cyclesPerSecond),
  }
}

function latency(stream: NativeStreamMeasurement, cyclesPerSecond: number): Latency | undefined {
  const { timed, latencySum, latencyMinimum, latencyMaximum, latencies } = stream
  if (timed === 0n) return undefined
  const total = Number(timed)
  const minimum = Number(latencyMinimum)
  const maximum = Number(latencyMaximum)
  const nanoseconds = (cycles: number) => (cycles / cyclesPerSecond) * 1e9
  // A bucket's middle may be beyond the only value in it.
  const at = (share: number) =>
    nanoseconds(Math.min(maximum, Math.max(minimum, percentile(latencies, total, share))))
  return {
    packets: timed,
    minimum: nanoseconds(minimum),
    mean: nanoseconds(Number(latencySum) / total),
    median: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
    maximum: nanoseconds(maximum),
  }
}
