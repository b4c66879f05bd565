import { Meter, Port, type Program, sink } from 'dpdk-node'
import { ethernet, type Frame, ipv4, udp } from 'dpdk-node/packets'
import { encodeCapture } from 'dpdk-node/pcap'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { useEal } from '../support/eal.js'
import { generated } from '../support/generated.js'
import { until } from '../support/until.js'

useEal({ lcores: [0, 1] })
useAudit()

const layers = [ethernet(), ipv4(), udp()]

let loop: Port
let meter: Meter
let program: Program
let rings = 0

/** A port that receives what it sends, and a sink there. */
async function open(options = {}) {
  loop = await Port.open(`net_ring${rings++}`, { promiscuous: true })
  meter = await Meter.create({ streams: 2, ...options })
  program = await loop.rx.run(sink({ meter }))
}

beforeEach(() => open())
afterEach(async () => {
  await loop.close()
  await meter.close()
})

/** Sends frames around the loop, in this order and no faster than they are taken. */
async function send(frames: readonly Uint8Array[]) {
  const before = received()
  const capture = encodeCapture(frames.map((bytes) => ({ bytes, timestamp: 0n })))
  const { accepted } = await (await loop.replay(capture, { speed: Number.POSITIVE_INFINITY })).finished()
  expect(accepted).toBe(BigInt(frames.length))
  await until('all have arrived', () => received() === before + accepted)
}

const received = () => program.stats().received

/** Frames of stream 0 with these sequence numbers. */
async function numbered(numbers: readonly number[]): Promise<Uint8Array[]> {
  const packets = Math.max(...numbers) + 1
  const { frames } = await generated({ streams: [{ frame: layers, probe: { timestamp: false } }], packets })
  return numbers.map((number) => (frames[number] as Frame).bytes)
}

async function measured(numbers: readonly number[]) {
  await send(await numbered(numbers))
  const { lost, reordered, duplicates, tooOld, first, highest } = (await meter.read()).streams[0] ?? {}
  return { lost, reordered, duplicates, tooOld, first, highest }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const nothing = { lost: 0n, reordered: 0n, duplicates: 0n, tooOld: 0n }

describe('a sink finds', () => {
  test('nothing wrong with a stream as it was sent', async () => {
    expect(await measured(range(0, 2999))).toEqual({ ...nothing, first: 0n, highest: 2999n })
  })

  test('what is lost, one by one, in runs, and longer than its window', async () => {
    expect(await measured([0, 1, 3, ...range(10, 20), 21, ...range(5000, 5010)])).toEqual({
      ...{ ...nothing, lost: 1n + 6n + 4978n, first: 0n, highest: 5010n },
    })
  })

  test('what comes twice', async () => {
    expect(await measured([0, 0, 1, 2, 2, 2, 3, 1])).toEqual({
      ...{ ...nothing, duplicates: 4n, first: 0n, highest: 3n },
    })
  })

  test('what comes behind a later one, and so is not lost', async () => {
    expect(await measured([0, 1, 2, 5, 3, 4, 6, 8, 7])).toEqual({
      ...{ ...nothing, reordered: 3n, first: 0n, highest: 8n },
    })
  })

  test('a stream that begins with a later one', async () => {
    expect(await measured([7, 5, 6, 8])).toEqual({ ...nothing, reordered: 2n, first: 5n, highest: 8n })
  })

  test('what comes when the window of 1024 is over', async () => {
    expect(await measured([0, ...range(2, 1023), 1, 1024, 1, ...range(1025, 1200), 1])).toEqual({
      // The second 1 is 1023 back, the last one 1199.
      ...{ ...nothing, reordered: 1n, duplicates: 1n, tooOld: 1n, first: 0n, highest: 1200n },
    })
  })

  test.each([1, 2, 3])('all of it at once, as a slow look at the same numbers does (%i)', async (seed) => {
    const numbers = doctored(4000, seed)
    expect(await measured(numbers)).toEqual(slowLook(numbers, 1024))
  })

  test('the same with another window', async () => {
    await loop.close()
    await meter.close()
    await open({ window: 64 })
    const numbers = doctored(4000, 9)
    expect(slowLook(numbers, 64).tooOld).toBeGreaterThan(0n)
    expect(await measured(numbers)).toEqual(slowLook(numbers, 64))
  })
})

/** Loses, repeats and displaces some of the numbers. */
function doctored(count: number, seed: number): number[] {
  let state = seed
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % below
  }
  const numbers = range(0, count - 1).filter(() => random(50) !== 0)
  for (let i = 0; i < 200; i++) {
    const [from, to] = [random(numbers.length), random(numbers.length)]
    const near = Math.min(numbers.length - 1, from + random(i % 2 === 0 ? 30 : 1500))
    if (i % 3 === 0) numbers.splice(near, 0, numbers[from] as number)
    else numbers.splice(i % 7 === 0 ? to : near, 0, ...numbers.splice(from, 1))
  }
  return numbers
}

