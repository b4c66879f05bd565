/** What is said about a list of numbers. */

export interface Spread {
  count: number
  median: number
  /** A quarter of the values is below, a quarter above. */
  lower: number
  upper: number
  minimum: number
  maximum: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    lower: quantile(sorted, 0.25),
    upper: quantile(sorted, 0.75),
    minimum: sorted[0] ?? Number.NaN,
    maximum: sorted.at(-1) ?? Number.NaN,
  }
}

/** The distance of the quartiles, as a part of the median. */
export function relativeSpread({ lower, upper, median }: Spread): number {
  return (upper - lower) / median
}

/** Of sorted values; between two of them, in proportion. */
function quantile(sorted: readonly number[], part: number): number {
  const at = part * (sorted.length - 1)
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}
