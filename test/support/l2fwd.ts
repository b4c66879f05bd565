// examples/l2fwd.ts as a program under test, and what it says.

import { expect } from 'vitest'
import { type Program, type ProgramOptions, startScript } from './program.js'

export const L2FWD = 'examples/l2fwd.ts'
export const MODES = ['native', 'handler', 'workers'] as const
export type Mode = (typeof MODES)[number]

export function startL2fwd(args: readonly string[], options: ProgramOptions = {}): Program {
  return startScript(L2FWD, args, options)
}

export interface Counts {
  sent: number
  received: number
  dropped: number
}

const TABLE = /^Port statistics =+\n(?:.*\n)*?={52}$/gm

/** The statistics tables in what l2fwd has printed. */
export function tables(stdout: string): string[] {
  return stdout.match(TABLE) ?? []
}

/** Everything else. */
export function withoutTables(stdout: string): string {
  return stdout.replace(/\n(?=Port statistics)/g, '').replace(new RegExp(`${TABLE.source}\n`, 'gm'), '')
}

/** The numbers of a table: those of each port, in order, and the sums. */
export function readTable(table: string): { ports: Counts[]; total: Counts } {
  const counts = (pattern: RegExp) => [...table.matchAll(pattern)].map((match) => Number(match[1]))
  const [sent, received, dropped] = ['sent', 'received', 'dropped'].map((what) =>
    counts(new RegExp(`^Packets ${what}: +(\\d+)$`, 'gm')),
  ) as [number[], number[], number[]]
  const sum = (what: string) => counts(new RegExp(`^Total packets ${what}: +(\\d+)$`, 'gm'))[0] as number
  return {
    ports: sent.map((count, port) => ({
      sent: count,
      received: received[port] as number,
      dropped: dropped[port] as number,
    })),
    total: { sent: sum('sent'), received: sum('received'), dropped: sum('dropped') },
  }
}

/** The last table's numbers, in which every packet that was received must be sent or dropped. */
export function finalCounts(stdout: string): { ports: Counts[]; total: Counts } {
  const table = tables(stdout).at(-1)
  if (table === undefined) throw new Error(`l2fwd has printed no table\n${stdout}`)
  const counts = readTable(table)
  const { sent, received, dropped } = counts.total
  expect(sent + dropped, 'sent and dropped packets, which are to be those received').toBe(received)
  for (const what of ['sent', 'received', 'dropped'] as const) {
    expect(counts.ports.reduce((sum, port) => sum + port[what], 0)).toBe(counts.total[what])
  }
  return counts
}
