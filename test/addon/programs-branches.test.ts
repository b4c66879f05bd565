// Programs that branch: which packets take which way, in which order, and that all of them are counted.

import { type Action, drop, forward, handle, macSwap, match, type Port } from 'dpdk-node'
import { testNetwork } from 'dpdk-node/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { useEal } from '../support/eal.js'
import { numberedFrames, numberOf, swapped } from '../support/frames.js'
import 'dpdk-node/testing/vitest'

useEal()
useAudit()

const COUNT = 700
const frames = numberedFrames(COUNT, { shortest: 60, longest: 200 })
const numbers = frames.map((_, number) => number)

/** Frames whose number has this bit. */
const withBit = (bit: number) => `ether[11] & ${1 << bit} != 0`
const hasBit = (number: number, bit: number) => ((number >> bit) & 1) === 1

/** Numbers of the frames that left. */
const left = (sent: readonly Uint8Array[]) => sent.map(numberOf)

describe('match', () => {
  test('sends what matches through its branch, and the others on', async () => {
    await using network = await testNetwork(['input', 'odd', 'even'])
    const { input, odd, even } = network.ports
    const program = await input.rx.run(match(withBit(0), forward({ to: odd })), forward({ to: even }))
    await network.feed('input', frames)
    const { outputs } = await network.end()
    expect(outputs.odd).toEqualFrames(frames.filter((_, number) => hasBit(number, 0)))
    expect(outputs.even).toEqualFrames(frames.filter((_, number) => !hasBit(number, 0)))
    expect(program.stats()).toMatchObject({
      received: 700n,
      actions: [
        {
          kind: 'match',
          counters: { matched: 350n, unmatched: 350n },
          actions: [{ kind: 'forward', counters: { forwarded: 350n } }],
        },
        { kind: 'forward', counters: { forwarded: 350n } },
      ],
      unclaimed: 0n,
    })
    expect(program.stats().actions[1]).not.toHaveProperty('actions')
  })

  test('what comes out of a branch goes on with the others in the order in which it came', async () => {
    await using network = await testNetwork(['input', 'output'])
    const { input, output } = network.ports
    await input.rx.run(
      match(withBit(1), match(withBit(2), match(withBit(3), drop()))),
      match(withBit(4), match(withBit(0), drop())),
      forward({ to: output }),
    )
    await network.feed('input', frames)
    const dropped = (n: number) =>
      (hasBit(n, 1) && hasBit(n, 2) && hasBit(n, 3)) || (hasBit(n, 4) && hasBit(n, 0))
    const { outputs } = await network.end()
    expect(left(outputs.output)).toEqual(numbers.filter((number) => !dropped(number)))
  })

  test('what nothing decides on is unclaimed, from whatever branch it comes', async () => {
    await using network = await testNetwork(['input'])
    const program = await network.ports.input.rx.run(match(withBit(0), match(withBit(1), drop())))
    await network.feed('input', frames)
    await network.end()
    expect(program.stats().unclaimed).toBe(525n)
  })

  test('sixteen branches deep', async () => {
    await using network = await testNetwork(['input', 'output'])
    const { input, output } = network.ports
    let action = macSwap({ to: output })
    for (let depth = 0; depth < 16; depth++) action = match(withBit(depth % 8), action)
    const program = await input.rx.run(action, drop())
    await network.feed('input', frames)
    const { outputs } = await network.end()
    const all = frames.filter((_, number) => (number & 255) === 255)
    expect(outputs.output).toEqualFrames(all.map(swapped))
    expect(countersOf(program, 1)).toEqual({ dropped: COUNT - all.length })
  })
})

