import type { Contender } from '../contenders/contender.js'
import { ratioCounts } from './figures.js'
import { type Spread, spreadOf } from './statistics.js'

/**
 * How near the two CPUs are to each other, by the round trip of a cache line around the sample: the host of a virtual
 * machine places them together or apart, for seconds at a time, and a ring between them has half the speed then.
 */
export type Distance = 'near' | 'far' | 'mixed'

const FAR_NANOSECONDS = 300

export interface Sample {
  contender: string
  round: number
  distance: Distance
  /** Nanoseconds, before the sample and after. */
  roundTripBefore: number
  roundTripAfter: number
  seconds: number
  packets: number
  packetsPerSecond: number
  /** What came while the devices' queues were full, where they count it. */
  missed: number
  /** Of the packets that the last device has sent, in nanoseconds, where it measures that. */
  latency?: Latency
  /** Over what the devices were sent first; 0 where they do not compute it. */
  checksum: number
}

export interface Latency {
  packets: number
  p50: number
  p99: number
  p999: number
  max: number
}

/** What has to be reached, against the first contender. */
export interface Target {
  contender: string
  ratio: number
}

/** Contenders that did the same, in turns. The first is the measure of the others. */
export interface Comparison {
  id: string
  title: string
  samples: Sample[]
  contenders: string[]
  targets: Target[]
  /** The first contender does less than the others: what it sends is not compared with theirs. */
  firstDoesLess: boolean
  /** Whether what the contenders did to the same frames has the same checksum, where the devices compute one. */
  checksumsAgree: boolean | undefined
}

export interface Rounds {
  minimum: number
  maximum: number
  settleMilliseconds: number
  windowMilliseconds: number
}

/** Lets contenders take turns until the ratios are steady, or there have been enough rounds. They are ended afterwards. */
export async function compare(
  description: Pick<Comparison, 'id' | 'title'> & Partial<Pick<Comparison, 'targets' | 'firstDoesLess'>>,
  start: readonly (() => Promise<Contender>)[],
  rounds: Rounds,
): Promise<Comparison> {
  const contenders: Contender[] = []
  const samples: Sample[] = []
  try {
    for (const one of start) contenders.push(await one())
    const names = contenders.map(({ name }) => name)
    for (let round = 0; round < rounds.maximum; round++) {
      if (round >= rounds.minimum && isSteady(samples, names)) break
      for (const contender of contenders) {
        const sample = contender.sample(rounds.settleMilliseconds, rounds.windowMilliseconds)
        samples.push({ contender: contender.name, round, distance: distanceOf(sample), ...sample })
      }
    }
    const { targets = [], firstDoesLess = false } = description
    const compared = samples.filter(({ contender }) => !firstDoesLess || contender !== names[0])
    return {
      ...description,
      targets,
      firstDoesLess,
      samples,
      contenders: names,
      checksumsAgree: checksumsAgree(compared),
    }
  } finally {
    for (const contender of contenders) await contender.stop()
  }
}

export type Measured = Omit<Sample, 'contender' | 'round' | 'distance'>

export function distanceOf({ roundTripBefore, roundTripAfter }: Measured): Distance {
  const before = roundTripBefore < FAR_NANOSECONDS
  return before !== roundTripAfter < FAR_NANOSECONDS ? 'mixed' : before ? 'near' : 'far'
}

/** Packets per second of a contender's samples at a distance. */
export function ratesOf(
  samples: readonly Sample[],
  contender: string,
  distance: Distance,
): Spread | undefined {
  const values = samples
    .filter((sample) => sample.contender === contender && sample.distance === distance)
    .map(({ packetsPerSecond }) => packetsPerSecond)
  return values.length === 0 ? undefined : spreadOf(values)
}

/** A contender's speed as a multiple of another's, by rounds in which both were measured at the same distance. */
export function ratiosOf(
  samples: readonly Sample[],
  contender: string,
  against: string,
  distance: Distance,
): Spread | undefined {
  const find = (name: string, round: number) =>
    samples.find((s) => s.contender === name && s.round === round && s.distance === distance)
  const values = [...new Set(samples.map(({ round }) => round))].flatMap((round) => {
    const [own, other] = [find(contender, round), find(against, round)]
    return own && other ? [own.packetsPerSecond / other.packetsPerSecond] : []
  })
  return values.length === 0 ? undefined : spreadOf(values)
}

function isSteady(samples: readonly Sample[], [first, ...others]: readonly string[]): boolean {
  return others.every((name) =>
    (['near', 'far'] as const).some((distance) =>
      ratioCounts(ratiosOf(samples, name, first as string, distance)),
    ),
  )
}

function checksumsAgree(samples: readonly Sample[]): boolean | undefined {
  const last = new Map(samples.filter(({ checksum }) => checksum !== 0).map((s) => [s.contender, s.checksum]))
  return last.size < 2 ? undefined : new Set(last.values()).size === 1
}