/** By the definitions. */
function slowLook(numbers: readonly number[], window: number) {
  const came = new Set<number>()
  const counts = { reordered: 0, duplicates: 0, tooOld: 0 }
  let [first, highest] = [Number.POSITIVE_INFINITY, -1]
  for (const number of numbers) {
    if (number < highest && highest - number >= window) {
      counts.tooOld++
      continue
    }
    if (came.has(number)) counts.duplicates++
    else if (number < highest) counts.reordered++
    came.add(number)
    first = Math.min(first, number)
    highest = Math.max(highest, number)
  }
  const lost = range(first, highest).filter((number) => !came.has(number)).length
  const all = { lost, ...counts, first, highest }
  return Object.fromEntries(Object.entries(all).map(([name, count]) => [name, BigInt(count)])) as {
    [name in keyof typeof all]: bigint
  }
}

describe('a meter', () => {
  test('tells streams apart, and others', async () => {
    const options = (probe: object | undefined) => ({ frame: layers, size: 100, ...(probe && { probe }) })
    const generator = await loop.generate({
      streams: [options({}), options({}), options({ stream: 2 }), options(undefined)],
      packets: 4000,
      rate: { packetsPerSecond: 200_000 },
    })
    await generator.finished()
    await until('all have arrived', () => received() === 4000n)
    const { streams, others } = await meter.read()
    expect(streams).toMatchObject([
      { ...nothing, received: 1000n, bytes: 100_000n, first: 0n, highest: 999n },
      { ...nothing, received: 1000n, bytes: 100_000n, first: 0n, highest: 999n },
    ])
    // Stream 2 is not one of its two.
    expect(others).toEqual({ packets: 2000n, bytes: 200_000n })
    expect(countersOf(program)).toEqual({ measured: 2000, unmeasured: 2000 })
    expect(JSON.parse(JSON.stringify(await meter.read())).streams[0].received).toBe('1000')
  })

  test('measures latency', async () => {
    const streams = [{ frame: layers, probe: true }]
    const before = performance.now()
    await (await loop.generate({ streams, packets: 10_000, rate: { packetsPerSecond: 100_000 } })).finished()
    await until('all have arrived', () => received() === 10_000n)
    const duration = (performance.now() - before) * 1e6
    const { latency } = (await meter.read()).streams[0] ?? {}
    const { packets, minimum, mean, median, p99, p999, maximum } = latency ?? expect.fail('no latency')
    expect(packets).toBe(10_000n)
    expect(minimum).toBeGreaterThan(0)
    for (const [less, more] of [
      [minimum, median],
      [median, p99],
      [p99, p999],
      [p999, maximum],
      [minimum, mean],
      [mean, maximum],
    ] as const) {
      expect(less).toBeLessThanOrEqual(more)
    }
    expect(maximum).toBeLessThan(duration)
  })

  test('measures how long packets wait: as long as nobody takes them', async () => {
    await program.stop()
    await (await loop.generate({ streams: [{ frame: layers, probe: true }], packets: 500 })).finished()
    await new Promise((resolve) => setTimeout(resolve, 100))
    program = await loop.rx.run(sink({ meter }))
    await until('all have arrived', () => received() === 500n)
    const { minimum, maximum } = (await meter.read()).streams[0]?.latency ?? expect.fail('no latency')
    expect(minimum).toBeGreaterThan(95e6)
    expect(maximum).toBeLessThan(5e9)
  })

  test('keeps what sinks measured that have ended, until it is reset', async () => {
    await send(await numbered(range(0, 9)))
    await program.replace(sink({ meter }))
    await send(await numbered(range(0, 19).slice(10)))
    expect((await meter.read()).streams[0]).toMatchObject({
      ...nothing,
      received: 20n,
      first: 0n,
      highest: 19n,
    })
    await meter.reset()
    expect((await meter.read()).streams[0]).toMatchObject({
      received: 0n,
      lost: 0n,
      first: undefined,
      latency: undefined,
    })
    await send(await numbered(range(0, 19).slice(15)))
    expect((await meter.read()).streams[0]).toMatchObject({
      ...nothing,
      received: 5n,
      first: 15n,
      highest: 19n,
    })
  })

  test('is not needed for a sink that only counts', async () => {
    await program.replace(sink())
    await send(await numbered(range(0, 99)))
    expect(countersOf(program)).toEqual({ unmeasured: 100 })
    expect((await meter.read()).others.packets).toBe(0n)
  })

  test('finds no probe in a packet that is too short for one', async () => {
    const [frame] = await numbered([0])
    await send([(frame as Uint8Array).slice(0, 14), (frame as Uint8Array).slice(0, 59), frame as Uint8Array])
    expect(await meter.read()).toMatchObject({
      streams: [{ received: 1n }, { received: 0n }],
      others: { packets: 2n },
    })
  })

  test('is refused what cannot be', async () => {
    await expect(Meter.create({ streams: 0 })).rejects.toThrow('options.streams')
    await expect(Meter.create({ window: 1000 })).rejects.toThrow('options.window must be a power of two')
    await expect(Meter.create({ windows: 64 } as never)).rejects.toThrow('options.windows is not an option')
    expect(() => sink({ meter: {} as Meter })).toThrow('options.meter must be a Meter')
    const closed = await Meter.create()
    await closed.close()
    await closed.close()
    await expect(closed.read()).rejects.toMatchObject({ code: 'ERR_DPDK_METER_CLOSED' })
    expect(() => sink({ meter: closed })).toThrow(expect.objectContaining({ code: 'ERR_DPDK_METER_CLOSED' }))
  })
})
