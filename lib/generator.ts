import type { NativeGeneratorCounts, NativeGeneratorOptions, NativePace } from './addon.js'
import { setTimeout } from './clock.js'
import { type RateOptions, resolveRate } from './generator/rate.js'
import { loadRecording } from './generator/replay.js'
import { Seeds } from './generator/seeds.js'
import { compileStream, type StreamOptions } from './generator/stream.js'
import { orderByWeight } from './generator/weights.js'
import type { CaptureSource } from './pcap/read.js'
import { type Runtime, runtime } from './runtime.js'
import { snapshot } from './snapshot.js'
import { checkArray, checkInteger, checkNumber, checkOptions, invalidType, invalidValue } from './validate.js'

interface CommonOptions {
  /** How fast. Default for streams: as fast as it goes. */
  rate?: RateOptions
  /** Packets that go together, at the moment at which the first of them is due. Default: 1. */
  burst?: number
  /** It ends after so many. Default: never. */
  packets?: number
  /** It ends after so long. Default: never. */
  seconds?: number
  /** Which lcore makes and sends them. Default: the one that polls the port's first receive queue. */
  lcore?: number
}

export interface GenerateOptions extends CommonOptions {
  streams: readonly StreamOptions[]
  /** For random values: the same seed makes the same packets. Default: 0. */
  seed?: number | bigint
}

export interface ReplayOptions extends CommonOptions {
  /** How much faster than recorded; `Infinity`: as fast as it goes. Instead of a `rate`. Default: 1. */
  speed?: number
  /** How often it is sent; `Infinity`: for ever. Default: 1. */
  loops?: number
  /** The recording is sent from memory: of more bytes than this it is refused. Default: 268435456, 256 MiB. */
  maximumBytes?: number
  /** Ends the reading. */
  signal?: AbortSignal
}

/** Packets unless something else is said. generated = accepted + rejectedFull + rejectedTooLong + rejectedClosed. */
export interface GeneratorStatistics {
  generated: bigint
  /** By the device. */
  accepted: bigint
  /** The device's queue had no room. */
  rejectedFull: bigint
  /** Longer than the MTU allows. */
  rejectedTooLong: bigint
  /** The port was stopped. */
  rejectedClosed: bigint
  /** Times that the pool had no buffer; what was due then was made later. */
  noBuffer: bigint
  /** Times that it was more than 100 ms late, because of the device or the lcore, and gave up to make up for it. */
  behind: bigint
  /** Bytes of those generated, without frame check sequences. */
  bytes: bigint
  /** From the first packet to the latest, by the lcore's clock. */
  seconds: number
  /** Whether it has made all that it was to make. */
  finished: boolean
  streams: { generated: bigint; bytes: bigint }[]
  toJSON(): unknown
}

/** What a generator is to know of its port. */
export interface GeneratorPort {
  readonly id: number
  /** Bytes of a frame that fit into a buffer. */
  readonly longestFrame: number
  /** Of the link, in Mbit/s. */
  linkSpeed(): Promise<number>
  onEnd(generator: TrafficGenerator): void
}

const COMMON_NAMES = ['rate', 'burst', 'packets', 'seconds', 'lcore']
const GENERATE_NAMES = [...COMMON_NAMES, 'streams', 'seed']
const REPLAY_NAMES = [...COMMON_NAMES, 'speed', 'loops', 'maximumBytes', 'signal']
const POLL_MILLISECONDS = 2

/**
 * Makes packets on an lcore and sends them by a port: made by `port.generate` and `port.replay`. JavaScript is not asked
 * for any of them. It begins at once, and ends by itself where `packets`, `seconds` or `loops` say so.
 *
 * @see docs/generator.md
 */
export class TrafficGenerator {
  readonly #runtime: Runtime
  readonly #port: GeneratorPort
  readonly #id: number
  #last: NativeGeneratorCounts | undefined
  #stopping: Promise<GeneratorStatistics> | undefined
  #finishing: Promise<GeneratorStatistics> | undefined

  private constructor(runtime: Runtime, port: GeneratorPort, id: number) {
    this.#runtime = runtime
    this.#port = port
    this.#id = id
  }

