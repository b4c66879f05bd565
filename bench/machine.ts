/** What the figures were measured on, and what is changed for the time of it. */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

export interface Machine {
  date: string
  processor: string
  processors: number
  memoryGigabytes: number
  kernel: string
  dpdk: string
  node: string
  v8: string
  commit: string
}

export function describeMachine(): Machine {
  const run = (command: string, ...parameters: string[]) =>
    execFileSync(command, parameters).toString().trim()
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    dpdk: run('pkg-config', '--modversion', 'libdpdk'),
    node: process.version,
    v8: process.versions.v8,
    commit: run('git', 'describe', '--always', '--dirty'),
  }
}

const HUGEPAGES = '/proc/sys/vm/nr_hugepages'

/** Reserves hugepages for the time of some work, and gives them back. */
export async function withHugepages<Result>(count: number, work: () => Promise<Result>): Promise<Result> {
  const before = Number(readFileSync(HUGEPAGES, 'utf8'))
  writeFileSync(HUGEPAGES, String(Math.max(before, count)))
  try {
    const got = Number(readFileSync(HUGEPAGES, 'utf8'))
    if (got < count) throw new Error(`${count} hugepages are needed, and ${got} could be reserved`)
    return await work()
  } finally {
    writeFileSync(HUGEPAGES, String(before))
  }
}
