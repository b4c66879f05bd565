import { Mempool } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { freeHugepages, HUGEPAGE, useHugepages } from '../support/hugepages.js'
import { describeMemory } from './describe-memory.js'

describe('private hugepages', () => {
  const { usable } = useHugepages(64)
  describeMemory({
    options: () => ({ memory: { kind: 'private' }, pci: 'none' }),
    kind: 'private',
    pageSize: HUGEPAGE,
    usable,
  })

  test('are taken when a pool needs them, and given back when it is closed', async () => {
    const free = freeHugepages()
    const pool = await Mempool.create({ size: 4096 })
    expect(freeHugepages()).toBeLessThan(free)
    await pool.close()
    expect(freeHugepages()).toBe(free)
  })
})
