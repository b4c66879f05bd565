// The kit that users test their programs with: several ports, more than one step, what is counted.

import { fileURLToPath } from 'node:url'
import { drop, Eal, forward, handle, l2fwd, type OwnedPacket, Port } from 'dpdk-node'
import { runProgram, testEal, testNetwork } from 'dpdk-node/testing'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { numberedFrames } from '../support/frames.js'
import { sendAll } from '../support/send-all.js'
import 'dpdk-node/testing/vitest'

const frames = numberedFrames(700)
const [first, second, third] = frames as [Uint8Array, Uint8Array, Uint8Array]
const office = fileURLToPath(new URL('../../examples/captures/office.pcap', import.meta.url))

// Whatever a test did: its ports and pools are gone.
afterEach(async () => {
  expect(await Port.list()).toEqual([])
  expect((await Eal.current?.audit())?.pools).toEqual([])
})

test('the EAL is that of the process, in ordinary memory, and keeps nobody waiting', async () => {
  const eal = await testEal()
  expect(eal).toBe(Eal.current)
  expect(await testEal()).toBe(eal)
  expect(eal).toMatchObject({ memory: { kind: 'no-huge' }, idle: 'sleep', pci: 'none' })
  expect(eal.lcores).toHaveLength(1)
  await expect(testEal({ idle: 'spin' })).rejects.toMatchObject({ code: 'ERR_DPDK_EAL_OPEN' })
})

describe('runProgram', () => {
  test('feeds every port, one after the other, and has what came of it', async () => {
    const run = await runProgram(
      async ({ left, right }) => {
        await left.rx.run(forward({ to: right }))
        await right.rx.handle(
          (batch, { left }) => {
            for (const packet of batch) packet.forward(left)
          },
          { outputs: { left } },
        )
        return 'started'
      },
      { ports: ['left', 'right'], packets: { left: frames, right: [third, third] } },
    )
    expect(run.value).toBe('started')
    expect(run.outputs.right).toEqualFrames(frames)
    expect(run.outputs.left).toEqualFrames([third, third])
    expect(run.verdicts.right).toEqual([
      { kind: 'forward', output: 'left' },
      { kind: 'forward', output: 'left' },
    ])
    expect(run.verdicts.left).toEqual([])
    expect(run.counters.right.tx).toMatchObject({ requested: 700n, accepted: 700n })
    expect(run.programs.left).toMatchObject({ received: 700n })
    expect(run.audit.ok).toBe(true)
  })

  test('has no program to speak of on a port that only sends', async () => {
    const run = await runProgram(({ left, right }) => left.rx.run(l2fwd({ to: right })), {
      ports: ['left', 'right'],
      packets: { left: office },
    })
    expect(run.outputs.right).toHaveLength(339)
    expect(run.programs.right).toBeUndefined()
  })

  test('fails as the program does, and cleans up', async () => {
    const run = runProgram(
      async ({ left }) => {
        await left.rx.run(drop())
        throw new Error('boom')
      },
      { ports: ['left'] },
    )
    await expect(run).rejects.toThrow('boom')
  })
})

