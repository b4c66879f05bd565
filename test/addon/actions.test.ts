import {
  type Action,
  drop,
  forward,
  handle,
  l2fwd,
  macSwap,
  Port,
  type PortCounters,
  type Program,
} from 'dpdk-node'
import { testNetwork } from 'dpdk-node/testing'
import { describe, expect, test } from 'vitest'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, macBytes, numberedFrames, numberOf, patched, swapped } from '../support/frames.js'
import { until } from '../support/until.js'
import 'dpdk-node/testing/vitest'

useEal()

const COUNT = 700
// From a bare header to the longest: actions must not care.
const frames = numberedFrames(COUNT, { shortest: 14, longest: 1514 })

function countersOf(program: Program, action = 0): Record<string, bigint> {
  return program.stats().actions[action]?.counters ?? {}
}

/** Every packet that was to be sent is under exactly one name. */
function expectBalanced({ tx }: PortCounters): void {
  expect(tx.requested).toBe(
    tx.accepted + tx.buffered + tx.rejectedFull + tx.rejectedTooLong + tx.rejectedClosed,
  )
}

interface Case {
  name: string
  /** The counter under which packets are found. */
  counter: string
  make: (to: Port) => Action
  /** What comes out for a frame that went in. */
  expected: (frame: Uint8Array, to: Port) => Uint8Array
}

const cases: Case[] = [
  { name: 'forward', counter: 'forwarded', make: (to) => forward({ to }), expected: (frame) => frame },
  {
    name: 'l2fwd',
    counter: 'forwarded',
    make: (to) => l2fwd({ to }),
    expected: (frame, { id, macAddress }) => patched(frame, 0, [2, 0, 0, 0, 0, id, ...macBytes(macAddress)]),
  },
  {
    name: 'l2fwd without MAC updating',
    counter: 'forwarded',
    make: (to) => l2fwd({ to, macUpdating: false }),
    expected: (frame) => frame,
  },
  { name: 'macSwap', counter: 'forwarded', make: (to) => macSwap({ to }), expected: swapped },
  {
    name: 'handle',
    counter: 'forwarded',
    make: (to) =>
      handle(
        (batch, { to }) => {
          for (const packet of batch) packet.forward(to)
        },
        { outputs: { to }, overflow: 'backpressure' },
      ),
    expected: (frame) => frame,
  },
]

describe.each(cases.map((each) => [each.name, each] as const))('%s', (_, { counter, make, expected }) => {
  test('sends every frame, byte by byte what it must be, in order, and counts it', async () => {
    await using network = await testNetwork(['left', 'right'])
    const { left, right } = network.ports
    const program = await left.rx.run(make(right))
    await network.feed('left', frames)
    const { outputs, counters } = await network.end()

    expect(outputs.right).toEqualFrames(frames.map((frame) => expected(frame, right)))
    expect(outputs.left).toEqual([])
    expect(counters.left.rxQueues[0]?.received).toBe(BigInt(COUNT))
    expect(countersOf(program)[counter]).toBe(BigInt(COUNT))
    expect(program.stats().unclaimed).toBe(0n)
    expect(counters.right.tx).toMatchObject({ requested: BigInt(COUNT), accepted: BigInt(COUNT) })
    expectBalanced(counters.right)
  })
})

test('drop sends nothing, and counts every frame', async () => {
  await using wire = await CapturePort.open(frames)
  const program = await wire.port.rx.run(drop())
  await until('all are dropped', () => countersOf(program).dropped === BigInt(COUNT))
  expect(wire.received).toBe(COUNT)
  expect(wire.port.counters().tx.requested).toBe(0n)
  expect(wire.sentSoFar()).toEqual([])
})

test('a port can send back what it receives', async () => {
  await using wire = await CapturePort.open(frames)
  await wire.port.rx.run(macSwap({ to: wire.port }))
  expect(hex(await wire.sent(COUNT))).toEqual(hex(frames.map(swapped)))
})

