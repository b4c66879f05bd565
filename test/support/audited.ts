// Every test of a file is followed by an audit: whatever it did, all counters must agree.

import { Eal, type Program } from 'dpdk-node'
import { afterAll, afterEach, expect } from 'vitest'
import { until } from './until.js'

/** After `useEal`. After the last test, when all ports are closed, no buffer may be out. */
export function useAudit(): void {
  afterEach(async () => {
    expect((await Eal.current?.audit())?.violations ?? []).toEqual([])
  })
  afterAll(async () => {
    const eal = Eal.current
    if (eal === undefined) return
    const inUse = async () => (await eal.audit()).pools.reduce((sum, pool) => sum + pool.inUse, 0)
    await until('all buffers are back', async () => (await inUse()) === 0)
  })
}

/** What an action of a program has counted, without what is 0. */
export function countersOf(program: Program, action = 0): Record<string, number> {
  const counters = Object.entries(program.stats().actions[action]?.counters ?? {})
  return Object.fromEntries(
    counters.filter(([, count]) => count !== 0n).map(([name, n]) => [name, Number(n)]),
  )
}