describe('a network', () => {
  test('is fed again and again; counters can be read in between', async () => {
    await using network = await testNetwork(['left', 'right'])
    const { left, right } = network.ports
    const program = await left.rx.run(forward({ to: right }))
    for (const [index, frame] of [first, second, third].entries()) {
      await network.feed('left', frame)
      expect(network.outputs.right).toEqualFrames(frames.slice(0, index + 1))
      expect(program.stats().received).toBe(BigInt(index + 1))
    }
    await network.feed('left', frames, { atOnce: 100 })
    const { outputs, audit, counters } = await network.end()
    expect(outputs.right).toEqualFrames([first, second, third, ...frames])
    expect(counters.left.rxQueues[0]?.received).toBe(703n)
    expect(audit.outputs).toContainEqual(expect.objectContaining({ deviceTransmitted: 703n }))
  })

  test('follows a program that is replaced and stopped', async () => {
    await using network = await testNetwork(['left', 'right'])
    const { left, right } = network.ports
    const program = await left.rx.run(drop())
    await network.feed('left', first)
    await program.replace(
      handle(
        (batch, { right }) => {
          for (const packet of batch) packet.forward(right)
        },
        { outputs: { right } },
      ),
    )
    await network.feed('left', [second, third])
    await program.stop()
    await left.rx.run(forward({ to: left }))
    await network.feed('left', first)
    const { outputs, verdicts } = await network.end()
    expect(outputs).toEqual({ left: [first], right: [second, third] })
    expect(verdicts.left.map(({ kind }) => kind)).toEqual(['forward', 'forward'])
  })

  test('settles when the program sends by itself', async () => {
    await using network = await testNetwork(['left', 'right'])
    const { left, right } = network.ports
    await sendAll(left, frames)
    right.send(first)
    await network.settled()
    expect(network.outputs.left).toEqualFrames(frames)
    expect(network.outputs.right).toEqualFrames([first])
  })

  test('lets handlers hold packets from one step to the next', async () => {
    await using network = await testNetwork(['left', 'right'])
    const { left, right } = network.ports
    const held: OwnedPacket[] = []
    let out: Parameters<OwnedPacket['forward']>[0] | undefined
    await left.rx.handle(
      (batch, outputs) => {
        out = outputs.right
        for (const packet of batch) held.push(packet.hold())
      },
      { outputs: { right } },
    )
    await network.feed('left', [first, second])
    expect(network.outputs.right).toEqual([])
    expect(network.verdicts.left).toEqual([{ kind: 'hold' }, { kind: 'hold' }])
    for (const packet of held.reverse()) if (out) packet.forward(out)
    await network.settled()
    expect(network.outputs.right).toEqualFrames([second, first])
  })

  test('goes with fake timers: the test decides when a handler’s timer is over', async () => {
    vi.useFakeTimers()
    try {
      await using network = await testNetwork(['left', 'right'])
      const { left, right } = network.ports
      await left.rx.handle(
        (batch, { right }) => {
          for (const packet of batch) {
            const held = packet.hold()
            setTimeout(() => held.forward(right), 3_600_000)
          }
        },
        { outputs: { right } },
      )
      await network.feed('left', first)
      vi.advanceTimersByTime(3_599_999)
      await network.settled()
      expect(network.outputs.right).toEqual([])
      vi.advanceTimersByTime(1)
      await network.settled()
      expect(network.outputs.right).toEqualFrames([first])
      await network.end()
    } finally {
      vi.useRealTimers()
    }
  })

  test('overflows a ring in the same way every time', async () => {
    for (let repetition = 0; repetition < 2; repetition++) {
      await using network = await testNetwork(['left'])
      const program = await network.ports.left.rx.handle(() => {}, { ringSize: 64 })
      await network.feed('left', frames.slice(0, 500), { atOnce: 500 })
      expect(program.stats().actions[0]?.counters).toMatchObject({ delivered: 64n, overflow: 436n })
    }
  })

  test('feeds a capture without a program', async () => {
    await using network = await testNetwork(['left'])
    const capture = network.ports.left.rx.capture()
    await capture.started
    await network.feed('left', [first, second])
    expect((await capture.next()).value).toEqualFrame(first)
    expect((await capture.next()).value).toEqualFrame(second)
  })

  test('is one of several at the same time', async () => {
    const runs = await Promise.all(
      [50, 60, 70].map((count) =>
        runProgram(({ a, b }) => a.rx.run(forward({ to: b })), {
          ports: ['a', 'b'],
          packets: { a: frames.slice(0, count) },
        }),
      ),
    )
    expect(runs.map(({ outputs }) => outputs.b.length)).toEqual([50, 60, 70])
  })

  test('ends once, with the same result', async () => {
    const network = await testNetwork(['left'])
    expect(await network.end()).toBe(await network.end())
    await network[Symbol.asyncDispose]()
  })
})

describe('refused are', () => {
  test('names that are none, and the same name twice', async () => {
    await expect(testNetwork(['a b'])).rejects.toThrow(/names\[0\] must be a name of letters/)
    await expect(testNetwork(['a', 'a'])).rejects.toThrow(/names must be different names/)
    await expect(testNetwork([])).rejects.toThrow(/names must be at least one name/)
    await expect(testNetwork(['a'], { buffer: 1 } as never)).rejects.toThrow(
      /options.buffer is not an option/,
    )
    const unknown = { ports: ['a'] as const, packets: { b: frames } as never }
    await expect(runProgram(() => {}, unknown)).rejects.toThrow(
      /options.packets.b is not an option; known are a/,
    )
  })

  test('packets for a port that there is not, or on which nothing runs', async () => {
    await using network = await testNetwork(['left'])
    await expect(network.feed('right' as never, first)).rejects.toThrow(/name must be one of the ports left/)
    await expect(network.feed('left', first)).rejects.toMatchObject({ code: 'ERR_DPDK_NOTHING_RECEIVES' })
  })
})

afterAll(() => {
  // Not closed, on purpose: the kit's EAL lives as long as the process, and does not keep it.
  expect(Eal.current).toBeDefined()
})
