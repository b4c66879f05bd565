import type { Contender } from '../contenders/contender.ts'
import { relativeSpread, type Spread, spreadOf } from './statistics.ts'

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
  /** Over what the devices were sent first; 0 where they do not compute it. */
  checksum: number
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

/** A ratio counts when so many pairs stand behind it, and the middle half of them is that close together. */
const PAIRS = 7
const WIDEST_SPREAD = 0.1

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
    const complete = { targets: [], firstDoesLess: false, ...description, samples, contenders: names }
    const compared = complete.firstDoesLess ? names.slice(1) : names
    return {
      ...complete,
      checksumsAgree: checksumsAgree(samples.filter((s) => compared.includes(s.contender))),
    }
  } finally {
    for (const contender of contenders) await contender.stop()
  }
}

export type Measured = Omit<Sample, 'contender' | 'round' | 'distance'>

function distanceOf({ roundTripBefore, roundTripAfter }: Measured): Distance {
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

/** Whether a ratio may be relied on. */
export function counts(ratio: Spread | undefined): boolean {
  return ratio !== undefined && ratio.count >= PAIRS && relativeSpread(ratio) <= WIDEST_SPREAD
}

function isSteady(samples: readonly Sample[], [first, ...others]: readonly string[]): boolean {
  return others.every((name) =>
    (['near', 'far'] as const).some((distance) => counts(ratiosOf(samples, name, first as string, distance))),
  )
}

function checksumsAgree(samples: readonly Sample[]): boolean | undefined {
  const last = new Map(samples.filter(({ checksum }) => checksum !== 0).map((s) => [s.contender, s.checksum]))
  return last.size < 2 ? undefined : new Set(last.values()).size === 1
}
