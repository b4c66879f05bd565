/** 6. Handler traffic for a long time: speed, memory and compiled code stay what they are. */

import { Program } from '../../test/support/program.js'
import { built, LCORE_CPU } from '../contenders/contender.js'
import { copied } from '../contenders/devices.js'
import type { Figure, FigureTable } from '../measure/figures.js'
import type { EnduranceOptions, Interval } from '../programs/endurance.js'
import type { Extent } from './suite.js'

const SECONDS = 60
const SHORT_SECONDS = 6
const WARM_UP_SECONDS = 5
const SHORT_WARM_UP_SECONDS = 2

export async function* endurance({ short, minutes }: Extent): AsyncGenerator<FigureTable> {
  const seconds = minutes === undefined ? (short ? SHORT_SECONDS : SECONDS) : minutes * 60
  const warmUp = short ? SHORT_WARM_UP_SECONDS : WARM_UP_SECONDS
  const { intervals, deoptimizations } = await run(warmUp, seconds)
  const notes = [
    `Handler mac-swap in a Worker that spins, ${copied().name}, for ${seconds} s after ${warmUp} s to warm up.`,
    'The heap is that of the Worker after a collection that is asked for, before the first and after each interval of 100 million packets;',
    'pauses are those of other collections. Deoptimisations are those that V8 reports (--trace-deopt), of all threads.',
    ...(deoptimizations.length > 0
      ? ['After the warm-up:', deoptimizations.map((line) => `\`${line}\``).join(', ')]
      : []),
  ]
  const title = 'Endurance of a handler'
  yield { id: 'endurance', title, notes, figures: toFigures(intervals, deoptimizations.length, short) }
}

/** The first interval is the warm-up: it has a heap only. */
async function run(warmUpSeconds: number, seconds: number) {
  const devices = copied()
  const options: EnduranceOptions = {
    eal: {
      lcores: [LCORE_CPU],
      memory: { kind: 'private' },
      pci: 'none',
      idle: 'spin',
      filePrefix: `bench-${process.pid}-endurance`,
      vdevs: devices.arguments,
      extraArguments: ['-d', built('libnet_frames.so')],
    },
    devices: devices.names,
    warmUpSeconds,
    seconds,
  }
  const node = [
    process.execPath,
    '--trace-deopt',
    '--expose-gc',
    '--import',
    'tsx',
    'bench/programs/endurance.ts',
  ]
  // V8 writes through the C library, which would keep lines back: their order among others says when they were.
  await using program = new Program('stdbuf', ['-oL', ...node, JSON.stringify(options)])
  await program.line(/^ended$/, (seconds + warmUpSeconds + 60) * 1000)
  const lines = program.stdout.split('\n')
  await program.success()
  const warm = lines.findIndex((line) => line.startsWith('warm: '))
  const intervals = lines.flatMap((line): Interval[] => {
    const json = line.match(/^(?:warm|interval): (.*)$/)?.[1]
    return json === undefined ? [] : [JSON.parse(json)]
  })
  const ended = lines.indexOf('ended')
  return { intervals, deoptimizations: lines.slice(warm, ended).flatMap(deoptimization) }
}

/** `[bailout (kind: deopt-eager, reason: wrong map): begin. deoptimizing 0x… <JSFunction name …>, …` */
function deoptimization(line: string): string[] {
  const found = line.match(/\[bailout \(kind: ([^,]+), reason: ([^)]*)\).*?<JSFunction (?:([^ >(]+) )?\(sfi/)
  return found ? [`${found[3] ?? 'a function without a name'}: ${found[1]}, ${found[2]}`] : []
}

function toFigures(intervals: readonly Interval[], deoptimizations: number, short: boolean): Figure[] {
  const subject = 'Worker, spinning'
  const packets = intervals.reduce((sum, interval) => sum + interval.packets, 0)
  const heaps = intervals.map(({ heapBytes }) => heapBytes / 1e6)
  const [first, last] = [heaps[0] ?? Number.NaN, heaps.at(-1) ?? Number.NaN]
  const total = { subject, isTotal: true } as const
  const limit = (atMost: number) => (short ? {} : { target: { atMost } })
  const pauses = intervals.slice(1).flatMap((interval) => interval.pauses)
  const growth = [((last - first) / packets) * 100e6]
  return [
    {
      subject,
      quantity: 'rate, each second',
      unit: 'Mpps',
      samples: intervals.flatMap(({ rates }) => rates.map((rate) => rate / 1e6)),
    },
    { ...total, quantity: 'packets', unit: 'million', samples: [packets / 1e6] },
    { subject, quantity: 'heap', unit: 'MB', samples: heaps },
    { ...total, quantity: 'heap growth per 100 million packets', unit: 'MB', samples: growth, ...limit(1) },
    {
      subject,
      quantity: 'pauses for garbage collection',
      unit: 'ms',
      samples: pauses,
    },
    {
      ...total,
      quantity: 'pauses for garbage collection',
      unit: 'pauses',
      samples: [pauses.length],
    },
    {
      ...total,
      quantity: 'deoptimisations after warm-up',
      unit: 'functions',
      samples: [deoptimizations],
      ...limit(0),
    },
  ]
}
