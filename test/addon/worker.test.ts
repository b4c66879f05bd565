// Handlers in Workers.

import { type DpdkError, Eal, HandlerWorker, Mempool, Port, type Program, type WaitPolicy } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { loadAddon } from '../../dist/addon.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, numberedFrames, swapped } from '../support/frames.js'
import { sendAll } from '../support/send-all.js'
import { parseCpuList, threads } from '../support/threads.js'
import { until } from '../support/until.js'

const affinity = loadAddon().threadAffinity()
useEal()

const frames = numberedFrames(500)
const waits: WaitPolicy[] = ['block', 'spin', 'event']

function handler(name: string): URL {
  return new URL(`./handlers/${name}.js`, import.meta.url)
}

function countersOf(program: Program): Record<string, bigint> {
  return program.stats().actions[0]?.counters ?? {}
}

/** What `talk` says. */
interface Answer {
  kind: 'tick' | 'answer'
  threadId: number
  message: unknown
  data: unknown
  cpus: string
  /** How many it has had. */
  packets: number
}

/** What goes wrong. */
function errorsOf(program: Program): DpdkError[] {
  const errors: DpdkError[] = []
  program.on('error', (error) => errors.push(error))
  return errors
}

/** Asks the Workers of a program that runs `talk`, and waits until so many have answered. */
async function ask(program: Program, question: unknown, count = 1): Promise<Answer[]> {
  const answers: Answer[] = []
  const onMessage = (message: unknown) => {
    if ((message as Answer).kind === 'answer') answers.push(message as Answer)
  }
  program.on('message', onMessage)
  program.postMessage(question)
  await until('all answer', () => answers.length >= count)
  program.off('message', onMessage)
  expect(answers.map(({ message }) => message)).toEqual(Array.from({ length: count }, () => question))
  return answers
}

/** Waits until the timers of `talk` have fired so many times. */
async function untilTicks(program: Program, count: number): Promise<void> {
  let ticks = 0
  const onMessage = (message: unknown) => {
    if ((message as Answer).kind === 'tick') ticks++
  }
  program.on('message', onMessage)
  await until(`its timer fires ${count} times`, () => ticks >= count)
  program.off('message', onMessage)
}

/** The pool is complete when every packet is back. */
async function expectComplete(pool: Mempool): Promise<void> {
  expect(pool.counts()).toEqual({ available: pool.size, inUse: 0 })
  await pool.close()
}

describe.each(waits)('a Worker that waits with `%s`', (wait) => {
  test('forwards every frame, byte by byte what it must be, in order', async () => {
    await using left = await CapturePort.open(frames)
    await using right = await CapturePort.open()
    const program = await left.port.rx.handle(handler('forward-all'), {
      outputs: { out: right.port },
      overflow: 'backpressure',
      data: { swap: true },
      wait,
    })
    expect(hex(await right.sent(500))).toEqual(hex(frames.map(swapped)))
    expect(await program.stop()).toBe(0)
    expect(countersOf(program)).toMatchObject({ delivered: 500n, forwarded: 500n, inFlight: 0n })
  })

  test('has living timers and messages while it has all the traffic it can take', async () => {
    await using port = await Port.open('net_null0,size=64')
    const program = await port.rx.handle(handler('talk'), { wait })
    await until('packets flow', () => (countersOf(program).dropped ?? 0n) > 1000n)
    await untilTicks(program, 10)
    for (let number = 0; number < 10; number++) await ask(program, { number })
    await program.stop()
  })

  test('answers at once also when it has no traffic', async () => {
    await using wire = await CapturePort.open()
    const program = await wire.port.rx.handle(handler('talk'), { wait })
    await untilTicks(program, 1)
    await ask(program, 'hello')
    await program.stop()
  })

  test('wakes up for packets that come after a pause', async () => {
    await using ring = await Port.open('net_ring0')
    const program = await ring.rx.handle(handler('talk'), { wait })
    for (let round = 1; round <= 5; round++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await sendAll(ring, frames.slice(0, 3))
      await until('they are handled', () => countersOf(program).dropped === BigInt(3 * round))
    }
    await program.stop()
  })
})

