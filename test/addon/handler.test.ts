import { DpdkError, Eal, type HandlerOutput, handle, type Packet, Port, type Program } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, numberedFrames, numberOf, swapped } from '../support/frames.js'
import { until } from '../support/until.js'

useEal()

const frames = numberedFrames(500)

function countersOf(program: Program): Record<string, bigint> {
  return program.stats().actions[0]?.counters ?? {}
}

/** Packets that the program is done with. */
function finished(program: Program): number {
  const { delivered = 0n, inFlight = 0n } = countersOf(program)
  return Number(delivered - inFlight)
}

function errorsOf(program: Program): DpdkError[] {
  const errors: DpdkError[] = []
  program.on('error', (error) => errors.push(error))
  return errors
}

/** Takes the thread for a while, as slow code would. */
function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

describe('a batch', () => {
  test('has the packets in their order: by index, and with for…of; never more than the limit', async () => {
    await using wire = await CapturePort.open(frames)
    const byIndex: number[] = []
    const byLoop: number[] = []
    const lengths: number[] = []
    await wire.port.rx.handle(
      (batch) => {
        lengths.push(batch.length)
        for (let i = 0; i < batch.length; i++) byIndex.push(numberOf(batch.at(i).bytes))
        for (const packet of batch) byLoop.push(numberOf(packet.bytes))
      },
      { batchLimit: 10, overflow: 'backpressure' },
    )
    await until('all have been seen', () => byLoop.length === frames.length)
    expect(byLoop).toEqual(frames.map((_, index) => index))
    expect(byIndex).toEqual(byLoop)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(10)
  })

  test('can be looked at inside its own iteration, by index', async () => {
    await using wire = await CapturePort.open(frames)
    const pairs: [number, number][] = []
    await wire.port.rx.handle(
      (batch) => {
        let index = 0
        for (const packet of batch) {
          const number = numberOf(packet.bytes)
          const last = numberOf(batch.at(batch.length - 1).bytes)
          batch.at(index++)
          pairs.push([number, last])
        }
      },
      { overflow: 'backpressure' },
    )
    await until('all have been seen', () => pairs.length === frames.length)
    expect(pairs.map(([number]) => number)).toEqual(frames.map((_, index) => index))
    expect(pairs.every(([number, last]) => number <= last && last < number + 64)).toBe(true)
  })

  test('has no packet before its first or behind its last', async () => {
    await using wire = await CapturePort.open(frames.slice(0, 1))
    const program = await wire.port.rx.handle((batch) => {
      for (const index of [-1, 1, 1000]) {
        expect(() => batch.at(index)).toThrow(
          expect.objectContaining({
            code: 'ERR_OUT_OF_RANGE',
            message: `index must be an integer below the batch's length, 1; received ${index}`,
          }),
        )
      }
    })
    const errors = errorsOf(program)
    await until('it has been handled', () => finished(program) === 1)
    expect(errors).toEqual([])
  })
})

