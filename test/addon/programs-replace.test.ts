// One program takes another's place while packets come: nothing is lost, and a flow keeps its order.

import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import {
  type Action,
  drop,
  forward,
  type Handler,
  HandlerWorker,
  handle,
  type OwnedPacket,
  Port,
} from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { numberedFrames, numberOf } from '../support/frames.js'
import { until } from '../support/until.js'

useEal()
useAudit()

const COUNT = 30_000
const frames = numberedFrames(COUNT, { shortest: 60, longest: 60 })
const marking = new URL('./handlers/forward.js', import.meta.url)
const obeying = new URL('./handlers/obey.js', import.meta.url)

/** Forwards everything, and says so in the first byte. */
function mark(port: Port, number: number): Action {
  const handler: Handler<'out'> = (batch, { out }) => {
    for (const packet of batch) {
      packet.setUint8(0, number)
      packet.forward(out)
    }
  }
  return handle(handler, { outputs: { out: port }, overflow: 'backpressure', ringSize: 64 })
}

/** Frames with serial numbers that come all the time: through a software ring, and out into a file. */
class Circuit implements AsyncDisposable {
  readonly from: Port
  readonly #sink: CapturePort
  #serial = 0
  #running = false
  #feeding: Promise<void> | undefined

  private constructor(from: Port, sink: CapturePort) {
    this.from = from
    this.#sink = sink
  }

  static async open(): Promise<Circuit> {
    return new Circuit(await Port.open('net_ring0'), await CapturePort.open())
  }

  get to(): Port {
    return this.#sink.port
  }

  start(): void {
    this.#running = true
    this.#feeding = this.#feed()
  }

  /** Everything that has come out. */
  async stop(): Promise<Uint8Array[]> {
    this.#running = false
    await this.#feeding
    return this.#sink.sent(this.#serial)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.from.close()
    await this.#sink[Symbol.asyncDispose]()
  }

