import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../machine.js'
import type { Comparison } from '../measure/comparison.js'
import type { FigureTable } from '../measure/figures.js'
import { toMarkdown } from './markdown.js'
import { writePlots } from './plots.js'

export interface Results {
  machine: Machine
  short: boolean
  comparisons: Comparison[]
  tables: FigureTable[]
}

/** Writes results.json, with every sample, results.md for people, and its plots. */
export function writeResults(directory: string, results: Results): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'results.json'), `${JSON.stringify(results)}\n`)
  writeFileSync(join(directory, 'results.md'), toMarkdown(results, writePlots(directory, results)))
}
