// How a process with an open EAL ends: soon, with the right code, leaving nothing behind; whatever it is doing.

import { mkdtempSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { EalOptions } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { useTemporaryFolder } from '../support/eal.js'
import { freeHugepages, Hugetlbfs, useHugepages } from '../support/hugepages.js'
import { type Exit, type Program, startScript } from '../support/program.js'
import { until } from '../support/until.js'
import { filesIn, filesLeft } from './runtime-files.js'

/** From the last word of the program to its end. */
const BOUND_MILLISECONDS = 2000
/** A handler that never returns gets a second to answer for its packets, and its Worker one to end. */
const CLOSE_BOUND_MILLISECONDS = 4000

const script = fileURLToPath(new URL('./programs/end.ts', import.meta.url))
const folder = useTemporaryFolder()

/** Where each program has EAL's files. */
const folders = new WeakMap<Program, string>()

function start(situation: string, end: string, options: EalOptions = {}): Program {
  const own = mkdtempSync(path.join(folder, 'files-'))
  const program = startScript(script, [situation, end, JSON.stringify(options)], { env: filesIn(own) })
  folders.set(program, own)
  return program
}

/** Waits for the end of a program that has said `ending`; it must come soon, and no file must be left. */
async function endOf(program: Program, boundMs = BOUND_MILLISECONDS): Promise<Exit> {
  const started = performance.now()
  const exit = await program.exit()
  expect(performance.now() - started).toBeLessThan(boundMs)
  expect(filesLeft(folders.get(program) as string)).toEqual([])
  return exit
}

/** Waits for its last word, then for its end. */
async function lastWordAndEndOf(program: Program): Promise<Exit> {
  await program.line(/^ending$/)
  return endOf(program)
}

describe.each([
  ['idle', 'nothing runs'],
  ['native', 'an lcore drops packets'],
  ['handler', 'a handler on the main thread has all the packets it can take'],
  ['block', 'a Worker has, that blocks'],
  ['spin', 'a Worker has, that spins'],
  ['event', 'a Worker has, on its event loop'],
  ['without packets', 'a Worker waits for packets'],
  ['stuck', 'a handler in a Worker never returns'],
])('a process with EAL open (%s: %s) ends', (situation) => {
  test('by process.exit, with its code', async () => {
    await using program = start(situation, 'exit')
    expect(await lastWordAndEndOf(program)).toMatchObject({ code: 7, stderr: '' })
  })

  test('by an uncaught exception, with code 1 and the message', async () => {
    await using program = start(situation, 'throw')
    expect(await lastWordAndEndOf(program)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Error: nobody caught this'),
    })
  })

  test('naturally, when Eal is unreferenced', async () => {
    await using program = start(situation, 'unref')
    expect(await lastWordAndEndOf(program)).toMatchObject({ code: 0, stderr: '' })
  })

  test('by SIGTERM, which the program awaits, and close', async () => {
    await using program = start(situation, 'signal')
    await program.line(/^ending$/)
    program.signal('SIGTERM')
    const exit = await endOf(program, CLOSE_BOUND_MILLISECONDS)
    expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(exit.stdout).toMatch(/^SIGTERM$/m)
  })
})

test('a process that ends while EAL starts leaves nothing, either', async () => {
  await using program = start('starting', 'exit')
  expect(await lastWordAndEndOf(program)).toMatchObject({ code: 7, stderr: '' })
})

test('an error event without a listener ends the process, as everywhere in Node', async () => {
  await using program = start('failing handler', 'nothing')
  expect(await lastWordAndEndOf(program)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/a handler failed.*ERR_DPDK_HANDLER_THREW/s),
  })
})

test.each(['0', '2', '20'])(
  'closed in the middle of everything (turn %s), every request is settled',
  async (turn) => {
    const closeEarly = fileURLToPath(new URL('./programs/close-early.ts', import.meta.url))
    await using program = startScript(closeEarly, [turn], { env: filesIn(folder) })
    const { stdout } = await program.success()
    expect(stdout.trim().split('\n')).toHaveLength(7)
    expect(stdout).toMatch(/^close: done$/m)
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/: (done|ERR_DPDK_\w+)$/)
  },
)

describe('an open Eal', () => {
  test.each(['nothing', 'unref and ref'])(
    'keeps the process alive (%s); signals are left alone',
    async (end) => {
      await using program = start('idle', end)
      await program.line(/^ending$/)
      await delay(500)
      program.signal('SIGTERM')
      expect(await program.exit()).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' })
    },
  )

  test('takes the signals that it waits for, while it waits', async () => {
    await using program = start('idle', 'one signal')
    await program.line(/^ending$/)
    program.signal('SIGUSR2')
    await program.line(/^first SIGUSR2$/)
    program.signal('SIGUSR2')
    expect(await program.exit()).toMatchObject({ code: null, signal: 'SIGUSR2' })
  })
})

describe('with hugepages', () => {
  useHugepages(64)

  test.each(['exit', 'throw', 'unref', 'close'])(
    'of its own, a process gives back every page (%s)',
    async (end) => {
      const free = freeHugepages()
      await using program = start('handler', end, { memory: { kind: 'private', megabytes: 32 } })
      await lastWordAndEndOf(program)
      expect(freeHugepages()).toBe(free)
    },
  )

  test('of its own, a process gives back every page also when it is killed', async () => {
    const free = freeHugepages()
    await using program = start('idle', 'nothing', { memory: { kind: 'private', megabytes: 32 } })
    await program.line(/^ending$/)
    expect(freeHugepages()).toBe(free - 16)
    program.signal('SIGKILL')
    await program.exit()
    await until('they are free', () => freeHugepages() === free)
  })

  test.each(['exit', 'throw', 'unref', 'close'])(
    'in a hugetlbfs, a process leaves no file (%s)',
    async (end) => {
      using hugetlbfs = Hugetlbfs.mount()
      const free = freeHugepages()
      const memory = { kind: 'shared', megabytes: 32, hugeDirectory: hugetlbfs.directory } as const
      await using program = start('handler', end, { memory })
      await lastWordAndEndOf(program)
      expect(hugetlbfs.files()).toEqual([])
      expect(freeHugepages()).toBe(free)
    },
  )
})
