// Processes that share a machine: side by side, and one after another that was killed.

import { fileURLToPath } from 'node:url'
import type { EalOptions } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { useTemporaryFolder } from '../support/eal.js'
import { freeHugepages, Hugetlbfs, useHugepages } from '../support/hugepages.js'
import { type Program, startScript } from '../support/program.js'
import { until } from '../support/until.js'
import { filesIn, filesLeft } from './runtime-files.js'

const script = fileURLToPath(new URL('./programs/hold.ts', import.meta.url))
const folder = useTemporaryFolder()

function start(options: EalOptions): Program {
  return startScript(script, [JSON.stringify({ pci: 'none', ...options })], { env: filesIn(folder) })
}

async function close(program: Program): Promise<void> {
  program.signal('SIGTERM')
  await program.line(/^closed$/)
  await program.success()
}

/** Opens EAL, kills the process, and opens EAL again under the same prefix. */
async function killAndRestart(options: EalOptions): Promise<void> {
  await using killed = start(options)
  await killed.line(/^open$/)
  killed.signal('SIGKILL')
  expect(await killed.exit()).toMatchObject({ signal: 'SIGKILL' })

  await using next = start(options)
  await next.line(/^open$/)
  await close(next)
  expect(filesLeft(folder)).toEqual([])
}

test('two processes run side by side', async () => {
  const options: EalOptions = { memory: { kind: 'no-huge', megabytes: 64 } }
  await using one = start(options)
  await using other = start(options)
  await one.line(/^open$/)
  await other.line(/^open$/)
  await close(one)
  await close(other)
  expect(filesLeft(folder)).toEqual([])
})

describe('a process that was killed hinders nobody', () => {
  test('with ordinary memory', async () => {
    await killAndRestart({ memory: { kind: 'no-huge', megabytes: 64 }, filePrefix: 'killed' })
  })

  describe('with hugepages', () => {
    useHugepages(64)

    test('private ones: they are free again at once', async () => {
      const free = freeHugepages()
      await killAndRestart({ memory: { kind: 'private', megabytes: 64 }, filePrefix: 'killed' })
      await until('all hugepages are free', () => freeHugepages() >= free)
    })

    test('shared ones: the next process of the same prefix takes them over', async () => {
      using hugetlbfs = Hugetlbfs.mount()
      const memory = { kind: 'shared', megabytes: 64, hugeDirectory: hugetlbfs.directory } as const
      await killAndRestart({ memory, filePrefix: 'killed' })
      expect(hugetlbfs.files()).toEqual([])
    })
  })
})
