import { Eal } from 'dpdk-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freeHugepages, HUGEPAGE, Hugetlbfs, useHugepages } from '../support/hugepages.js'
import { describeMemory } from './describe-memory.js'

describe('hugepages in a hugetlbfs', () => {
  const { usable } = useHugepages(64)
  let mounted: Hugetlbfs | undefined
  let free: number
  beforeAll(() => {
    if (usable()) mounted = Hugetlbfs.mount()
  })
  afterAll(() => mounted?.[Symbol.dispose]())
  describeMemory({
    options: () => {
      free = freeHugepages()
      return { memory: { kind: 'shared', hugeDirectory: (mounted as Hugetlbfs).directory }, pci: 'none' }
    },
    kind: 'shared',
    pageSize: HUGEPAGE,
    usable,
  })

  test('are in files that other processes can open', () => {
    expect(mounted?.files()).not.toEqual([])
  })

  test('are free again after close, and no file is left', async () => {
    expect(freeHugepages()).toBeLessThan(free)
    await Eal.current?.close()
    expect(mounted?.files()).toEqual([])
    expect(freeHugepages()).toBe(free)
  })
})