describe('a handler in a branch', () => {
  test('continues in its own branch, and from there behind the match', async () => {
    await using network = await testNetwork(['input', 'inner', 'outer'])
    const { input, inner, outer } = network.ports
    const seen: number[] = []
    const program = await input.rx.run(
      match(
        withBit(0),
        handle(
          (batch) => {
            for (const packet of batch) {
              seen.push(packet.getUint16(10))
              if (!hasBit(packet.getUint8(11), 1)) packet.continue()
            }
          },
          { unhandled: 'drop' },
        ),
        match(withBit(2), forward({ to: inner })),
      ),
      forward({ to: outer }),
    )
    await network.feed('input', frames)
    const { outputs } = await network.end()
    const odd = numbers.filter((number) => hasBit(number, 0))
    expect(seen).toEqual(odd)
    const continued = odd.filter((number) => !hasBit(number, 1))
    expect(left(outputs.inner)).toEqual(continued.filter((number) => hasBit(number, 2)))
    // Those that were with the handler are late, but each kind is in order.
    const others = continued.filter((number) => !hasBit(number, 2))
    expect(left(outputs.outer).filter((number) => hasBit(number, 0))).toEqual(others)
    expect(left(outputs.outer).filter((number) => !hasBit(number, 0))).toEqual(
      numbers.filter((number) => !hasBit(number, 0)),
    )
    const [branch, last] = program.stats().actions
    expect(branch?.actions?.[0]?.counters).toMatchObject({ delivered: 350n, continued: 175n, passed: 175n })
    expect(last?.counters).toEqual({ forwarded: BigInt(350 + others.length) })
  })

  test('every handler has its own counters and packets, wherever it is', async () => {
    await using network = await testNetwork(['input', 'output'])
    const { input, output } = network.ports
    const seen: number[][] = [[], [], []]
    const watch = (index: number) =>
      handle(
        (batch, { output }) => {
          for (const packet of batch) {
            seen[index]?.push(packet.getUint16(10))
            if (index === 2) packet.forward(output)
            else packet.continue()
          }
        },
        { outputs: { output }, ...(index === 0 && { overflow: 'backpressure' }) },
      )
    const program = await input.rx.run(watch(0), match(withBit(0), match(withBit(1), watch(1))), watch(2))
    await network.feed('input', frames)
    const held = () => program.stats().actions[1]?.actions?.[0]?.actions?.[0]?.counters.delivered
    expect(held()).toBe(175n)
    const { outputs } = await network.end()
    expect(seen[0]).toEqual(numbers)
    expect(seen[1]).toEqual(numbers.filter((number) => (number & 3) === 3))
    expect([...(seen[2] ?? [])].sort((a, b) => a - b)).toEqual(numbers)
    expect(outputs.output).toHaveLength(COUNT)
    expect(held()).toBe(175n)
  })

  test('holds a packet, and lets it go on in its branch later', async () => {
    await using network = await testNetwork(['input', 'output'])
    const { input, output } = network.ports
    const program = await input.rx.run(
      match(
        withBit(0),
        handle((batch) => {
          for (const packet of batch) {
            const held = packet.hold()
            setImmediate(() => held?.continue())
          }
        }),
        macSwap({ to: output }),
      ),
    )
    await network.feed('input', frames.slice(0, 40))
    const { outputs } = await network.end()
    expect(outputs.output).toEqualFrames(
      frames
        .slice(0, 40)
        .filter((_, number) => hasBit(number, 0))
        .map(swapped),
    )
    expect(program.stats().unclaimed).toBe(20n)
  })
})

// A tree of matches, with what the lcore must do with it said in TypeScript.
type Tree = { bit: number; inner: Tree[] } | 'drop' | 'a' | 'b'

const tree = fc.letrec<{ tree: Tree; list: Tree[] }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Tree>('drop', 'a', 'b'),
    fc.record({ bit: fc.nat(7), inner: tie('list') }),
    fc.record({ bit: fc.nat(7), inner: tie('list') }),
  ),
  list: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
}))

function toActions(trees: readonly Tree[], to: { a: Port; b: Port }): Action[] {
  return trees.map((each) => {
    if (each === 'drop') return drop()
    if (each === 'a' || each === 'b') return forward({ to: to[each] })
    return match(withBit(each.bit), ...toActions(each.inner, to))
  })
}

/** Which action decides on a packet, and where that is in the tree. */
interface Fate {
  fate: 'drop' | 'a' | 'b'
  place: string
}

