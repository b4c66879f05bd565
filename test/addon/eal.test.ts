import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { DpdkError, drop, Eal, Port } from 'dpdk-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadAddon } from '../../dist/addon.js'
import { lcoreThread, type Thread, threads } from '../support/threads.js'
import { until } from '../support/until.js'

const addon = loadAddon()
const affinity = addon.threadAffinity()
/** Both of a machine that has two. */
const cpus = affinity.slice(0, 2)

describe('Eal.init', () => {
  let before: Thread[]
  let eal: Eal

  beforeAll(async () => {
    before = threads()
    eal = await Eal.init({
      lcores: cpus,
      memory: { kind: 'no-huge', megabytes: 128 },
      vdevs: ['net_null0,size=64', 'net_null1,size=64'],
      pci: 'none',
      filePrefix: `eal-test-${process.pid}`,
      logLevel: ['lib.eal:debug', 'pmd.net.null:error'],
      idle: 'spin',
      extraArguments: ['--iova-mode=va', '--vdev', 'net_ring0'],
    })
  })

  afterAll(() => eal?.close())

  test('leaves the CPUs of every thread of Node as they were', () => {
    const after = new Map(threads().map(({ id, cpus }) => [id, cpus]))
    expect(before.length).toBeGreaterThan(4)
    for (const { id, cpus } of before) if (after.has(id)) expect(after.get(id)).toEqual(cpus)
    expect(addon.threadAffinity()).toEqual(affinity)
  })

  test('leaves the CPUs of threads that Node starts later as they would have been', async () => {
    const known = new Set(threads().map(({ id }) => id))
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
    try {
      await once(worker, 'online')
      const started = threads().filter(({ id }) => !known.has(id))
      expect(started.length).toBeGreaterThan(0)
      for (const { cpus } of started) expect(cpus).toEqual(affinity)
    } finally {
      await worker.terminate()
    }
  })

  test(`\`lcores: [${cpus}]\` forwards on CPU ${cpus.join(' and on CPU ')}`, () => {
    expect(eal.lcores.map(({ id, cpus }) => ({ id, cpus }))).toEqual(
      cpus.map((cpu) => ({ id: cpu, cpus: [cpu] })),
    )
    for (const cpu of cpus) expect(lcoreThread(cpu)?.cpus).toEqual([cpu])
  })

  test('the control thread is an lcore besides them, on the CPUs that are left, or on all', () => {
    const left = affinity.filter((cpu) => !cpus.includes(cpu))
    const control = threads().find(({ name }) => name === 'dpdk-control')
    expect(control?.cpus).toEqual(left.length > 0 ? left : affinity)
    expect(eal.lcores).toHaveLength(cpus.length)
  })

  test('makes the virtual devices, those among the extra arguments too', async () => {
    const names = (await Port.list()).map(({ name }) => name)
    expect(names).toEqual(['net_null0', 'net_null1', 'net_ring0'])
  })

  test('an lcore polls the queues that it was given, and the others do not', async () => {
    const polls = () => new Map(eal.lcores.map((lcore) => [lcore.id, lcore.counters().busyPolls]))
    for (const [index, lcore] of eal.lcores.entries()) {
      await using port = await Port.open(`net_null${index}`, { rxQueueLcores: [lcore.id] })
      const before = polls()
      await port.rx.run(drop())
      await until('it has packets', () => lcore.counters().busyPolls > (before.get(lcore.id) ?? 0n) + 1000n)
      for (const [id, count] of polls()) if (id !== lcore.id) expect(count).toBe(before.get(id))
    }
  })

  test('says what memory it got', () => {
    expect(eal.memory).toEqual({ kind: 'no-huge', pageSize: 4096, iovaMode: 'va' })
    expect(eal.idle).toBe('spin')
    expect(eal.pci).toBe('none')
    expect(eal.dpdkVersion).toMatch(/^DPDK \d\d\.\d\d/)
  })

  test('names its files by the prefix', () => {
    expect(eal.filePrefix).toBe(`eal-test-${process.pid}`)
    expect(eal.runtimeDirectory).toMatch(new RegExp(`/eal-test-${process.pid}$`))
    expect(existsSync(eal.runtimeDirectory)).toBe(true)
  })

  test('keeps what EAL logged, at the level that was asked for', () => {
    // EAL says this to those who debug it only.
    expect(eal.log().join('\n')).toMatch(/^EAL: Ask a virtual area of/m)
  })

  test('is the current one', () => {
    expect(Eal.current).toBe(eal)
  })

  test('a second one is refused, and harms nothing', async () => {
    const error = await Eal.init().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(DpdkError)
    expect(error).toMatchObject({ code: 'ERR_DPDK_EAL_OPEN', hint: expect.stringContaining('Eal.current') })
    expect(Eal.current).toBe(eal)
    expect(await Port.list()).not.toHaveLength(0)
  })

  test('in a Worker it is refused', async () => {
    const library = new URL('../../dist/index.js', import.meta.url).href
    const script = `
      const { parentPort, workerData: library } = require('node:worker_threads')
      const answer = ({ name, code, hint }) => parentPort.postMessage({ name, code, hint })
      import(library).then(({ Eal }) => Eal.init()).catch(answer)`
    const worker = new Worker(script, { eval: true, workerData: library })
    const [error] = await once(worker, 'message')
    expect(error).toEqual({
      name: 'DpdkError',
      code: 'ERR_DPDK_MAIN_THREAD_ONLY',
      hint: expect.stringContaining('rx.handle(url'),
    })
    await worker.terminate()
  })

  test('closing twice, at once and later, is harmless; then nothing is open', async () => {
    await Promise.all([eal.close(), eal.close()])
    await eal.close()
    await eal[Symbol.asyncDispose]()
    expect(Eal.current).toBeUndefined()
    expect(existsSync(eal.runtimeDirectory)).toBe(false)
    expect(() => Port.list()).toThrow(expect.objectContaining({ code: 'ERR_DPDK_EAL_NOT_OPEN' }))
  })

  test('after it was closed, it cannot be started again', async () => {
    await expect(Eal.init()).rejects.toMatchObject({
      name: 'DpdkError',
      code: 'ERR_DPDK_EAL_SPENT',
      hint: expect.stringContaining('new process'),
    })
  })

  test('afterwards its threads rest', async () => {
    await until('no lcore polls', () => cpus.every((cpu) => !lcoreThread(cpu)?.isRunning))
    expect(addon.threadAffinity()).toEqual(affinity)
  })
})
