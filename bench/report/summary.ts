/** A comparison as lines of text. */

import {
  type Comparison,
  counts,
  type Distance,
  ratesOf,
  ratiosOf,
  type Target,
} from '../measure/comparison.ts'
import { relativeSpread, type Spread } from '../measure/statistics.ts'

/** What is said of one contender at one distance. */
export interface Row {
  contender: string
  distance: Distance
  rate: Spread
  ratio: Spread | undefined
  /** Whether the ratio is steady enough to count; the first contender has none. */
  counts: boolean
  target: Target | undefined
}

export const DISTANCES: readonly Distance[] = ['near', 'far']

export function rowsOf({ samples, contenders, targets }: Comparison): Row[] {
  const first = contenders[0] as string
  return DISTANCES.flatMap((distance) =>
    contenders.flatMap((contender): Row[] => {
      const rate = ratesOf(samples, contender, distance)
      if (rate === undefined) return []
      const ratio = contender === first ? undefined : ratiosOf(samples, contender, first, distance)
      const target = targets.find((one) => one.contender === contender)
      return [{ contender, distance, rate, ratio, counts: counts(ratio), target }]
    }),
  )
}

export function summarize(comparison: Comparison): string {
  const { title, checksumsAgree } = comparison
  const rows = rowsOf(comparison).map((row) => `  ${rowText(row)}`)
  const agree = { true: ['  checksums agree'], false: ['  CHECKSUMS DIFFER'], undefined: [] }[
    `${checksumsAgree}`
  ]
  return [`\n${title}`, ...rows, ...agree].join('\n')
}

function rowText({ contender, distance, rate, ratio, counts, target }: Row): string {
  const name = `${contender.padEnd(24)} ${distance.padEnd(5)}`
  const speed = `${millions(rate.median).padStart(6)} Mpps [${millions(rate.lower)}, ${millions(rate.upper)}]`
  return [name, speed, ratio && ratioText(ratio, counts), target && verdict(ratio, counts, target)]
    .filter(Boolean)
    .join('  ')
}

export function ratioText(ratio: Spread, counts: boolean): string {
  const spread = `${(relativeSpread(ratio) * 100).toFixed(0)} % spread, ${ratio.count} pairs`
  return `${ratio.median.toFixed(2)} × (${spread}${counts ? '' : ': does not count'})`
}

export function verdict(ratio: Spread | undefined, counts: boolean, target: Target): string {
  if (ratio === undefined || !counts) return `target ${target.ratio}: open`
  return `target ${target.ratio}: ${ratio.median >= target.ratio ? 'met' : 'MISSED'}`
}

export function millions(packetsPerSecond: number): string {
  return (packetsPerSecond / 1e6).toFixed(1)
}