describe('a decision', () => {
  test('counts when it is the last one', async () => {
    await using wire = await CapturePort.open(frames)
    const { port } = wire
    const program = await port.rx.handle(
      (batch, { out }) => {
        for (const packet of batch) {
          packet.forward(out)
          packet.drop()
          if (numberOf(packet.bytes) % 2 === 0) packet.forward(out)
        }
      },
      { outputs: { out: port }, overflow: 'backpressure' },
    )
    expect(hex(await wire.sent(250))).toEqual(hex(frames.filter((_, index) => index % 2 === 0)))
    await until('all have been handled', () => finished(program) === 500)
    expect(countersOf(program)).toMatchObject({ forwarded: 250n, dropped: 250n })
  })

  test('names one of several outputs', async () => {
    await using wire = await CapturePort.open(frames)
    await using even = await CapturePort.open()
    await using odd = await CapturePort.open()
    await wire.port.rx.handle(
      (batch, { even, odd }) => {
        for (const packet of batch) packet.forward(numberOf(packet.bytes) % 2 === 0 ? even : odd)
      },
      { outputs: { even: even.port, odd: odd.port }, overflow: 'backpressure' },
    )
    expect(hex(await even.sent(250))).toEqual(hex(frames.filter((_, index) => index % 2 === 0)))
    expect(hex(await odd.sent(250))).toEqual(hex(frames.filter((_, index) => index % 2 === 1)))
  })

  test('that is not made: the packet is dropped and counted as unhandled', async () => {
    await using wire = await CapturePort.open(frames)
    const program = await wire.port.rx.handle(() => {}, { overflow: 'backpressure' })
    await until('all have been handled', () => finished(program) === 500)
    expect(countersOf(program)).toMatchObject({ unhandled: 500n, dropped: 0n })
    expect(program.stats().unclaimed).toBe(0n)
  })

  test('that is not made, with `unhandled: continue`: the program goes on with the packet', async () => {
    await using wire = await CapturePort.open(frames)
    const options = { unhandled: 'continue', overflow: 'backpressure' } as const
    const program = await wire.port.rx.handle(() => {}, options)
    await until('all have been handled', () => finished(program) === 500)
    expect(countersOf(program)).toMatchObject({ unhandled: 500n, continued: 0n, passed: 500n })
    expect(program.stats().unclaimed).toBe(500n)
  })

  test('for an output of another handler is refused', async () => {
    await using left = await CapturePort.open(frames.slice(0, 1))
    await using right = await CapturePort.open(frames.slice(0, 1))
    let stolen: HandlerOutput | undefined
    const first = await left.port.rx.handle(
      (_, { out }) => {
        stolen = out
      },
      { outputs: { out: left.port } },
    )
    await until('the first has run', () => finished(first) === 1)

    const second = await right.port.rx.handle(
      (batch) => {
        for (const packet of batch) packet.forward(stolen as HandlerOutput)
      },
      { outputs: { out: right.port } },
    )
    const errors = errorsOf(second)
    await until('an error is reported', () => errors.length > 0)
    expect(errors[0]?.cause).toMatchObject({
      name: 'DpdkError',
      code: 'ERR_DPDK_UNKNOWN_OUTPUT',
      hint: expect.stringContaining('{ outputs: { out } }'),
    })
    expect(countersOf(second)).toMatchObject({ failed: 1n, forwarded: 0n })
    expect(left.transmitted + right.transmitted).toBe(0)
  })
})

describe('what a handler throws', () => {
  test('costs the undecided packets of its batch, is an `error` event, and the next batch comes', async () => {
    await using wire = await CapturePort.open(frames)
    const { port } = wire
    const failure = new Error('packet 50 is not to my taste')
    let failed: number[] = []
    const program = await port.rx.handle(
      (batch, { out }) => {
        for (let i = 0; i < batch.length; i++) {
          const packet = batch.at(i)
          if (numberOf(packet.bytes) === 50) {
            failed = Array.from({ length: batch.length - i }, (_, j) => numberOf(batch.at(i + j).bytes))
            throw failure
          }
          packet.forward(out)
        }
      },
      { outputs: { out: port }, overflow: 'backpressure' },
    )
    const errors = errorsOf(program)
    await until('all have been handled', () => finished(program) === 500 && errors.length > 0)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(DpdkError)
    expect(errors[0]).toMatchObject({
      code: 'ERR_DPDK_HANDLER_THREW',
      message: 'a handler threw: packet 50 is not to my taste',
      cause: failure,
    })
    expect(failed[0]).toBe(50)
    expect(countersOf(program)).toMatchObject({ failed: BigInt(failed.length), unhandled: 0n })
    const passed = frames.filter((_, index) => !failed.includes(index))
    expect(hex(await wire.sent(passed.length))).toEqual(hex(passed))
    expect(program.isRunning).toBe(true)
  })

  test('a million times a second is reported a few times a second, and counted every time', async () => {
    await using port = await Port.open('net_null0,size=64')
    const program = await port.rx.handle(() => {
      throw new Error('always')
    })
    const errors = errorsOf(program)
    await until('a second report comes', () => errors.length >= 2)
    expect(errors[0]?.message).toBe('a handler threw: always')
    expect(errors[1]?.message).toMatch(
      /^a handler threw \(and \d+ times more since the last report\): always$/,
    )
    await program.stop()
    const { delivered, failed, reclaimed } = countersOf(program)
    expect(failed).toBeGreaterThan(100n)
    expect(failed).toBe((delivered ?? 0n) - (reclaimed ?? 0n))
    expect(errors.length).toBeLessThan(Number(failed) / 10)
  })
})