  /** @internal */
  static async generate(port: GeneratorPort, options: GenerateOptions): Promise<TrafficGenerator> {
    checkOptions('options', options, GENERATE_NAMES)
    const seeds = new Seeds(checkSeed(options.seed ?? 0))
    const streams = checkArray('options.streams', options.streams, (_, stream) => stream as StreamOptions)
    if (streams.length === 0) throw invalidValue('options.streams', 'at least one stream', streams)
    const compiled = streams.map((stream, index) =>
      compileStream(`options.streams[${index}]`, stream, index, port.longestFrame, seeds),
    )
    const order = orderByWeight(
      'options.streams',
      compiled.map(({ weight }) => weight),
    )
    const rate = await resolveRate('options.rate', options.rate, () => port.linkSpeed())
    return TrafficGenerator.#start(port, {
      ...resolveCommon(options, rate),
      streams: compiled.map(({ native }) => native),
      order,
      replay: undefined,
    })
  }

  /** @internal */
  static async replay(
    port: GeneratorPort,
    source: CaptureSource,
    options: ReplayOptions,
  ): Promise<TrafficGenerator> {
    checkOptions('options', options, REPLAY_NAMES)
    const { speed, loops = 1, maximumBytes = 2 ** 28, signal } = options
    if (speed !== undefined && options.rate !== undefined) {
      throw invalidValue('options.speed', 'left out when there is a rate', speed)
    }
    const times = { minimum: 1e-6, maximum: Number.POSITIVE_INFINITY, unit: 'times as fast as recorded' }
    const faster = checkNumber('options.speed', speed ?? 1, times)
    const isTimed = options.rate === undefined && Number.isFinite(faster)
    const bytes = { minimum: 1, maximum: 2 ** 31, unit: 'bytes' }
    const settings = {
      speed: isTimed ? faster : undefined,
      loops: loops === Number.POSITIVE_INFINITY ? 0 : checkCount('options.loops', loops),
      maximumBytes: checkInteger('options.maximumBytes', maximumBytes, bytes),
      longest: port.longestFrame,
      signal,
    }
    const rate = await resolveRate('options.rate', options.rate, () => port.linkSpeed())
    const common = resolveCommon(options, rate)
    const replay = await loadRecording(source, settings)
    return TrafficGenerator.#start(port, { ...common, streams: [], order: new Uint16Array(), replay })
  }

  static async #start(port: GeneratorPort, options: NativeGeneratorOptions): Promise<TrafficGenerator> {
    const current = runtime()
    return new TrafficGenerator(current, port, await current.addon.generatorStart(port.id, options))
  }

  /** Until it has finished or was stopped. */
  get isRunning(): boolean {
    return this.#last === undefined && !this.#runtime.addon.generatorCounts(this.#id).finished
  }

  /** What it has done so far; after the end, all of it. */
  stats(): GeneratorStatistics {
    return statistics(this.#last ?? this.#runtime.addon.generatorCounts(this.#id))
  }

  /** Waits until it has made all that it was to make, or was stopped. */
  finished(): Promise<GeneratorStatistics> {
    this.#finishing ??= this.#waitForEnd()
    return this.#finishing
  }

  /**
   * Ends it: no packet of it is on its way any more, except in the device. Harmless when repeated.
   *
   * @returns what it has done
   */
  stop(): Promise<GeneratorStatistics> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #waitForEnd(): Promise<GeneratorStatistics> {
    while (this.isRunning) await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS))
    return this.stop()
  }

  async #stop(): Promise<GeneratorStatistics> {
    this.#last = await this.#runtime.addon.generatorStop(this.#id)
    this.#port.onEnd(this)
    return this.stats()
  }
}

function resolveCommon(
  { burst = 1, packets, seconds, lcore }: CommonOptions,
  cost: Omit<NativePace, 'burst' | 'durationSeconds'>,
): Pick<NativeGeneratorOptions, 'lcore' | 'pace' | 'packets'> {
  const { lcores } = runtime()
  if (lcore !== undefined && !lcores.some(({ id }) => id === lcore)) {
    throw invalidValue('options.lcore', `one of the lcores ${lcores.map(({ id }) => id).join(', ')}`, lcore)
  }
  const duration = { minimum: 0.001, maximum: 1e7, unit: 'seconds' }
  return {
    lcore,
    pace: {
      ...cost,
      burst: checkInteger('options.burst', burst, { minimum: 1, maximum: 65535, unit: 'packets' }),
      durationSeconds: seconds === undefined ? 0 : checkNumber('options.seconds', seconds, duration),
    },
    packets: packets === undefined ? 0 : checkCount('options.packets', packets),
  }
}

function checkCount(name: string, count: number): number {
  return checkInteger(name, count, { minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
}

function checkSeed(seed: unknown): number | bigint {
  if (typeof seed === 'bigint' && seed >= 0n) return seed
  if (Number.isSafeInteger(seed) && (seed as number) >= 0) return seed as number
  throw invalidType('options.seed', 'an integer that is not negative', seed)
}

function statistics({
  counters,
  elapsedSeconds,
  finished,
  streams,
}: NativeGeneratorCounts): GeneratorStatistics {
  const { owned, ...packets } = counters
  const bytes = streams.reduce((sum, stream) => sum + stream.bytes, 0n)
  return snapshot({ ...packets, bytes, seconds: elapsedSeconds, finished, streams })
}
