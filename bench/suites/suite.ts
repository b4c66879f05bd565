import type { Comparison, Rounds } from '../measure/comparison.js'
import type { FigureTable } from '../measure/figures.js'

/** How much is measured. */
export interface Extent {
  rounds: Rounds
  /** Only to see that all of it works. */
  short: boolean
  /** Of the endurance run; undefined for what fits into a whole benchmark. */
  minutes: number | undefined
}

export type Suite = (extent: Extent) => AsyncGenerator<Comparison | FigureTable>
