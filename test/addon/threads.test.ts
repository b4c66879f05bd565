// Handlers in Workers: how many there can be, how they live beside traffic, and how they end.

import { setTimeout as delay } from 'node:timers/promises'
import { type DpdkError, Eal, forward, HandlerWorker, handle, Port, type WaitPolicy } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, ipv4Frame, numberedFrames, numberOf } from '../support/frames.js'
import { startScript } from '../support/program.js'
import { until } from '../support/until.js'

useEal()
useAudit()

const COUNT = 2000
const frames = numberedFrames(COUNT, { shortest: 60, longest: 60 })
const forwarding = new URL('./handlers/forward.js', import.meta.url)
const obeying = new URL('./handlers/obey.js', import.meta.url)

const wait: WaitPolicy[] = ['block', 'event', 'spin']

describe.each(wait)('a Worker that waits by %s', (wait) => {
  test('has timers and messages under traffic and without', async () => {
    await using source = await Port.open('net_null0,size=64')
    await using sink = await Port.open('net_null1')
    await using idle = await CapturePort.open()
    await using worker = await HandlerWorker.start({ wait })
    const options = { outputs: { out: sink }, workers: [worker], overflow: 'backpressure' as const }
    const programs = [await source.rx.handle(obeying, options), await idle.port.rx.handle(obeying, options)]
    for (const program of programs) {
      const ticks: number[] = []
      const answers: unknown[] = []
      program.on('message', (sent) => {
        const message = sent as { tick?: number; thread?: number }
        if (message.tick !== undefined) ticks.push(message.tick)
        else answers.push(message.thread)
      })
      await until('its timer ticks', () => ticks.length >= 3)
      program.postMessage('where')
      await until('it answers', () => answers.length === 1)
      expect(answers).toEqual([worker.threadId])
    }
    expect(countersOf(programs[0] as never).forwarded).toBeGreaterThan(0)
    for (const program of programs) await program.stop()
  })

  test('ends at once when it is told to', async () => {
    await using source = await Port.open('net_null0,size=64')
    await using sink = await Port.open('net_null1')
    const worker = await HandlerWorker.start({ wait })
    const program = await source.rx.handle(obeying, { outputs: { out: sink }, workers: [worker] })
    const errors: DpdkError[] = []
    program.on('error', (error) => errors.push(error))
    await until('packets flow', () => (countersOf(program).forwarded ?? 0) > 100)
    await worker.terminate()
    await worker.terminate()
    expect(worker.isRunning).toBe(false)
    await until('the program says so', () => errors.length > 0)
    expect(errors[0]?.code).toBe('ERR_DPDK_WORKER_ENDED')
    await until('packets are dropped and counted', () => (countersOf(program).noConsumer ?? 0) > 100)
    await program.stop()
    const { delivered = 0, forwarded = 0, reclaimed = 0 } = countersOf(program)
    expect(delivered).toBe(forwarded + reclaimed)
  })
})