function fateOf(number: number, trees: readonly Tree[], outer = ''): Fate | undefined {
  for (const [index, each] of trees.entries()) {
    const place = `${outer}${index}.`
    if (typeof each === 'string') return { fate: each, place }
    const fate = hasBit(number, each.bit) ? fateOf(number, each.inner, place) : undefined
    if (fate !== undefined) return fate
  }
  return undefined
}

// Of two ways to one output, one is the first in each burst; so the order is that of the packets on each way.
test('whatever the tree, every packet takes the way that it says, in order', async () => {
  await using network = await testNetwork(['input', 'a', 'b'])
  const { input, a, b } = network.ports
  const program = await input.rx.run(drop())
  const sent = { a: 0, b: 0 }
  await fc.assert(
    fc.asyncProperty(tree.list, async (trees) => {
      await program.replace(...toActions(trees, { a, b }))
      await network.feed('input', frames.slice(0, 256))
      const { outputs } = network
      const fed = numbers.slice(0, 256)
      for (const name of ['a', 'b'] as const) {
        const expected = fed.filter((number) => fateOf(number, trees)?.fate === name)
        const actual = left(outputs[name].slice(sent[name]))
        const ways = new Set(expected.map((number) => fateOf(number, trees)?.place))
        for (const way of ways) {
          const onIt = (number: number) => fateOf(number, trees)?.place === way
          expect(actual.filter(onIt)).toEqual(expected.filter(onIt))
        }
        expect(actual).toHaveLength(expected.length)
        sent[name] += expected.length
      }
      const unclaimed = fed.filter((number) => fateOf(number, trees) === undefined)
      expect(program.stats().unclaimed).toBe(BigInt(unclaimed.length))
    }),
    { numRuns: 60 },
  )
  await network.end()
})

describe('what cannot be is refused', () => {
  test('backpressure anywhere but at the start: packets have left the device by then', async () => {
    await using network = await testNetwork(['input'])
    const { rx } = network.ports.input
    const waiting = handle(() => {}, { overflow: 'backpressure' })
    const refused = expect.objectContaining({
      name: 'DpdkError',
      code: 'ERR_DPDK_BACKPRESSURE_NOT_FIRST',
      hint: expect.stringContaining('front'),
    })
    await expect(rx.run(match('arp', waiting))).rejects.toEqual(refused)
    await expect(rx.run(drop(), match('arp', drop(), waiting))).rejects.toEqual(refused)
    expect(rx.program).toBeUndefined()
    await rx.run(waiting, match('arp', drop()))
  })

  test('branches that are too deep, empty, or of something else', () => {
    let action = drop()
    for (let depth = 0; depth < 16; depth++) action = match('arp', action)
    expect(() => match('arp', action)).toThrow(
      expect.objectContaining({
        code: 'ERR_OUT_OF_RANGE',
        message: 'actions must be branches in branches, 16 deep at most; received 17',
      }),
    )
    expect(() => match('arp')).toThrow(
      expect.objectContaining({ message: 'actions must be at least one action; received []' }),
    )
    expect(() => match('arp', drop as unknown as Action)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^actions\[0\] must be an action/) }),
    )
    expect(() => match(5 as unknown as string, drop())).toThrow(TypeError)
  })
})

test('explain shows the tree with its counters', async () => {
  await using network = await testNetwork(['input', 'output'])
  const { input, output } = network.ports
  const program = await input.rx.run(
    match(withBit(0), match(withBit(1), drop()), forward({ to: output })),
    macSwap({ to: output }),
  )
  await network.feed('input', frames)
  expect(program.explain().split('\n').slice(1)).toEqual([
    "  1. match 'ether[11] & 1 != 0'",
    '     matched 350, unmatched 350',
    "     1.1. match 'ether[11] & 2 != 0'",
    '          matched 175, unmatched 175',
    '          1.1.1. drop',
    '                 dropped 175',
    `     1.2. forward to ${output.name}`,
    '          forwarded 175',
    `  2. macSwap to ${output.name}`,
    '     forwarded 350',
  ])
})
