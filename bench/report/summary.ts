/** Comparisons and tables of figures as lines of text. */

import { type Comparison, type Distance, ratesOf, ratiosOf, type Target } from '../measure/comparison.js'
import {
  type Figure,
  type FigureTable,
  figureCounts,
  type Limit,
  ratioCounts,
  type Verdict,
  verdictOf,
} from '../measure/figures.js'
import { relativeSpread, type Spread, spreadOf } from '../measure/statistics.js'

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
      return [{ contender, distance, rate, ratio, counts: ratioCounts(ratio), target }]
    }),
  )
}

export function summarize(result: Comparison | FigureTable): string {
  if ('figures' in result) return [`\n${result.title}`, ...result.figures.map(figureText)].join('\n')
  const { title, checksumsAgree } = result
  const agree = { true: ['  checksums agree'], false: ['  CHECKSUMS DIFFER'], undefined: [] }
  return [`\n${title}`, ...rowsOf(result).map(rowText), ...agree[`${checksumsAgree}`]].join('\n')
}

function rowText({ contender, distance, rate, ratio, counts, target }: Row): string {
  const name = `  ${contender.padEnd(24)} ${distance.padEnd(5)}`
  const speed = `${millions(rate.median).padStart(6)} Mpps [${millions(rate.lower)}, ${millions(rate.upper)}]`
  return [name, speed, ratio && ratioText(ratio, counts), target && targetText(ratio, counts, target)]
    .filter(Boolean)
    .join('  ')
}

function figureText(figure: Figure): string {
  const { subject, quantity, unit, samples, target } = figure
  const name = `  ${subject.padEnd(28)} ${quantity.padEnd(28)}`
  if (samples.length === 0) return `${name} no samples`
  const { median, lower, upper } = spreadOf(samples)
  const value = `${rounded(median).padStart(7)} ${unit} [${rounded(lower)}, ${rounded(upper)}]`
  const counts = figureCounts(figure) ? [] : [`${samples.length} samples: does not count`]
  return [
    name,
    value,
    ...counts,
    ...(target ? [`target ${limitText(target)}: ${verdictOf(figure)}`] : []),
  ].join('  ')
}

function ratioText(ratio: Spread, counts: boolean): string {
  return `${ratio.median.toFixed(2)} × (${spreadText(ratio)}${counts ? '' : ': does not count'})`
}

function targetText(ratio: Spread | undefined, counts: boolean, target: Target): string {
  return `target ${target.ratio}: ${verdict(ratio, counts, target)}`
}

export function spreadText(ratio: Spread): string {
  return `${(relativeSpread(ratio) * 100).toFixed(0)} % spread, ${ratio.count} pairs`
}

export function verdict(ratio: Spread | undefined, counts: boolean, target: Target): Verdict {
  if (ratio === undefined || !counts) return 'open'
  return ratio.median >= target.ratio ? 'met' : 'MISSED'
}

export function limitText(limit: Limit): string {
  return 'atMost' in limit ? `≤ ${limit.atMost}` : `≥ ${limit.atLeast}`
}

export function millions(packetsPerSecond: number): string {
  return (packetsPerSecond / 1e6).toFixed(1)
}

/** Three digits that say something; all of those in front of the point. */
export function rounded(value: number): string {
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(6, Math.max(0, 2 - magnitude)) })
}
