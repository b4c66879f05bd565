// The testing kit under the test runners that people have: a project of its own, with dpdk-node installed in it.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type Exit, Program } from '../support/program.js'
import { filesIn, filesLeft } from './runtime-files.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const project = mkdtempSync(path.join(tmpdir(), 'runners-'))
afterAll(() => rmSync(project, { recursive: true, force: true }))

// As npm install makes it, but for the addon, which is not compiled again.
const installed = path.join(project, 'node_modules', 'dpdk-node')
mkdirSync(installed, { recursive: true })
for (const part of ['package.json', 'dist'])
  cpSync(`${root}/${part}`, `${installed}/${part}`, { recursive: true })
symlinkSync(`${root}/build`, `${installed}/build`)
for (const name of ['bindings', 'vitest'])
  symlinkSync(`${root}/node_modules/${name}`, `${project}/node_modules/${name}`)
write('package.json', '{ "name": "user", "type": "module" }')

const folders = { runtime: path.join(project, 'runtime'), temporary: path.join(project, 'temporary') }
for (const folder of Object.values(folders)) mkdirSync(folder)
const env = { ...filesIn(folders.runtime), TMPDIR: folders.temporary, NO_COLOR: '1', CI: '', VITEST: '' }

afterEach(() => {
  expect(filesLeft(folders.runtime), "EAL's files").toEqual([])
  const ours = (name: string) => name.startsWith('dpdk-node')
  expect(readdirSync(folders.temporary).filter(ours), 'temporary files').toEqual([])
})

function write(file: string, text: string): string {
  mkdirSync(path.dirname(path.join(project, file)), { recursive: true })
  writeFileSync(path.join(project, file), text)
  return file
}

/** Two tests that use the kit; they tell their process. */
function vitestFile(name: string): string {
  return `
import { runHandler, runProgram } from 'dpdk-node/testing'
import 'dpdk-node/testing/vitest'
import { expect, test } from 'vitest'

const packets = [new Uint8Array(60), new Uint8Array(61)]
test('${name}', async () => {
  const run = await runHandler((batch, { right }) => {
    for (const packet of batch) packet.forward(right)
  }, { packets, outputs: ['right'] })
  expect(run).toForwardTo('right', packets)
  process.stderr.write('process ' + process.pid + '\\n')
})
test('${name} again', async () => {
  const run = await runProgram(({ left }) => left.rx.handle(() => {}), { ports: ['left'], packets: { left: packets } })
  expect(run.verdicts.left).toEqual([{ kind: 'unhandled' }, { kind: 'unhandled' }])
})
`
}

function start(...args: string[]): Program {
  return new Program(process.execPath, args, { cwd: project, env })
}

function vitest(...args: string[]): Program {
  return start('node_modules/vitest/vitest.mjs', ...args)
}

async function run(program: Program): Promise<Exit> {
  await using running = program
  return await running.exit(60_000)
}

function processesOf({ stderr, stdout }: Exit): string[] {
  return [...`${stdout}${stderr}`.matchAll(/^process (\d+)/gm)].map(([, pid]) => pid as string)
}

const summary = (passed: number) => new RegExp(`Tests +${passed} passed \\(${passed}\\)`)