describe('what goes wrong in a Worker', () => {
  test('a throw is an `error` event with the original message; the handler goes on', async () => {
    const pool = await Mempool.create({ size: 2048 })
    const wire = await CapturePort.open(frames, { mempool: pool })
    const program = await wire.port.rx.handle(handler('trouble'), { data: 'throw', overflow: 'backpressure' })
    const errors = errorsOf(program)
    await until('all have failed', () => countersOf(program).failed === 500n)
    await until('it is reported', () => errors.length > 0)
    expect(errors[0]).toMatchObject({
      name: 'DpdkError',
      code: 'ERR_DPDK_HANDLER_THREW',
      message: 'a handler threw: this is the original message',
      cause: { name: 'RangeError', message: 'this is the original message' },
    })
    expect(errors[0]).toMatchObject({ cause: { stack: expect.stringContaining('handlers/trouble.js') } })
    expect(program.isRunning).toBe(true)
    await wire[Symbol.asyncDispose]()
    await expectComplete(pool)
  })

  test('a promise that is returned is refused', async () => {
    await using wire = await CapturePort.open(frames)
    const program = await wire.port.rx.handle(handler('trouble'), { data: 'promise' })
    const errors = errorsOf(program)
    await until('it is reported', () => errors.length > 0)
    expect(errors[0]).toMatchObject({ code: 'ERR_DPDK_ASYNCHRONOUS_HANDLER' })
  })

  test.each([
    ['exit', "a handler's Worker ended"],
    ['uncaught', "a handler's Worker ended: nobody caught this"],
  ])(
    'its end (%s) is an `error` event; its packets come back, and the lcore goes on',
    async (data, message) => {
      const pool = await Mempool.create({ size: 2048 })
      const wire = await CapturePort.open(numberedFrames(100), { mempool: pool, endless: true })
      const program = await wire.port.rx.handle(handler('trouble'), { data })
      const errors = errorsOf(program)
      await until('it is reported', () => errors.length > 0)
      expect(errors[0]).toMatchObject({ name: 'DpdkError', code: 'ERR_DPDK_WORKER_ENDED', message })
      // What came before and after is counted.
      await until('packets come that nobody takes', () => (countersOf(program).noConsumer ?? 0n) > 1000n)
      await until('nothing is in flight', () => countersOf(program).inFlight === 0n)
      await program.stop()
      const { delivered = 0n, unhandled = 0n, failed = 0n, reclaimed = 0n } = countersOf(program)
      expect(delivered).toBe(unhandled + failed + reclaimed)
      await wire[Symbol.asyncDispose]()
      await expectComplete(pool)
    },
  )

  test('a handler that never returns: stop takes its packets back and ends its thread', async () => {
    const pool = await Mempool.create({ size: 2048 })
    const wire = await CapturePort.open(numberedFrames(100), { mempool: pool, endless: true })
    const before = threads().length
    const program = await wire.port.rx.handle(handler('trouble'), { data: 'stuck' })
    await until('it has packets', () => (countersOf(program).inFlight ?? 0n) > 64n)
    const reclaimed = await program.stop({ timeoutMs: 50 })
    expect(reclaimed).toBeGreaterThan(64)
    expect(countersOf(program)).toMatchObject({ reclaimed: BigInt(reclaimed), inFlight: 0n })
    await until('its thread has ended', () => threads().length <= before)
    await wire[Symbol.asyncDispose]()
    await expectComplete(pool)
  })

  test('the same in a Worker that others use: stop says so, and leaves the Worker to its owner', async () => {
    const pool = await Mempool.create({ size: 2048 })
    const wire = await CapturePort.open(numberedFrames(100), { mempool: pool, endless: true })
    await using worker = await HandlerWorker.start()
    const program = await wire.port.rx.handle(handler('trouble'), { data: 'stuck', workers: [worker] })
    await until('it has packets', () => (countersOf(program).inFlight ?? 0n) > 64n)
    await expect(program.stop({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'ERR_DPDK_WORKER_STUCK' })
    expect(countersOf(program)).toMatchObject({ inFlight: 0n })
    expect(worker.isRunning).toBe(true)
    await wire[Symbol.asyncDispose]()
    await expectComplete(pool)
  })
})

describe('a module', () => {
  test.each([
    [
      'that is not there',
      handler('nowhere'),
      undefined,
      'ERR_DPDK_HANDLER_MODULE',
      /nowhere\.js cannot be loaded/,
    ],
    ['without defineHandler', handler('no-handler'), undefined, 'ERR_DPDK_HANDLER_MODULE', /has no handler/],
    ['whose factory throws', handler('refused'), 'throws', 'ERR_DPDK_WORKER_FAILED', /no handler today/],
    [
      'with an async handler',
      handler('refused'),
      'asynchronous',
      'ERR_DPDK_ASYNCHRONOUS_HANDLER',
      /synchronous/,
    ],
    [
      'whose factory returns nothing',
      handler('refused'),
      '',
      'ERR_DPDK_WORKER_FAILED',
      /refused\.js must be a function/,
    ],
  ])('%s is refused, and no thread stays', async (_, module, data, code, message) => {
    await using wire = await CapturePort.open(frames)
    const before = threads().length
    await expect(wire.port.rx.handle(module, { data })).rejects.toMatchObject({
      name: 'DpdkError',
      code,
      message: expect.stringMatching(message),
    })
    expect(wire.port.rx.program).toBeUndefined()
    expect(wire.received).toBe(0)
    await until('its thread has ended', () => threads().length <= before)
  })

  // Later releases of Node read TypeScript themselves.
  const { typescript } = process.features as { typescript?: unknown }
  test.skipIf(typescript)('in TypeScript needs tsx, and the error says so', async () => {
    await using wire = await CapturePort.open()
    const module = new URL('./programs/typescript-handler.ts', import.meta.url)
    await expect(wire.port.rx.handle(module)).rejects.toMatchObject({
      code: 'ERR_DPDK_HANDLER_MODULE',
      hint: expect.stringContaining('tsx'),
    })
  })

  test('data that cannot be copied is refused', async () => {
    await using wire = await CapturePort.open(frames)
    const started = wire.port.rx.handle(handler('talk'), { data: () => {} })
    await expect(started).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringMatching(
        /^options\.data must be something that can be cloned; received function data/,
      ),
    })
  })

  test('data is copied into every Worker', async () => {
    await using wire = await CapturePort.open()
    const data = { list: [1, 2n, 'three'], map: new Map([['a', new Date(0)]]) }
    const program = await wire.port.rx.handle(handler('talk'), { data })
    const [answer] = await ask(program, 'data?')
    expect(answer?.data).toEqual(data)
  })
})