test('what a device has no room for is dropped, and counted as rejected', async () => {
  // The ring of net_ring holds 1024 packets; here nobody takes them out.
  await using source = await CapturePort.open(numberedFrames(2000, { longest: 100 }))
  await using full = await Port.open('net_ring0')
  const program = await source.port.rx.run(forward({ to: full }))
  await until('all have been received', () => source.received === 2000)
  await program.stop()
  const { tx } = full.counters()
  expect(tx.requested).toBe(2000n)
  expect(tx.rejectedFull).toBeGreaterThan(0n)
  expect(tx.accepted + tx.rejectedFull).toBe(2000n)
  expect((await full.statistics()).transmittedPackets).toBe(tx.accepted)
})

test('handle: received = the sum of what it says it did', async () => {
  await using left = await CapturePort.open(frames)
  await using right = await CapturePort.open()
  let seen = 0
  const program = await left.port.rx.handle(
    (batch, { right }) => {
      for (const packet of batch) {
        const turn = seen++ % 4
        if (turn === 0) packet.forward(right)
        if (turn === 1) packet.drop()
        if (turn === 2) packet.continue()
      }
    },
    { outputs: { right: right.port }, overflow: 'backpressure' },
  )
  await until('all have been seen', () => seen === COUNT)
  await program.stop()
  const counters = countersOf(program)
  expect(counters).toMatchObject({
    delivered: 700n,
    forwarded: 175n,
    dropped: 175n,
    continued: 175n,
    unhandled: 175n,
    inFlight: 0n,
  })
  expect(left.received).toBe(COUNT)
  expect(program.stats().unclaimed).toBe(counters.continued)
  expect(hex(await right.sent(175))).toEqual(hex(frames.filter((_, index) => index % 4 === 0)))
})

test('actions follow one another: what one leaves alone, the next one gets', async () => {
  await using left = await CapturePort.open(frames)
  await using right = await CapturePort.open()
  const isOdd = (frame: { getUint8(at: number): number }) => (frame.getUint8(11) & 1) === 1
  const program = await left.port.rx.run(
    handle(
      (batch) => {
        for (const packet of batch) if (isOdd(packet)) packet.drop()
      },
      { unhandled: 'continue', overflow: 'backpressure' },
    ),
    macSwap({ to: right.port }),
  )
  const even = frames.filter((frame) => ((frame[11] as number) & 1) === 0)
  expect(hex(await right.sent(even.length))).toEqual(hex(even.map(swapped)))
  expect(program.stats().actions.map(({ kind }) => kind)).toEqual(['handle', 'macSwap'])
  await program.stop()
  expect(countersOf(program, 0)).toMatchObject({
    continued: 0n,
    dropped: 350n,
    unhandled: 350n,
    passed: 350n,
  })
  expect(countersOf(program, 1)).toEqual({ forwarded: 350n })
})

test('a program can have several handlers: each gets what the one before lets through', async () => {
  await using wire = await CapturePort.open(frames)
  const { port } = wire
  const seen: number[][] = [[], [], []]
  const stage = (index: number) =>
    handle(
      (batch, { out }) => {
        for (const packet of batch) {
          const number = numberOf(packet.bytes)
          seen[index]?.push(number)
          if (number % 3 === index) packet.forward(out)
        }
      },
      { outputs: { out: port }, unhandled: 'continue', ...(index === 0 && { overflow: 'backpressure' }) },
    )
  const program = await port.rx.run(stage(0), stage(1), stage(2))
  const sent = await wire.sent(COUNT)
  const numbers = frames.map((_, number) => number)
  expect(seen).toEqual([
    numbers,
    numbers.filter((number) => number % 3 !== 0),
    numbers.filter((number) => number % 3 === 2),
  ])
  // Their order is that of the last handler they saw.
  for (const rest of [0, 1, 2]) {
    const chosen = (frame: Uint8Array) => numberOf(frame) % 3 === rest
    expect(hex(sent.filter(chosen))).toEqual(hex(frames.filter(chosen)))
  }
  await program.stop()
  expect(program.stats().unclaimed).toBe(0n)
})