describe('several Workers', () => {
  const flows = Array.from({ length: 64 }, (_, flow) =>
    Array.from({ length: 20 }, (_, number) =>
      // Two ports, then what differs.
      ipv4Frame(Uint8Array.of(0, flow, 0, 1, number, 0), {
        source4: `10.0.${flow}.1`,
        identification: number,
      }),
    ),
  )
  const mixed = Array.from({ length: 20 }, (_, number) =>
    flows.map((flow) => flow[number] as Uint8Array),
  ).flat()
  const flowOf = (frame: Uint8Array) => frame[28] as number

  test.each([2, 3])('share one queue by flows: %d', async (workers) => {
    await using source = await CapturePort.open(mixed)
    const program = await source.port.rx.handle(obeying, {
      outputs: { out: source.port },
      workers,
      overflow: 'backpressure',
    })
    expect(program.workerCpus).toHaveLength(workers)
    const counts = new Map<number, number>()
    program.on('message', (message) => {
      const { tick, count } = message as { tick: number; count: number }
      counts.set(tick, count)
    })
    const sent = await source.sent(mixed.length)
    expect(hex(sent).sort()).toEqual(hex(mixed).sort())
    // The identification counts within a flow.
    const next = new Map<number, number>()
    for (const frame of sent) {
      const number = ((frame[18] as number) << 8) | (frame[19] as number)
      expect(number).toBe(next.get(flowOf(frame)) ?? 0)
      next.set(flowOf(frame), number + 1)
    }
    await until('each had some', () => counts.size === workers && [...counts.values()].every((n) => n > 0))
    await program.stop()
    expect(countersOf(program)).toMatchObject({ delivered: mixed.length, forwarded: mixed.length })
    expect((await Eal.current?.audit())?.violations).toEqual([])
  })

  test('have an audit that holds while they run', async () => {
    await using source = await Port.open('net_null0,size=64')
    await using sink = await Port.open('net_null1')
    const program = await source.rx.handle(forwarding, { outputs: { out: sink }, workers: 2 })
    for (let i = 0; i < 20; i++) {
      expect((await Eal.current?.audit())?.violations).toEqual([])
      await delay(10)
    }
    await program.stop()
  })

  test('can each have several handlers, of several programs', async () => {
    await using a = await CapturePort.open(frames)
    await using b = await CapturePort.open(frames)
    await using worker = await HandlerWorker.start()
    const marked = (port: Port, mark: number) =>
      handle(forwarding, {
        outputs: { out: port },
        workers: [worker],
        data: { mark },
        overflow: 'backpressure',
      })
    const first = await a.port.rx.run(marked(a.port, 1))
    const second = await b.port.rx.run(marked(b.port, 2))
    for (const [wire, mark] of [[a, 1] as const, [b, 2] as const]) {
      const sent = await wire.sent(COUNT)
      expect(sent.map(numberOf)).toEqual(frames.map(numberOf))
      expect(new Set(sent.map(([byte]) => byte))).toEqual(new Set([mark]))
    }
    await first.stop()
    expect(worker.isRunning).toBe(true)
    await second.stop()
  })
})

describe('a handler that goes wrong in a Worker', () => {
  const cases = [
    ['throw outside', 'ERR_DPDK_WORKER_ENDED', 'outside of the handler'],
    ['exit', 'ERR_DPDK_WORKER_ENDED', 'ended'],
    ['throw', 'ERR_DPDK_HANDLER_THREW', 'inside of the handler'],
    ['spin', 'ERR_DPDK_HANDLER_STALLED', 'has not answered for 200 ms'],
  ] as const
  test.each(cases)('is reported, and harms no one else: %s', async (order, code, words) => {
    await using bad = await Port.open('net_null0,size=64')
    await using good = await CapturePort.open(frames)
    await using sink = await Port.open('net_null1')
    const program = await bad.rx.handle(obeying, { outputs: { out: sink }, stallTimeoutMs: 200 })
    const errors: DpdkError[] = []
    program.on('error', (error) => errors.push(error))
    await until('packets flow', () => (countersOf(program).forwarded ?? 0) > 100)
    program.postMessage(order)
    await until('it is reported', () => errors.length > 0)
    expect(errors[0]).toMatchObject({ code, message: expect.stringContaining(words) })

    const other = await good.port.rx.run(forward({ to: good.port }))
    expect((await good.sent(COUNT)).map(numberOf)).toEqual(frames.map(numberOf))
    await other.stop()
    if (order === 'spin') {
      await delay(400)
      expect(errors).toHaveLength(1)
      expect(errors[0]?.message).toMatch(/Worker \d+ .* port \d+, queue 0/)
    }
    const start = performance.now()
    await program.stop({ timeoutMs: 100 })
    expect(performance.now() - start).toBeLessThan(3000)
  })

  test('does not keep stop() waiting: an endless loop', async () => {
    await using source = await Port.open('net_null0,size=64')
    const worker = await HandlerWorker.start()
    const program = await source.rx.handle(obeying, { workers: [worker], stallTimeoutMs: 0 })
    program.on('error', () => {})
    program.postMessage('spin')
    await delay(50)
    const start = performance.now()
    await worker.stop()
    expect(performance.now() - start).toBeLessThan(2500)
    await program.stop()
  })
})

// The program leaves its Workers as they are: process.exit() and a natural end after unref().
test.each(wait)('a process ends within a second while its Workers wait by %s', async (policy) => {
  await using program = startScript('test/addon/handlers/end.ts', [policy])
  await program.line(/running/)
  const start = performance.now()
  program.signal('SIGUSR2')
  const { code } = await program.exit()
  expect(code).toBe(7)
  expect(performance.now() - start).toBeLessThan(1500)
})
