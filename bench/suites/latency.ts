/** 4. How long a packet is with a handler: from the lcore's receive burst, through the ring and back, to its transmit burst. */

import type { Contender } from '../contenders/contender.js'
import { timed } from '../contenders/devices.js'
import { dpdkNode } from '../contenders/programs.js'
import { distanceOf, type Latency, type Sample } from '../measure/comparison.js'
import type { Figure, FigureTable, Limit } from '../measure/figures.js'
import { spreadOf } from '../measure/statistics.js'
import { DISTANCES } from '../report/summary.js'
import type { Extent } from './suite.js'

const THREADS = [
  { thread: 'spin', name: 'Worker, spinning' },
  { thread: 'block', name: 'Worker, waiting' },
  { thread: 'event', name: 'event loop' },
] as const
type Thread = (typeof THREADS)[number]['thread']

/** So seldom that whoever sleeps is asleep before the next packet. */
const IDLE_RATE = 2000
/** Parts of the highest rate. */
const LOADS = [0.1, 0.5, 0.9]
const SETTLE_MILLISECONDS = 100

const QUANTITIES = { p50: 'p50', p99: 'p99', p999: 'p99.9', max: 'maximum' } satisfies Partial<
  Record<keyof Latency, string>
>

const NOTES = [
  'Handler mac-swap, one lcore that spins; frames of 64 B come at even distances.',
  'The lcore takes the time (TSC) as its receive burst returns and as it transmits, so what is measured is the ring, the handler,',
  'and waiting for either; not the time in the device before the burst. Each value is off by 3 % at most.',
  `*Idle*: ${IDLE_RATE.toLocaleString('en-US')} packets per second, one at a time: a thread that waits has gone to sleep in between.`,
  'The loads are parts of the highest rate that the same thread has reached; where the CPUs were seen near and far, of the lower one.',
  'A sample is a window: p50 is the median of the windows’ medians.',
]

export async function* latency({ short }: Extent): AsyncGenerator<FigureTable> {
  for (const { thread, name } of THREADS) {
    const highest = await highestRate(thread, short ? 2 : 7)
    const loads = new Map([
      ['idle', IDLE_RATE],
      ...LOADS.map((part) => [`${part * 100} %`, part * highest] as const),
    ])
    const samples = await inTurns(thread, loads, short ? 1 : 7)
    const title = `Round trip through a handler: ${name}, highest rate ${(highest / 1e6).toFixed(1)} Mpps`
    yield {
      id: `latency-${thread}`,
      title,
      notes: thread === 'spin' ? NOTES : ['As above.'],
      figures: toFigures(thread, samples),
    }
  }
}

/** Of the distances at which it was measured, the lower one: all loads are then possible at each of them. */
async function highestRate(thread: Thread, count: number): Promise<number> {
  const contender = await dpdkNode(timed(), { action: 'mac-swap', thread })()
  try {
    const samples = Array.from({ length: count }, () => contender.sample(SETTLE_MILLISECONDS, 100))
    const medians = DISTANCES.flatMap((distance) => {
      const rates = samples.filter((sample) => distanceOf(sample) === distance).map((s) => s.packetsPerSecond)
      return rates.length > 0 ? [spreadOf(rates).median] : []
    })
    return Math.min(...medians, ...(medians.length === 0 ? samples.map((s) => s.packetsPerSecond) : []))
  } finally {
    await contender.stop()
  }
}

async function inTurns(
  thread: Thread,
  loads: ReadonlyMap<string, number>,
  rounds: number,
): Promise<Sample[]> {
  const contenders: Contender[] = []
  const samples: Sample[] = []
  try {
    for (const [name, rate] of loads) {
      contenders.push(await dpdkNode(timed(rate), { action: 'mac-swap', thread, name })())
    }
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) {
        const window = contender.name === 'idle' ? 1000 : 300
        const sample = contender.sample(SETTLE_MILLISECONDS, window)
        samples.push({ contender: contender.name, round, distance: distanceOf(sample), ...sample })
      }
    }
    return samples
  } finally {
    for (const contender of contenders) await contender.stop()
  }
}

function toFigures(thread: Thread, samples: readonly Sample[]): Figure[] {
  const loads = [...new Set(samples.map(({ contender }) => contender))]
  return DISTANCES.flatMap((distance) =>
    loads.flatMap((load): Figure[] => {
      const chosen = samples.filter((s) => s.contender === load && s.distance === distance)
      if (chosen.length === 0) return []
      const subject = `${load}, CPUs ${distance}`
      const times = Object.entries(QUANTITIES).map(([key, quantity]): Figure => {
        const limit = key === 'p50' ? limitOf(thread, load) : undefined
        const values = chosen.flatMap((s) => (s.latency ? [s.latency[key as keyof Latency] / 1000] : []))
        return { subject, quantity, unit: 'µs', samples: values, ...(limit && { target: limit }) }
      })
      const lost = chosen.map(({ missed, packets }) => (missed / (missed + packets)) * 100)
      return [...times, { subject, quantity: 'missed by the device', unit: '%', samples: lost }]
    }),
  )
}

/** Microseconds. */
function limitOf(thread: Thread, load: string): Limit {
  if (thread === 'spin') return { atMost: 2 }
  return { atMost: load === 'idle' ? 60 : 5 }
}