describe('a handler that returns a promise', () => {
  test('is refused before it gets a packet, when it is visibly asynchronous', async () => {
    await using wire = await CapturePort.open(frames)
    for (const handler of [async () => {}, function* () {}, async function* () {}]) {
      expect(() => handle(handler as () => void)).toThrow(
        expect.objectContaining({
          name: 'DpdkError',
          code: 'ERR_DPDK_ASYNCHRONOUS_HANDLER',
          hint: expect.stringContaining('without waiting'),
        }),
      )
      await expect(wire.port.rx.handle(handler as () => void)).rejects.toMatchObject({
        code: 'ERR_DPDK_ASYNCHRONOUS_HANDLER',
      })
    }
    expect(wire.received).toBe(0)
  })

  test.each([
    ['a promise', () => Promise.resolve()],
    ['a promise that fails', () => Promise.reject(new Error('of no interest'))],
    // biome-ignore lint/suspicious/noThenProperty: that is the point
    ['something with a method `then`', () => ({ then: () => {} })],
  ])('is refused when it returns: %s', async (_, answer) => {
    await using wire = await CapturePort.open(frames)
    const program = await wire.port.rx.handle(answer as () => void, { overflow: 'backpressure' })
    const errors = errorsOf(program)
    await until('all have been handled', () => finished(program) === 500 && errors.length > 0)
    expect(errors[0]).toMatchObject({ name: 'DpdkError', code: 'ERR_DPDK_ASYNCHRONOUS_HANDLER' })
    expect(countersOf(program)).toMatchObject({ failed: 500n })
  })

  test('any other value is of no interest', async () => {
    await using wire = await CapturePort.open(frames)
    const answers = [null, 0, {}, 'text', true]
    const handler = () => answers[Math.floor(Math.random() * answers.length)]
    const program = await wire.port.rx.handle(handler as () => void, { overflow: 'backpressure' })
    const errors = errorsOf(program)
    await until('all have been handled', () => finished(program) === 500)
    expect(errors).toEqual([])
    expect(countersOf(program)).toMatchObject({ unhandled: 500n, failed: 0n })
  })
})

test('a packet that is used when its handler has returned says so', async () => {
  await using wire = await CapturePort.open(frames.slice(0, 1))
  const { port } = wire
  const kept: { packet?: Packet; out?: HandlerOutput } = {}
  const program = await port.rx.handle(
    (batch, { out }) => {
      kept.packet = batch.at(0)
      kept.out = out
    },
    { outputs: { out: port } },
  )
  await until('it has been handled', () => finished(program) === 1)

  const packet = kept.packet as Packet
  const released = expect.objectContaining({ name: 'DpdkError', code: 'ERR_DPDK_PACKET_RELEASED' })
  for (const use of [
    () => packet.getUint8(0),
    () => packet.setUint16(0, 1),
    () => packet.ethernet,
    () => packet.drop(),
    () => packet.continue(),
    () => packet.forward(kept.out as HandlerOutput),
  ]) {
    expect(use).toThrow(released)
  }
  expect(packet.length).toBe(0)
  expect(packet.bytes).toHaveLength(0)
  expect(packet.ipv4).toBeUndefined()
})

