// Hugepages for tests that need them, given back afterwards. As root; otherwise those tests are skipped.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach } from 'vitest'

const SYSFS = '/sys/kernel/mm/hugepages/hugepages-2048kB'
export const HUGEPAGE = 2 * 1024 * 1024
/** For how long other runs may take. */
const TURN_MS = 300_000

/** Hugepages of 2 MB that nobody uses. */
export function freeHugepages(): number {
  return Number(readFileSync(`${SYSFS}/free_hugepages`, 'utf8'))
}

/**
 * So many more hugepages of 2 MB are free before the first test, until after the last. Meanwhile no other run of these
 * tests on this machine takes any, so that they can be counted.
 */
export function useHugepages(count: number): { usable: () => boolean } {
  let reason = 'hugepages have not been reserved'
  let giveBack = () => {}
  let turn: Server | undefined
  beforeAll(async () => {
    turn = await waitForTurn()
    const reserved = reserve(count)
    reason = reserved.reason
    giveBack = reserved.giveBack
  }, TURN_MS)
  beforeEach(({ skip }) => skip(reason !== '', reason))
  afterAll(() => {
    giveBack()
    turn?.close()
  })
  return { usable: () => reason === '' }
}

/** A name that one process can have at a time, and that is free again however that process ends. */
async function waitForTurn(): Promise<Server> {
  for (;;) {
    const server = createServer().unref()
    server.listen('\0dpdk-node-test-hugepages')
    try {
      await once(server, 'listening')
      return server
    } catch {
      await delay(100)
    }
  }
}

function reserve(count: number): { reason: string; giveBack: () => void } {
  const nothing = () => {}
  if (process.getuid?.() !== 0) return { reason: 'reserving hugepages needs root', giveBack: nothing }
  try {
    const before = readFileSync(`${SYSFS}/nr_hugepages`, 'utf8')
    const giveBack = () => writeFileSync(`${SYSFS}/nr_hugepages`, before)
    const free = freeHugepages()
    writeFileSync(`${SYSFS}/nr_hugepages`, String(Number(before) + count))
    if (freeHugepages() >= free + count) return { reason: '', giveBack }
    giveBack()
    return { reason: `the kernel has no memory for ${count} hugepages`, giveBack: nothing }
  } catch (error) {
    return { reason: `no hugepages here: ${(error as Error).message}`, giveBack: nothing }
  }
}

/** A hugetlbfs of its own, for memory that is shared through files. */
export class Hugetlbfs implements Disposable {
  readonly directory: string

  private constructor(directory: string) {
    this.directory = directory
  }

  static mount(): Hugetlbfs {
    const directory = mkdtempSync(path.join(tmpdir(), 'hugetlbfs-'))
    try {
      execFileSync('mount', ['-t', 'hugetlbfs', '-o', 'pagesize=2M', 'none', directory])
    } catch (error) {
      rmdirSync(directory)
      throw error
    }
    return new Hugetlbfs(directory)
  }

  files(): string[] {
    return readdirSync(this.directory)
  }

  [Symbol.dispose](): void {
    execFileSync('umount', [this.directory])
    rmdirSync(this.directory)
  }
}
