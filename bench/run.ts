/**
 * Measures this library against what does the same: `npm run bench`. results.md says how, and what the figures mean.
 *
 *   --short          few and short samples, to see that all of it works: ratios, but no verdicts
 *   --only NAMES     of the suites below
 *   --minutes N      of the endurance run, which then takes that long; default: one, within the 15 of all
 *   --results DIR    where results.md, results.json and plots go; default: bench
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine, withHugepages } from './machine.js'
import type { Comparison, Rounds } from './measure/comparison.js'
import type { FigureTable } from './measure/figures.js'
import { summarize } from './report/summary.js'
import { writeResults } from './report/write.js'
import type { Extent, Suite } from './suites/suite.js'

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    minutes: { type: 'string' },
    results: { type: 'string', default: fileURLToPath(new URL('.', import.meta.url)) },
  },
})

const ROUNDS: Rounds = options.short
  ? { minimum: 3, maximum: 3, settleMilliseconds: 30, windowMilliseconds: 60 }
  : { minimum: 9, maximum: 25, settleMilliseconds: 40, windowMilliseconds: 120 }

/** Contenders are alive side by side, each with a pool of its own. */
const HUGEPAGES = 700

const setup = spawnSync(fileURLToPath(new URL('setup', import.meta.url)), { stdio: 'inherit' })
if (setup.status !== 0) process.exit(setup.status ?? 1)

// What they import is built by the set-up.
const { native } = await import('./suites/native.js')
const { handlers } = await import('./suites/handlers.js')
const { peers } = await import('./suites/peers.js')
const { latency } = await import('./suites/latency.js')
const { endurance } = await import('./suites/endurance.js')
const { footprint } = await import('./suites/footprint.js')
const suites: Record<string, Suite> = {
  native: ({ rounds }) => native(rounds),
  handlers: ({ rounds }) => handlers(rounds),
  peers,
  latency,
  footprint,
  endurance,
}
const extent: Extent = {
  rounds: ROUNDS,
  short: options.short,
  minutes: options.minutes === undefined ? undefined : Number(options.minutes),
}

const wanted = options.only?.split(',') ?? Object.keys(suites)
for (const name of wanted) suiteOf(name)
const machine = describeMachine()
const started = Date.now()
const comparisons: Comparison[] = []
const tables: FigureTable[] = []
try {
  await withHugepages(HUGEPAGES, async () => {
    for (const name of wanted) {
      for await (const result of suiteOf(name)(extent)) {
        if ('figures' in result) tables.push(result)
        else comparisons.push(result)
        console.log(summarize(result))
      }
    }
  })
} finally {
  // Also what was measured before something failed.
  writeResults(options.results, { machine, short: options.short, comparisons, tables })
}
console.log(
  `\n${comparisons.length + tables.length} results in ${Math.round((Date.now() - started) / 1000)} s: ${options.results}`,
)

function suiteOf(name: string): Suite {
  const suite = suites[name]
  if (suite === undefined) throw new Error(`--only ${name}: there are ${Object.keys(suites).join(', ')}`)
  return suite
}