  async #feed(): Promise<void> {
    while (this.#running) {
      // The ring holds 1023.
      const room = 900 - (this.#serial - this.#sink.transmitted)
      const frames = Array.from({ length: Math.min(room, 50) }, (_, i) => serialFrame(this.#serial + i))
      this.#serial += this.from.send(frames)
      await turn()
    }
  }
}

function serialFrame(serial: number): Uint8Array {
  const frame = new Uint8Array(60)
  new DataView(frame.buffer).setUint32(20, serial)
  return frame
}

function serialOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(20)
}

describe('replacing a program under traffic', () => {
  test('loses and reorders nothing, between handlers, Workers and native actions', async () => {
    await using circuit = await Circuit.open()
    const { to: out } = circuit
    await using worker = await HandlerWorker.start({ wait: 'block' })
    const inWorker = (number: number, workers?: HandlerWorker[]) =>
      handle(marking, {
        outputs: { out },
        data: { mark: number },
        overflow: 'backpressure',
        ringSize: 128,
        ...(workers && { workers }),
      })
    const versions: ((number: number) => Action)[] = [
      (number) => mark(out, number),
      () => forward({ to: out }),
      (number) => inWorker(number),
      (number) => inWorker(number, [worker]),
      () => forward({ to: out }),
      (number) => inWorker(number),
      (number) => mark(out, number),
      (number) => mark(out, number),
    ]
    const program = await circuit.from.rx.run(mark(out, 1))
    circuit.start()
    for (let number = 2; number <= 60; number++) {
      const make = versions[number % versions.length] as (number: number) => Action
      await program.replace(make(number))
      await delay(number % 3)
    }
    const sent = await circuit.stop()
    expect(sent.map(serialOf)).toEqual(sent.map((_, serial) => serial))
    expect(new Set(sent.map(([first]) => first)).size).toBeGreaterThan(20)
    expect(program.version).toBe(60)
    expect(await program.stop()).toBe(0)
  })

  test('swaps native programs at once', async () => {
    await using source = await CapturePort.open(frames)
    const program = await source.port.rx.run(forward({ to: source.port }))
    for (let i = 0; i < 100; i++) await program.replace(forward({ to: source.port }))
    expect((await source.sent(COUNT)).map(numberOf)).toEqual(frames.map(numberOf))
    await program.stop()
  })

  test('takes the same module again under another URL, in the same thread', async () => {
    await using circuit = await Circuit.open()
    await using worker = await HandlerWorker.start()
    const load = (version: number) =>
      handle(new URL(`./handlers/forward.js?${version}`, import.meta.url), {
        outputs: { out: circuit.to },
        data: { mark: version },
        workers: [worker],
        overflow: 'backpressure',
        ringSize: 64,
      })
    const program = await circuit.from.rx.run(load(1))
    const answers: unknown[] = []
    program.on('message', (message) => answers.push(message))
    circuit.start()
    for (let version = 2; version <= 9; version++) {
      await program.replace(load(version))
      await delay(5)
    }
    program.postMessage('hello')
    const sent = await circuit.stop()
    expect(sent.map(serialOf)).toEqual(sent.map((_, serial) => serial))
    const marks = sent.map(([first]) => first as number)
    expect(marks).toEqual([...marks].sort((a, b) => a - b))
    expect(marks.at(-1)).toBe(9)
    await until('the new one answers', () => answers.length > 0)
    expect(answers).toEqual([{ echo: 'hello', mark: 9 }])
    expect(await program.stop()).toBe(0)
  })
})

describe('what the old version still has', () => {
  test('may come back until the limit, in the background', async () => {
    await using source = await CapturePort.open(frames.slice(0, 100))
    const { port } = source
    const held: OwnedPacket[] = []
    const outputs: { out?: Parameters<OwnedPacket['forward']>[0] } = {}
    const program = await port.rx.handle(
      (batch, { out }) => {
        outputs.out = out
        for (const packet of batch) held.push(packet.hold())
      },
      { outputs: { out: port }, overflow: 'backpressure', holdLimit: 128 },
    )
    await until('all are held', () => countersOf(program).heldNow === 100)
    await program.replace(drop(), { timeoutMs: 5000 })
    expect(program.explain()).toMatch(/version 2, running: received 0\n {2}1\. drop/)
    expect(held[0]?.isOwned).toBe(true)
    for (const packet of held) packet.forward(outputs.out as never)
    expect((await source.sent(100)).map(numberOf)).toEqual(frames.slice(0, 100).map(numberOf))
    expect(await program.stop()).toBe(0)
  })

  test('is taken back after the limit', async () => {
    await using source = await CapturePort.open(frames.slice(0, 10))
    const held: OwnedPacket[] = []
    const program = await source.port.rx.handle(
      (batch) => {
        for (const packet of batch) held.push(packet.hold())
      },
      { overflow: 'backpressure' },
    )
    await until('all are held', () => countersOf(program).heldNow === 10)
    await program.replace(drop(), { timeoutMs: 30 })
    await until('they are taken back', () => held.every(({ isOwned }) => !isOwned))
    await program.stop()
  })

  test('delays the new one only up to the limit when it does not answer', async () => {
    await using source = await Port.open('net_null0,size=64')
    await using sink = await Port.open('net_null1')
    const program = await source.rx.handle(obeying, {
      outputs: { out: sink },
      overflow: 'backpressure',
      stallTimeoutMs: 0,
    })
    program.postMessage('spin')
    await until('it is stuck', async () => {
      const before = countersOf(program).delivered
      await delay(50)
      return before !== undefined && before === countersOf(program).delivered
    })
    const start = performance.now()
    await program.replace(forward({ to: sink }), { timeoutMs: 200 })
    expect(performance.now() - start).toBeGreaterThanOrEqual(190)
    expect(performance.now() - start).toBeLessThan(1500)
    await until('packets flow', () => (countersOf(program).forwarded ?? 0) > 10_000)
    await program.stop()
  })
})

describe('a program', () => {
  test('goes on with its old actions when the new ones cannot be started', async () => {
    await using source = await CapturePort.open(frames)
    const { port } = source
    const program = await port.rx.run(mark(port, 7))
    const missing = new URL('./handlers/missing.js', import.meta.url)
    await expect(program.replace(handle(missing))).rejects.toMatchObject({ code: 'ERR_DPDK_HANDLER_MODULE' })
    await expect(
      program.replace(
        drop(),
        handle(() => {}, { overflow: 'backpressure' }),
      ),
    ).rejects.toMatchObject({ code: 'ERR_DPDK_BACKPRESSURE_NOT_FIRST' })
    expect((await source.sent(COUNT)).every(([first]) => first === 7)).toBe(true)
    expect(program.version).toBe(1)
    await program.stop()
  })

  test('refuses what is no action, and anything after its stop', async () => {
    await using source = await CapturePort.open()
    const program = await source.port.rx.run(drop())
    await expect(program.replace()).rejects.toThrow(TypeError)
    await expect(program.replace({} as never)).rejects.toThrow(TypeError)
    await expect(program.replace(drop(), { timeoutMs: -1 })).rejects.toThrow(RangeError)
    await expect(program.replace({ timeoutMs: 5 } as never)).rejects.toThrow(TypeError)
    await Promise.all([program.replace(drop(), drop()), program.replace(drop())])
    expect(program.version).toBe(3)
    const late = program.replace(drop())
    await Promise.all([
      program.stop(),
      expect(late).rejects.toMatchObject({ code: 'ERR_DPDK_PROGRAM_STOPPED' }),
    ])
    await expect(program.replace(drop())).rejects.toMatchObject({ code: 'ERR_DPDK_PROGRAM_STOPPED' })
    expect(await program.stop()).toBe(0)
  })

  test('explains itself', async () => {
    await using source = await CapturePort.open(frames.slice(0, 40))
    await using sink = await CapturePort.open()
    const program = await source.port.rx.run(
      handle(
        (batch) => {
          for (const packet of batch) packet.continue()
        },
        { outputs: { sink: sink.port, both: [sink.port, source.port] }, overflow: 'backpressure' },
      ),
      forward({ to: sink.port }),
    )
    await sink.sent(40)
    await until('all are counted', () => countersOf(program).inFlight === undefined)
    expect(program.explain()).toBe(
      [
        `${source.port.name}, 1 receive queue, version 1, running: received 40`,
        `  1. handle on the main thread, sink to ${sink.port.name}, both to [${sink.port.name}, ${source.port.name}]`,
        '     delivered 40, continued 40, passed 40, supplied 64, owned 64',
        `  2. forward to ${sink.port.name}`,
        '     forwarded 40',
      ].join('\n'),
    )
    await program.stop()
    expect(program.explain()).toMatch(/version 1, stopped: received 40/)
  })
})
