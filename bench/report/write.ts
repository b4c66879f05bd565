import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../machine.ts'
import type { Comparison } from '../measure/comparison.ts'

export interface Results {
  machine: Machine
  short: boolean
  comparisons: Comparison[]
}

/** Writes results.json, with every sample. */
export function writeResults(directory: string, results: Results): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'results.json'), JSON.stringify(results))
}
