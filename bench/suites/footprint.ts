/** 5. What a program costs before its first packet: time to start, and memory. */

import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Program } from '../../test/support/program.js'
import { built, LCORE_CPU } from '../contenders/contender.js'
import type { FigureTable, Limit } from '../measure/figures.js'
import type { Extent } from './suite.js'

/** As the library's `memory` names them, with EAL's own arguments for the same. */
const MEMORY = {
  'no-huge': ['--no-huge', '-m', '256'],
  private: ['--in-memory', '--single-file-segments'],
}
type MemoryKind = keyof typeof MEMORY

const TITLES = {
  'no-huge': 'Time to start and memory, without hugepages',
  private: 'Time to start and memory, with hugepages',
}

const NOTES = [
  'Two net_null devices, one lcore; memory as the kernel counts it (/proc), one second after the start, while packets flow.',
  'The small program leaves everything to the defaults, the pool of 16,384 buffers too; both l2fwd make one of 8,192.',
  'Node runs both of the TypeScript programs through tsx, whose share of the memory is in the figures.',
  'Memory in hugepages is not resident memory to the kernel: it has a row of its own.',
]

const LIMITS: Record<string, Limit> = {
  'Eal.init': { atMost: 500 },
  resident: { atMost: 150 },
}

/** A line of /proc/PID/status for each quantity. */
const STATUS = {
  resident: 'VmRSS',
  'resident, peak': 'VmHWM',
  'of it anonymous': 'RssAnon',
  'of it files': 'RssFile',
  'of it shared': 'RssShmem',
  'in hugepages': 'HugetlbPages',
}

const SMALL = 'a small program, all defaults'

export async function* footprint({ short }: Extent): AsyncGenerator<FigureTable> {
  for (const memory of ['no-huge', 'private'] as const) {
    const samples = new Map<string, number[]>()
    for (let run = 0; run < (short ? 1 : 7); run++) {
      for (const [subject, launch] of Object.entries(launches(memory))) {
        for (const [quantity, value] of Object.entries(await measure(subject, launch))) {
          const key = `${subject}\n${quantity}`
          samples.set(key, [...(samples.get(key) ?? []), value])
        }
      }
    }
    yield {
      id: `footprint-${memory}`,
      title: TITLES[memory],
      notes: memory === 'no-huge' ? NOTES : ['As above.'],
      figures: toFigures(samples),
    }
  }
}

function toFigures(samples: ReadonlyMap<string, number[]>): FigureTable['figures'] {
  return [...samples].map(([key, values]) => {
    const [subject, quantity] = key.split('\n') as [string, string]
    const limit = subject === SMALL ? LIMITS[quantity] : undefined
    const unit = quantity in STATUS ? 'MB' : 'ms'
    return { subject, quantity, unit, samples: values, ...(limit && { target: limit }) }
  })
}

interface Launch {
  command: string
  arguments: string[]
  filePrefix: string
  /** On its output when it forwards. */
  ready: RegExp
}

let started = 0

function launches(memory: MemoryKind): Record<string, Launch> {
  const tsx = ['--import', 'tsx']
  const devices = ['net_null0', 'net_null1']
  const prefix = () => `bench-${process.pid}-start-${started++}`
  const l2fwd = (filePrefix: string) => [
    ...['-l', String(LCORE_CPU), ...MEMORY[memory], '--no-pci', '--file-prefix', filePrefix],
    ...[...devices.flatMap((device) => ['--vdev', device]), '--', '-p', '3', '-q', '2', '-T', '0'],
  ]
  const [first, second, third] = [prefix(), prefix(), prefix()]
  const eal = {
    lcores: [LCORE_CPU],
    memory: { kind: memory },
    pci: 'none',
    vdevs: devices,
    filePrefix: first,
  }
  return {
    [SMALL]: {
      command: process.execPath,
      arguments: [...tsx, 'bench/programs/start.ts', JSON.stringify(eal)],
      filePrefix: first,
      ready: /^Eal.init: ([\d.]+) ms$/,
    },
    'examples/l2fwd.ts': {
      command: process.execPath,
      arguments: [...tsx, 'examples/l2fwd.ts', ...l2fwd(second)],
      filePrefix: second,
      ready: /entering main loop/,
    },
    "DPDK's l2fwd": {
      command: built('l2fwd'),
      arguments: l2fwd(third),
      filePrefix: third,
      ready: /entering main loop/,
    },
  }
}

/** Milliseconds and megabytes of one run. */
async function measure(subject: string, launch: Launch): Promise<Record<string, number>> {
  const before = performance.now()
  await using program = new Program(launch.command, launch.arguments)
  const [, initialized] = await program.line(launch.ready)
  const toForwarding = performance.now() - before
  await delay(1000)
  const memory = readStatus(program.pid)
  program.signal('SIGINT')
  const { code } = await program.exit()
  if (code !== 0) throw new Error(`${subject} ended with status ${code}: ${program.stdout}${program.stderr}`)
  rmSync(`/run/dpdk/${launch.filePrefix}`, { recursive: true, force: true })
  return {
    ...(initialized !== undefined && { 'Eal.init': Number(initialized) }),
    'process start to forwarding': toForwarding,
    ...memory,
  }
}

function readStatus(pid: number): Record<string, number> {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Object.fromEntries(
    Object.entries(STATUS).map(([quantity, name]) => {
      const kilobytes = text.match(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm'))?.[1] ?? 0
      return [quantity, Number(kilobytes) / 1000]
    }),
  )
}
