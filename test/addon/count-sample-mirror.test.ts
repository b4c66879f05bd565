// Actions that let packets go on: they count, take samples, and make copies. And what all actions cost.

import { count, drop, forward, l2fwd, Mempool, match, mirror, Port, sample } from 'dpdk-node'
import { testNetwork } from 'dpdk-node/testing'
import { describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, macBytes, numberedFrames, patched } from '../support/frames.js'
import { until } from '../support/until.js'
import 'dpdk-node/testing/vitest'

useEal()
useAudit()

const COUNT = 700
const frames = numberedFrames(COUNT)
const bytesOf = (list: readonly Uint8Array[]) => BigInt(list.reduce((sum, { length }) => sum + length, 0))

describe('count', () => {
  test('counts packets and bytes under its name, wherever it stands, and lets them pass', async () => {
    await using network = await testNetwork(['input', 'output'])
    const { input, output } = network.ports
    const program = await input.rx.run(
      count('all'),
      match('ether[11] & 1 = 1', count('odd'), count('twice')),
      count('twice'),
      forward({ to: output }),
    )
    await network.feed('input', frames)
    const odd = frames.filter((_, number) => number % 2 === 1)
    const check = () => {
      expect(program.counted('all')).toEqual({ packets: 700n, bytes: bytesOf(frames) })
      expect(program.counted('odd')).toEqual({ packets: 350n, bytes: bytesOf(odd) })
      expect(program.counted('twice')).toEqual({ packets: 1050n, bytes: bytesOf([...frames, ...odd]) })
    }
    check()
    const { outputs } = await network.end()
    check()
    expect(outputs.output).toEqualFrames(frames)
    expect(() => program.counted('none')).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_VALUE',
        message: "name must be that of a count action in the program; received 'none'",
      }),
    )
    expect(() => count('')).toThrow(TypeError)
  })
})

describe('sample', () => {
  test.each([1, 2, 7, 32, 33, 64, 500, 1000])(
    'takes the first and then every %ith packet',
    async (interval) => {
      await using network = await testNetwork(['input', 'sampled', 'others'])
      const { input, sampled, others } = network.ports
      const program = await input.rx.run(sample(interval, forward({ to: sampled })), forward({ to: others }))
      await network.feed('input', frames)
      const { outputs } = await network.end()
      const isSampled = (_: unknown, number: number) => number % interval === 0
      expect(outputs.sampled).toEqualFrames(frames.filter(isSampled))
      expect(outputs.others).toEqualFrames(frames.filter((_, number) => !isSampled(_, number)))
      const expected = Math.ceil(COUNT / interval)
      expect(program.stats().actions[0]?.counters).toEqual({
        sampled: BigInt(expected),
        others: BigInt(COUNT - expected),
      })
    },
  )

  test('what its branch does not decide on keeps its place', async () => {
    await using network = await testNetwork(['input', 'output'])
    const { input, output } = network.ports
    await input.rx.run(sample(3, sample(2, drop())), forward({ to: output }))
    await network.feed('input', frames)
    const { outputs } = await network.end()
    expect(outputs.output).toEqualFrames(frames.filter((_, number) => number % 6 !== 0))
  })

  test.each([0, -1, 1.5, 2 ** 31 + 1])('not of %d packets', (interval) => {
    expect(() => sample(interval, drop())).toThrow(RangeError)
  })
})

describe('mirror', () => {
  test.each([
    ['isolated', 2176],
    ['isolated', 256],
    ['direct', 2176],
  ] as const)('sends copies, and lets the packets go on: %s, %i bytes', async (layout, dataRoom) => {
    await using network = await testNetwork(['input', 'monitor', 'output'], { pool: { layout, dataRoom } })
    const { input, monitor, output } = network.ports
    const program = await input.rx.run(mirror({ to: monitor }), l2fwd({ to: output }), drop())
    await network.feed('input', frames)
    const { outputs } = await network.end()
    // What l2fwd writes into the packets does not show in the copies, which leave at the same time or later.
    expect(outputs.monitor).toEqualFrames(frames)
    const addresses = [2, 0, 0, 0, 0, output.id, ...macBytes(output.macAddress)]
    expect(outputs.output).toEqualFrames(frames.map((frame) => patched(frame, 0, addresses)))
    expect(countersOf(program)).toEqual({ mirrored: COUNT })
  })

  test('goes without where the pool has no buffer, and counts that', async () => {
    await using mempool = await Mempool.create({ size: 128, cacheSize: 0 })
    await using source = await CapturePort.open(frames, { mempool, sendRingSize: 0 })
    // Nobody takes out what net_ring holds, so the copies keep their buffers.
    await using monitor = await Port.open('net_ring0')
    const program = await source.port.rx.run(mirror({ to: monitor }), forward({ to: source.port }))
    await until('the pool is empty', () => (countersOf(program).notMirrored ?? 0) > 0)
    await program.stop()
    const { mirrored = 0, notMirrored = 0 } = countersOf(program)
    const received = Number(program.stats().received)
    expect(mirrored + notMirrored).toBe(received)
    expect(hex(source.sentSoFar())).toEqual(hex(frames.slice(0, received)))
  })
})

