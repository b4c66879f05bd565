/**
 * The EAL that tests use. It starts once per process, so it is opened with the first test that needs it, and lives as
 * long as the process; everything else is made anew for every test.
 */

import { rmSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { loadAddon } from '../addon.js'
import { Eal } from '../eal.js'
import type { EalOptions } from '../eal-arguments.js'
import { DpdkError } from '../errors.js'
import { processWide } from '../process-wide.js'

interface Environment {
  opening: Promise<Eal> | undefined
  /** Whether the EAL was opened here. One that the tests opened themselves is used as it is. */
  own: boolean
  /** Operations that the process must not end under. */
  busy: number
  /** Made so far. */
  networks: number
  /** Folders that are there now, to be removed if the process ends in the middle. */
  readonly folders: Set<string>
}

const environment = processWide<Environment>('testing', () => ({
  opening: undefined,
  own: false,
  busy: 0,
  networks: 0,
  folders: new Set(),
}))

/**
 * The EAL of this process; opened if there is none yet, in ordinary memory, with one lcore that sleeps while there are no
 * packets and may run on every CPU. So it needs no privileges and no CPU of its own, and many processes can run tests
 * side by side. It does not keep the process alive.
 *
 * `runHandler` and the others call it. Call it first where tests need another one; or use `Eal.init`.
 *
 * @throws {DpdkError} `ERR_DPDK_EAL_OPEN` for options when it is open already; `ERR_DPDK_TESTS_IN_THREADS` in a Worker.
 *
 * @example
 * ```ts
 * // two lcores instead of one
 * await testEal({ lcores: [0, 1] })
 * ```
 */
export async function testEal(options?: EalOptions): Promise<Eal> {
  refuseThreads()
  const open = environment.opening ?? Eal.current
  if (open === undefined) {
    environment.opening = openEal(options ?? {}).finally(() => {
      environment.opening = undefined
    })
    return environment.opening
  }
  if (options === undefined) return open
  throw new DpdkError('EAL is open already, so it cannot be given options any more', {
    code: 'ERR_DPDK_EAL_OPEN',
    hint: 'It starts once per process. Call testEal(options) before the first test that uses it, in a setup file.',
  })
}

/** Does something with EAL; meanwhile the process does not end. */
export async function withEal<Result>(work: (eal: Eal) => Promise<Result>): Promise<Result> {
  const eal = await testEal()
  if (!environment.own) return work(eal)
  eal.ref()
  environment.busy++
  try {
    return await work(eal)
  } finally {
    if (--environment.busy === 0) eal.unref()
  }
}

/** A number that no network of this process has had. */
export function nextNetwork(): number {
  return environment.networks++
}

/** The folder is removed at the process's end, unless that has happened before. */
export function rememberFolder(folder: string): void {
  environment.folders.add(folder)
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  environment.folders.delete(folder)
}

async function openEal(options: EalOptions): Promise<Eal> {
  const eal = await Eal.init({
    lcores: [{ id: 0, cpus: loadAddon().threadAffinity() }],
    memory: { kind: 'no-huge' },
    idle: 'sleep',
    ...options,
  })
  environment.own = true
  eal.unref()
  process.on('exit', () => environment.folders.forEach(removeFolder))
  process.once('SIGTERM', endAtSignal)
  return eal
}

/** Test runners end their processes so, and nothing that runs at exit would run: EAL's files would stay. */
function endAtSignal(): void {
  if (process.listenerCount('SIGTERM') === 0) process.exit(128 + 15)
}

function refuseThreads(): void {
  if (isMainThread) return
  // Test runners show the message only, so it says what to do.
  const remedy = "run the tests in processes; in vitest's configuration, test: { pool: 'forks' }, its default"
  throw new DpdkError(
    `EAL can be started in the main thread only, and this test runs in a Worker: ${remedy}`,
    {
      code: 'ERR_DPDK_TESTS_IN_THREADS',
    },
  )
}