describe('a program', () => {
  test('can follow another: no frame is lost or changes its place in between', async () => {
    await using left = await CapturePort.open(frames)
    await using right = await CapturePort.open()
    for (let round = 0; round < 20; round++) {
      const program = await left.port.rx.run(forward({ to: right.port }))
      await program.stop()
    }
    await left.port.rx.run(forward({ to: right.port }))
    expect(hex(await right.sent(COUNT))).toEqual(hex(frames))
    expect(left.received).toBe(COUNT)
  })

  test('keeps its statistics when it has stopped, and as JSON they are decimal strings', async () => {
    await using wire = await CapturePort.open(frames)
    const program = await wire.port.rx.run(drop())
    await until('all are dropped', () => countersOf(program).dropped === BigInt(COUNT))
    expect(program.isRunning).toBe(true)
    expect(wire.port.rx.program).toBe(program)
    expect(await program.stop()).toBe(0)
    expect(await program.stop()).toBe(0)
    expect(program.isRunning).toBe(false)
    expect(wire.port.rx.program).toBeUndefined()
    expect(JSON.parse(JSON.stringify(program.stats()))).toEqual({
      received: '700',
      actions: [{ kind: 'drop', counters: { dropped: '700' } }],
      unclaimed: '0',
    })
  })

  test('runs on every queue of its port, and sums up what they did', async () => {
    await using port = await Port.open('net_null0,size=64', { rxQueues: 3 })
    const program = await port.rx.run(drop())
    await until('every queue has packets', () =>
      port.counters().rxQueues.every(({ received }) => received > 0n),
    )
    await program.stop()
    const received = port.counters().rxQueues.reduce((total, queue) => total + queue.received, 0n)
    expect(countersOf(program).dropped).toBe(received)
  })

  test('is refused where one runs already', async () => {
    await using wire = await CapturePort.open()
    const running = await wire.port.rx.run(drop())
    await expect(wire.port.rx.run(drop())).rejects.toMatchObject({
      name: 'DpdkError',
      code: 'ERR_DPDK_PROGRAM_RUNNING',
      hint: expect.stringContaining('stop()'),
    })
    expect(running.isRunning).toBe(true)
  })

  test('two started at a time: one runs, the other is refused', async () => {
    await using wire = await CapturePort.open()
    const outcomes = await Promise.allSettled([wire.port.rx.run(drop()), wire.port.rx.run(drop())])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  test('backpressure behind another action is refused: packets would be lost', async () => {
    await using wire = await CapturePort.open()
    const action = handle(() => {}, { overflow: 'backpressure' })
    await expect(
      wire.port.rx.run(
        handle(() => {}),
        action,
      ),
    ).rejects.toMatchObject({
      code: 'ERR_DPDK_BACKPRESSURE_NOT_FIRST',
    })
    expect(wire.port.rx.program).toBeUndefined()
    await wire.port.rx.run(drop())
  })

  test('arguments that cannot be right are refused: name, what is expected, what came', async () => {
    await using wire = await CapturePort.open()
    const { rx } = wire.port
    await expect(rx.run()).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: 'actions must be at least one action; received []',
    })
    await expect(rx.run(drop as unknown as Action)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: 'actions[0] must be an action, for example forward({ to: port }); received function drop',
    })
    expect(() => forward({ to: 'right' as unknown as Port })).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_TYPE',
        message: "options.to must be an open Port; received 'right'",
      }),
    )
    expect(() => l2fwd({ to: wire.port, macUpdating: 'no' as unknown as boolean })).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_TYPE',
        message: "options.macUpdating must be true or false; received 'no'",
      }),
    )
    expect(() => handle(() => {}, { ringSize: 100 })).toThrow(
      expect.objectContaining({
        code: 'ERR_OUT_OF_RANGE',
        message: expect.stringContaining('options.ringSize'),
      }),
    )
    expect(() => handle(() => {}, { outputs: { right: {} as Port } })).toThrow(
      expect.objectContaining({ message: 'options.outputs.right must be an open Port; received {}' }),
    )
  })
})