describe('cost', () => {
  test('is measured while somebody asks, of each action without its branch', async () => {
    await using port = await Port.open('net_null0,size=64')
    const program = await port.rx.run(
      match('ether[12:2] = 0', count('null'), sample(2, drop()), count('half')),
      drop(),
    )
    await until('packets flow', () => program.stats().received > 1000n)
    expect(program.describe().actions[0]).not.toHaveProperty('cost')

    const { actions } = await program.describe({ measureMs: 50 })
    const [branch, end] = actions
    const inner = branch?.actions ?? []
    expect([branch, ...inner, end].map((action) => action?.number)).toEqual(['1', '1.1', '1.2', '1.3', '2'])
    const costs = [branch, ...inner, end].map((action) => action?.cost)
    for (const cost of costs) {
      expect(cost?.packets).toBeGreaterThan(100n)
      expect(cost?.cyclesPerPacket).toBeGreaterThan(0)
    }
    // Each was read a moment later than the one before.
    const [matching, counting, , , dropping] = costs
    expect(Number(counting?.packets) / Number(matching?.packets)).toBeCloseTo(1, 1)
    expect(Number(dropping?.packets) / Number(matching?.packets)).toBeCloseTo(0.5, 1)

    const before = program.describe()
    expect(before.actions[0]).not.toHaveProperty('cost')
    const text = await program.explain({ measureMs: 10 })
    expect(text).toMatch(/ {2}1\. match .*\n.*matched \d+\n {5}\d+\.\d cycles per packet, of \d+\n/)
    expect(program.explain()).not.toContain('cycles')
    await program.stop()
  })

  test('of a branch is not in that of the action that it belongs to', async () => {
    await using port = await Port.open('net_null0,size=64')
    await using to = await Port.open('net_null1')
    const program = await port.rx.run(match('ether[12:2] = 0', mirror({ to })), drop())
    // Whatever else this machine does only makes it more.
    let [filtering, copying] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let round = 0; round < 5; round++) {
      const [branch] = (await program.describe({ measureMs: 20 })).actions
      filtering = Math.min(filtering, branch?.cost?.cyclesPerPacket ?? filtering)
      copying = Math.min(copying, branch?.actions?.[0]?.cost?.cyclesPerPacket ?? copying)
    }
    expect(filtering).toBeLessThan(copying)
    await program.stop()
  })

  test('stops with the last that measures, and a program that ends meanwhile is no harm', async () => {
    await using wire = await CapturePort.open(frames)
    const program = await wire.port.rx.run(count('all'), drop())
    const both = [program.describe({ measureMs: 30 }), program.describe({ measureMs: 300 })]
    await program.replace(drop())
    await program.stop()
    const [short, long] = await Promise.all(both)
    expect(short?.actions.map(({ kind }) => kind)).toEqual(['count', 'drop'])
    expect(long?.actions.map(({ kind }) => kind)).toEqual(['count', 'drop'])
    expect(JSON.parse(JSON.stringify(program.describe()))).toMatchObject({
      port: wire.port.name,
      isRunning: false,
      version: 2,
      actions: [{ number: '1', kind: 'drop', description: 'drop' }],
    })
    await program.describe({ measureMs: 1 })
    for (const measureMs of [0, 60_001, 'long' as unknown as number]) {
      expect(() => program.explain({ measureMs })).toThrow(/options\.measureMs must be/)
    }
  })
})
