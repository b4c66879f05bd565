// EAL for a test file. It starts once per process, and every test file has a process of its own.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Eal, type EalOptions } from 'dpdk-node'
import { afterAll, beforeAll } from 'vitest'

/** EAL is there before the first test and closed after the last. Ordinary memory, unless something else is said. */
export function useEal(options: EalOptions = {}): void {
  beforeAll(async () => {
    await Eal.init({ memory: { kind: 'no-huge' }, ...options })
  })
  afterAll(async () => {
    await Eal.current?.close()
  })
}

/** A folder that is gone after the last test. */
export function useTemporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dpdk-node-test-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