describe('a handler that is slower than its port', () => {
  test('with `overflow: drop` loses packets, and every one is counted', async () => {
    await using wire = await CapturePort.open(numberedFrames(100), { endless: true })
    const numbers: number[] = []
    const program = await wire.port.rx.handle(
      (batch) => {
        for (const packet of batch) numbers.push(numberOf(packet.bytes))
        busy(2)
      },
      { ringSize: 64 },
    )
    await until('packets have been lost', () => (countersOf(program).overflow ?? 0n) > 1000n)
    await program.stop()
    const { delivered = 0n, overflow = 0n, unhandled, reclaimed = 0n } = countersOf(program)
    expect(BigInt(wire.received)).toBe(delivered + overflow)
    expect(unhandled).toBe(delivered - reclaimed)
    expect(numbers).toHaveLength(Number(unhandled))
  })

  test('with `overflow: backpressure` loses none: they wait in the port', async () => {
    const many = numberedFrames(3000, { longest: 200 })
    await using wire = await CapturePort.open(many)
    const { port } = wire
    const program = await port.rx.handle(
      (batch, { out }) => {
        for (const packet of batch) packet.forward(out)
        busy(1)
      },
      { outputs: { out: port }, ringSize: 64, overflow: 'backpressure' },
    )
    expect(hex(await wire.sent(3000))).toEqual(hex(many))
    expect(countersOf(program)).toMatchObject({ delivered: 3000n, forwarded: 3000n, overflow: 0n })
    expect(port.counters().rxQueues[0]?.backpressured).toBeGreaterThan(0n)
  })

  test('is stopped all the same: what it has not answered in time is taken back and counted', async () => {
    await using wire = await CapturePort.open(numberedFrames(100), { endless: true })
    const program = await wire.port.rx.handle(() => busy(10), { batchLimit: 8 })
    await until('it has packets', () => (countersOf(program).inFlight ?? 0n) > 64n)
    const stopping = program.stop({ timeoutMs: 0 })
    busy(200)
    const reclaimed = await stopping
    expect(reclaimed).toBeGreaterThan(0)
    const { delivered = 0n, unhandled = 0n, ...others } = countersOf(program)
    expect(others).toMatchObject({ reclaimed: BigInt(reclaimed), inFlight: 0n })
    expect(delivered).toBe(unhandled + BigInt(reclaimed))
  })
})

test('timers and promises live while the handler has all the traffic it can take', async () => {
  await using port = await Port.open('net_null0,size=64')
  const program = await port.rx.handle(() => {})
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  try {
    await until('packets flow', () => finished(program) > 1000)
    const before = finished(program)
    ticks = 0
    await until('a timer fired a hundred times', () => ticks >= 100)
    expect(finished(program)).toBeGreaterThan(before)
  } finally {
    clearInterval(timer)
  }
})

test('a handler goes on while Eal is unreferenced, as long as something else keeps the process alive', async () => {
  await using wire = await CapturePort.open(numberedFrames(100), { endless: true })
  const program = await wire.port.rx.handle(() => {})
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  Eal.current?.unref()
  try {
    for (let round = 0; round < 5; round++) {
      const before = finished(program)
      await until('it goes on', () => finished(program) > before + 1000)
    }
    ticks = 0
    await until('timers live', () => ticks >= 20)
  } finally {
    Eal.current?.ref()
    clearInterval(timer)
  }
})

test('two ports share the main thread: each handler gets its own packets, in order', async () => {
  const [ours, theirs] = [numberedFrames(400), numberedFrames(300).map(swapped)]
  await using left = await CapturePort.open(ours)
  await using right = await CapturePort.open(theirs)
  const ports = new Set<number>()
  const cross = (to: Port) =>
    handle(
      (batch, { to }) => {
        for (const packet of batch) {
          ports.add(packet.port)
          packet.forward(to)
        }
      },
      { outputs: { to }, overflow: 'backpressure' },
    )
  await Promise.all([left.port.rx.run(cross(right.port)), right.port.rx.run(cross(left.port))])
  expect(hex(await right.sent(400))).toEqual(hex(ours))
  expect(hex(await left.sent(300))).toEqual(hex(theirs))
  expect(ports).toEqual(new Set([left.port.id, right.port.id]))
})

test('one handler serves every queue of a port', async () => {
  await using port = await Port.open('net_null0,size=64', { rxQueues: 3 })
  const queues = new Set<number>()
  const program = await port.rx.handle((batch) => {
    for (const packet of batch) queues.add(packet.queue)
  })
  await until('it has seen all of them', () => queues.size === 3)
  await program.stop()
  expect(queues).toEqual(new Set([0, 1, 2]))
})

test('handlers come and go; every buffer comes back each time', async () => {
  await using wire = await CapturePort.open(numberedFrames(100), { endless: true, sendRingSize: 0 })
  for (let round = 0; round < 10; round++) {
    let seen = 0
    const program = await wire.port.rx.handle((batch) => {
      seen += batch.length
    })
    await until('it has packets', () => seen > 0)
    await program.stop()
    const { delivered = 0n, unhandled = 0n, reclaimed = 0n, inFlight } = countersOf(program)
    expect(inFlight).toBe(0n)
    expect(delivered).toBe(unhandled + reclaimed)
    const atStop = seen
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(seen).toBe(atStop)
  }
})