describe('vitest', () => {
  write('several/one.test.js', vitestFile('one'))
  write('several/two.test.js', vitestFile('two'))
  write('several/three.test.js', vitestFile('three'))

  test('by default gives every file a process, several at a time', async () => {
    const exit = await run(vitest('run', '--dir', 'several', '--maxWorkers', '3'))
    expect(exit).toMatchObject({ code: 0, stdout: expect.stringMatching(summary(6)) })
    expect(new Set(processesOf(exit)).size).toBe(3)
  })

  test('without isolation has several files in a process: they share its EAL', async () => {
    const exit = await run(vitest('run', '--dir', 'several', '--no-isolate', '--maxWorkers', '1'))
    expect(exit).toMatchObject({ code: 0, stdout: expect.stringMatching(summary(6)) })
    const processes = processesOf(exit)
    expect([processes.length, new Set(processes).size]).toEqual([3, 1])
  })

  test('that loads the library anew has the same EAL all the same', async () => {
    write(
      'anew/anew.test.js',
      `
import { expect, test, vi } from 'vitest'
const load = async () => ({ ...(await import('dpdk-node')), ...(await import('dpdk-node/testing')) })
const packets = [new Uint8Array(60)]

test('anew', async () => {
  const first = await load()
  const { verdicts } = await first.runHandler(() => {}, { packets })
  expect(verdicts).toHaveLength(1)
  vi.resetModules()
  const second = await load()
  expect(second.Eal).not.toBe(first.Eal)
  expect(second.Eal.current).toBe(first.Eal.current)
  const run = await second.runProgram(
    ({ a, b }) => a.rx.run(second.handle((batch) => batch.at(0).continue()), second.forward({ to: b })),
    { ports: ['a', 'b'], packets: { a: packets } },
  )
  expect(run.outputs.b).toEqual(packets)
  expect(run.verdicts.a).toEqual([{ kind: 'continue' }])
  await expect(second.Eal.init()).rejects.toMatchObject({ code: 'ERR_DPDK_EAL_OPEN' })
})`,
    )
    const config = 'export default { test: { server: { deps: { inline: [/dpdk-node/] } } } }'
    const exit = await run(vitest('run', '--dir', 'anew', '--config', write('anew.config.js', config)))
    expect(exit).toMatchObject({ code: 0, stdout: expect.stringMatching(summary(1)) })
  })

  test('in threads: the error says what to do', async () => {
    const exit = await run(vitest('run', '--dir', 'several', '--pool', 'threads'))
    expect(exit.code).toBe(1)
    expect(`${exit.stdout}${exit.stderr}`).toMatch(/pool: 'forks'/)
  })

  test.each([['--isolate'], ['--no-isolate']])(
    'runs a file again that has changed (%s)',
    async (isolation) => {
      const file = write('watched/watched.test.js', vitestFile('first time'))
      await using program = vitest('--watch', '--dir', 'watched', '--reporter', 'verbose', isolation)
      await program.line(/✓ .*first time again/, 60_000)
      await program.line(/Waiting for file changes/)
      for (const name of ['second time', 'third time']) {
        write(file, vitestFile(name))
        await program.line(new RegExp(`✓ .*${name} again`), 60_000)
      }
      program.signal('SIGTERM')
      await program.exit()
    },
  )
})

describe('without a test runner of its own', () => {
  const body = `
import { runHandler } from 'dpdk-node/testing'
import assert from 'node:assert/strict'
const packets = [new Uint8Array(60)]
const handler = (batch, { right }) => { for (const packet of batch) packet.forward(right) }
`

  test('node:test works, and ends', async () => {
    write(
      'node/handler.test.js',
      `${body}
import test from 'node:test'
test('forwards', async () => {
  const run = await runHandler(handler, { packets, outputs: ['right'] })
  assert.deepEqual(run.outputs.right, packets)
})
test('stops the clock', async ({ mock }) => {
  mock.timers.enable({ now: 7 })
  const run = await runHandler((batch) => assert.equal(Date.now(), 7), { packets })
  assert.deepEqual(run.verdicts, [{ kind: 'unhandled' }])
})`,
    )
    const exit = await run(start('--test', 'node/'))
    expect(exit).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass 2$/m) })
  })

  test('a script works, and ends by itself', async () => {
    write(
      'script.js',
      `${body}
const run = await runHandler(handler, { packets, outputs: ['right'] })
console.log(run.verdicts)`,
    )
    const exit = await run(start('script.js'))
    expect(exit).toMatchObject({ code: 0, stdout: "[ { kind: 'forward', output: 'right' } ]\n" })
  })

  test('a script that forgets its network ends too, and leaves nothing', async () => {
    write(
      'forgetful.js',
      `import { testNetwork } from 'dpdk-node/testing'
const network = await testNetwork(['left', 'right'])
await network.ports.left.rx.handle(() => {})
await network.feed('left', new Uint8Array(60))
console.log(network.verdicts.left)`,
    )
    const exit = await run(start('forgetful.js'))
    expect(exit).toMatchObject({ code: 0, stdout: "[ { kind: 'unhandled' } ]\n" })
  })
})
