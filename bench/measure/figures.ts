/** Quantities that are measured for themselves: times, bytes, losses. Ratios of speed are in comparison.ts. */

import { relativeSpread, type Spread, spreadOf } from './statistics.js'

/** One quantity of one subject, measured several times. */
export interface Figure {
  /** What was measured: a program, a way to wait, a load. */
  subject: string
  quantity: string
  unit: string
  samples: number[]
  target?: Limit
  /** A ratio of two contenders, pair by pair: it counts under the same rule as a comparison's. */
  isRatio?: boolean
  /** A sum over all of a run, of which there is one. */
  isTotal?: boolean
}

export type Limit = { atMost: number } | { atLeast: number }

/** Figures that were measured together. */
export interface FigureTable {
  id: string
  title: string
  /** How it was measured, and what has to be known to read it: a sentence each. */
  notes: string[]
  figures: Figure[]
}

export type Verdict = 'met' | 'MISSED' | 'open'

/** So many samples, and a ratio no wider than this: otherwise nothing is said about a target. */
export const FEWEST_SAMPLES = 5
export const FEWEST_PAIRS = 7
export const WIDEST_SPREAD = 0.1

/** Whether a ratio may be relied on. */
export function ratioCounts(ratio: Spread | undefined): boolean {
  return ratio !== undefined && ratio.count >= FEWEST_PAIRS && relativeSpread(ratio) <= WIDEST_SPREAD
}

/**
 * Whether a figure may be relied on: a ratio as in comparisons; with a target, if the middle half of the samples is on one
 * side of it. A maximum or a wake-up is wide by nature, and yet may be clear of its target.
 */
export function figureCounts({ samples, target, isRatio, isTotal }: Figure): boolean {
  if (samples.length === 0) return false
  const spread = spreadOf(samples)
  if (isTotal) return true
  if (isRatio) return ratioCounts(spread)
  if (spread.count < FEWEST_SAMPLES) return false
  return target === undefined || isWithin(spread.lower, target) === isWithin(spread.upper, target)
}

export function verdictOf(figure: Figure): Verdict | undefined {
  if (figure.target === undefined) return undefined
  if (!figureCounts(figure)) return 'open'
  return isWithin(spreadOf(figure.samples).median, figure.target) ? 'met' : 'MISSED'
}

function isWithin(value: number, limit: Limit): boolean {
  return 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast
}