describe('threads', () => {
  test('several share the queues of a port', async () => {
    await using port = await Port.open('net_null0,size=64', { rxQueues: 3 })
    const program = await port.rx.handle(handler('talk'), { workers: 2 })
    const answers = await ask(program, 'who?', 2)
    expect(new Set(answers.map(({ threadId }) => threadId)).size).toBe(2)
    expect(program.workerCpus).toHaveLength(2)
    await until('every queue has packets', () =>
      port.counters().rxQueues.every(({ received }) => received > 0n),
    )
    await until('both have packets', async () => {
      return (await ask(program, 'how many?', 2)).every(({ packets }) => packets > 0)
    })
    await program.stop()
    const { delivered, dropped, reclaimed = 0n } = countersOf(program)
    expect(delivered).toBe((dropped ?? 0n) + reclaimed)
  })

  test('keep off the CPUs of lcores, and say where they are', async () => {
    const lcoreCpus = Eal.current?.lcores.flatMap(({ cpus }) => cpus) ?? []
    const others = affinity.filter((cpu) => !lcoreCpus.includes(cpu))
    await using wire = await CapturePort.open()
    const program = await wire.port.rx.handle(handler('talk'))
    const [answer] = await ask(program, 'where?')
    expect(program.workerCpus).toEqual([others.length > 0 ? others : affinity])
    expect(parseCpuList(answer?.cpus ?? '')).toEqual(others.length > 0 ? others : affinity)
  })

  test('run where they are told to', async () => {
    const cpus = [affinity.at(-1) as number]
    await using wire = await CapturePort.open()
    const program = await wire.port.rx.handle(handler('talk'), { cpus })
    const [answer] = await ask(program, 'where?')
    expect(parseCpuList(answer?.cpus ?? '')).toEqual(cpus)
    expect(program.workerCpus).toEqual([cpus])
  })

  test('end with their program', async () => {
    await using wire = await CapturePort.open()
    const before = threads().length
    const program = await wire.port.rx.handle(handler('talk'))
    expect(threads().length).toBeGreaterThan(before)
    await program.stop()
    await until('its thread has ended', () => threads().length <= before)
  })

  test('started on their own can serve several programs, and outlive them', async () => {
    await using left = await CapturePort.open(frames)
    await using right = await CapturePort.open(frames.map(swapped))
    const worker = await HandlerWorker.start({ wait: 'block' })
    const module = handler('forward-all')
    const there = await left.port.rx.handle(module, {
      outputs: { out: right.port },
      workers: [worker],
      overflow: 'backpressure',
    })
    const back = await right.port.rx.handle(module, {
      outputs: { out: left.port },
      workers: [worker],
      overflow: 'backpressure',
    })
    expect(hex(await right.sent(500))).toEqual(hex(frames))
    expect(hex(await left.sent(500))).toEqual(hex(frames.map(swapped)))
    await there.stop()
    await back.stop()
    expect(worker.isRunning).toBe(true)
    await worker.stop()
    await worker.stop()
    expect(worker.isRunning).toBe(false)
  })

  test('arguments that cannot be right are refused: name, what is expected, what came', async () => {
    await using wire = await CapturePort.open()
    const { rx } = wire.port
    const refused = (options: object) => rx.handle(handler('talk'), options).catch((error: unknown) => error)
    expect(await refused({ workers: 0 })).toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
      message: 'options.workers must be an integer from 1 to 128; received 0',
    })
    expect(await refused({ workers: ['one'] })).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: "options.workers[0] must be a HandlerWorker; received 'one'",
    })
    expect(await refused({ wait: 'sleep' })).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: "options.wait must be 'event' or 'block' or 'spin'; received 'sleep'",
    })
    expect(await refused({ cpus: [] })).toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: 'options.cpus must be at least one CPU; received []',
    })
    // A handler on the main thread has no Workers.
    await expect(rx.handle(() => {}, { workers: 1 } as object)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining('options.workers is not an option'),
    })
  })

  test('that cannot be placed on a CPU are refused, and no thread stays', async () => {
    const before = threads().length
    await expect(HandlerWorker.start({ cpus: [1023] })).rejects.toMatchObject({ name: 'DpdkError' })
    await until('its thread has ended', () => threads().length <= before)
  })
})
