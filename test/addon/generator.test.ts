import { readFileSync } from 'node:fs'
import { decodeProbe, drop, Mempool, Port, type StreamOptions } from 'dpdk-node'
import {
  arp,
  ethernet,
  Frame,
  gre,
  icmp,
  ipv4,
  ipv6,
  payload,
  tcp,
  trailer,
  udp,
  vlanTag,
  vxlan,
} from 'dpdk-node/packets'
import { describe, expect, test } from 'vitest'
import { useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal, useTemporaryFolder } from '../support/eal.js'
import { hex } from '../support/frames.js'
import { faultsOf, generated } from '../support/generated.js'
import { until } from '../support/until.js'

useEal({ lcores: [0, 1] })
useAudit()
const folder = useTemporaryFolder()

const layers = [ethernet(), ipv4(), udp()]
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('packets of a stream', () => {
  test('are the frame, so many of them', async () => {
    const frame = Frame.build(...layers, 'hello')
    const { frames, statistics } = await generated({ streams: [{ frame }], packets: 77 })
    expect(hex(frames.map(({ bytes }) => bytes))).toEqual(Array(77).fill(hex([frame.bytes])[0]))
    const bytes = BigInt(77 * frame.length)
    expect(statistics).toMatchObject({
      ...{ generated: 77n, accepted: 77n, bytes, finished: true, streams: [{ generated: 77n, bytes }] },
      ...{ rejectedFull: 0n, rejectedTooLong: 0n, rejectedClosed: 0n, noBuffer: 0n, behind: 0n },
    })
    expect(JSON.parse(JSON.stringify(statistics))).toMatchObject({
      generated: '77',
      streams: [{ generated: '77' }],
    })
  })

  test.each([14, 15, 31, 32, 33, 63, 64, 65, 127, 128, 300, 1514])(
    'of %i bytes are complete',
    async (length) => {
      const frame = Uint8Array.from({ length }, (_, at) => at * 7 + 1)
      const { frames } = await generated({ streams: [{ frame }], packets: 40 })
      expect(new Set(hex(frames.map(({ bytes }) => bytes)))).toEqual(new Set(hex([frame])))
      expect(frames.length).toBe(40)
    },
  )

  test('differ in ranges, which turn over, go down, start in the middle, and stay for a while', async () => {
    const { frames } = await generated({
      streams: [
        {
          frame: layers,
          fields: {
            'ipv4.source': { minimum: '10.0.0.254', maximum: '10.0.1.1' },
            'ipv4.destination': { minimum: '10.1.0.1', maximum: '10.1.0.9', start: '10.1.0.4', step: 3 },
            'udp.sourcePort': { minimum: 65533, maximum: 65535, step: -1, repeat: 2 },
            'udp.destinationPort': { minimum: 0, maximum: 65535, start: 65534 },
            'ipv4.ttl': { minimum: 5, maximum: 5 },
          },
        },
      ],
      packets: 7,
    })
    const column = (read: (frame: Frame) => unknown) => frames.map(read)
    const [a, b, c, d] = ['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']
    expect(column(({ ipv4 }) => ipv4?.source)).toEqual([a, b, c, d, a, b, c])
    expect(column(({ ipv4 }) => ipv4?.destination?.slice(7))).toEqual(['4', '7', '1', '4', '7', '1', '4'])
    expect(column(({ udp }) => udp?.sourcePort)).toEqual([65535, 65535, 65534, 65534, 65533, 65533, 65535])
    expect(column(({ udp }) => udp?.destinationPort)).toEqual([65534, 65535, 0, 1, 2, 3, 4])
    expect(column(({ ipv4 }) => ipv4?.ttl)).toEqual(Array(7).fill(5))
    expect(faultsOf(folder, frames, ['eth', 'ip', 'udp'])).toEqual([])
  })

  test('differ by lists, also of bits and of addresses of any kind', async () => {
    const macs = ['02:00:00:00:00:01', '02:ff:ff:ff:ff:fe', '02:01:02:03:04:05']
    const addresses = ['2001:db8::1', 'fe80::ffff:ffff:ffff:ffff', '::1']
    const { frames } = await generated({
      streams: [
        {
          frame: [ethernet(), vlanTag({ priority: 5 }), vlanTag({ id: 9 }), ipv6(), tcp(), 'text'],
          fields: {
            'ethernet.destination': { list: macs },
            'ethernet.source': { list: [...macs].reverse() },
            'vlanTag.id': { list: [0, 4095] },
            'vlanTag.inner.priority': { list: [7, 0, 1] },
            'ipv6.source': { list: addresses },
            'ipv6.destination': { minimum: '2001:db8::ffff:ffff', maximum: '2001:db8::1:0:0' },
            'ipv6.hopLimit': { list: [1, 255] },
            'ipv6.flowLabel': { list: [0, 0xfffff] },
            'tcp.sequenceNumber': { minimum: 0xfffffffe, maximum: 0xffffffff },
          },
        },
      ],
      packets: 6,
    })
    const column = (read: (frame: Frame) => unknown) => frames.map(read)
    expect(column(({ ethernet }) => ethernet?.destination)).toEqual([...macs, ...macs])
    expect(column(({ ethernet }) => ethernet?.source)).toEqual([...macs, ...macs].reverse())
    expect(column(({ vlanTag }) => vlanTag?.id)).toEqual([0, 4095, 0, 4095, 0, 4095])
    expect(column(({ vlanTag }) => vlanTag?.priority)).toEqual(Array(6).fill(5))
    expect(column(({ vlanTag }) => vlanTag?.inner?.id)).toEqual(Array(6).fill(9))
    expect(column(({ vlanTag }) => vlanTag?.inner?.priority)).toEqual([7, 0, 1, 7, 0, 1])
    expect(column(({ ipv6 }) => ipv6?.source)).toEqual([...addresses, ...addresses])
    const [low, high] = ['2001:db8::ffff:ffff', '2001:db8::1:0:0']
    expect(column(({ ipv6 }) => ipv6?.destination)).toEqual([low, high, low, high, low, high])
    expect(column(({ ipv6 }) => [ipv6?.hopLimit, ipv6?.flowLabel])).toEqual(
      Array.from({ length: 6 }, (_, index) => (index % 2 ? [255, 0xfffff] : [1, 0])),
    )
    expect(column(({ tcp }) => tcp?.sequenceNumber)).toEqual(
      Array.from({ length: 6 }, (_, index) => 0xfffffffe + (index % 2)),
    )
    expect(faultsOf(folder, frames, ['eth', 'vlan', 'ipv6', 'tcp'])).toEqual([])
  })

  test('differ at random: within bounds, everywhere, and the same for the same seed', async () => {
    const options = (seed: number | bigint) => ({
      streams: [
        {
          frame: layers,
          size: 'imix' as const,
          fields: {
            'ethernet.source': { random: true },
            'ipv4.source': { random: true },
            'ipv4.ttl': { random: true, minimum: 10, maximum: 13 },
            'udp.sourcePort': { random: true, minimum: 1024, maximum: 65535 },
          },
          patches: [{ offset: 43, width: 8, random: true }],
        } satisfies StreamOptions,
      ],
      packets: 2400,
      seed,
    })
    const { frames } = await generated(options(1))
    const ttls = frames.map(({ ipv4 }) => ipv4?.ttl as number)
    for (const ttl of [10, 11, 12, 13]) {
      // Binomial: 600 are expected, and 21 are the standard deviation.
      const count = ttls.filter((each) => each === ttl).length
      expect(Math.abs(count - 600)).toBeLessThan(6 * 21)
    }
    expect(ttls.every((ttl) => ttl >= 10 && ttl <= 13)).toBe(true)
    expect(new Set(frames.map(({ ipv4 }) => ipv4?.source)).size).toBeGreaterThan(2390)
    expect(
      frames.every(
        ({ ethernet }) =>
          ethernet?.source.startsWith('02') ||
          (Number.parseInt(ethernet?.source.slice(0, 2) ?? '', 16) & 3) === 2,
      ),
    ).toBe(true)
    const ports = frames.map(({ udp }) => udp?.sourcePort as number)
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(1024)
    expect(Math.max(...ports)).toBeGreaterThan(65000)
    expect(faultsOf(folder, frames, ['eth', 'ip', 'udp'])).toEqual([])

    const bytes = (each: Frame[]) => hex(each.map((frame) => frame.bytes))
    expect(bytes((await generated(options(1n))).frames)).toEqual(bytes(frames))
    expect(bytes((await generated(options(2))).frames)).not.toEqual(bytes(frames))
  })

  test('of several streams and sizes come by their weights, exactly and evenly', async () => {
    const stream = (port: number, more: Partial<StreamOptions>) => ({
      frame: [ethernet(), ipv4(), udp({ destinationPort: port })],
      ...more,
    })
    const { frames, statistics } = await generated({
      streams: [
        stream(1, { weight: 3, size: 'imix' }),
        stream(2, { size: [64, { size: 128, weight: 2 }] }),
        stream(3, { weight: 2, size: 1500 }),
      ],
      packets: 3600,
    })
    const count = (port: number, length?: number) =>
      frames.filter(
        (frame) => frame.udp?.destinationPort === port && frame.length === (length ?? frame.length),
      ).length
    expect([1, 2, 3].map((port) => count(port))).toEqual([1800, 600, 1200])
    expect([60, 590, 1514].map((length) => count(1, length))).toEqual([1050, 600, 150])
    expect([64, 128].map((length) => count(2, length))).toEqual([200, 400])
    expect(statistics.streams.map((each) => each.generated)).toEqual([1800n, 600n, 1200n])
    expect(frames.slice(0, 6).map(({ udp }) => udp?.destinationPort)).toEqual([1, 3, 1, 2, 3, 1])
    expect(faultsOf(folder, frames, ['eth', 'ip', 'udp'])).toEqual([])
  })

  const random = { random: true } as const
  const tunnels: [string, StreamOptions, string[]][] = [
    [
      'VXLAN over IPv6, whose UDP covers what it carries',
      {
        frame: [
          ethernet(),
          ipv6(),
          udp({ destinationPort: 4789 }),
          vxlan(),
          ethernet(),
          ipv4(),
          tcp(),
          'inner',
        ],
        fields: {
          ...{ 'ipv6.source': random, 'udp.sourcePort': random, 'vxlan.vni': random },
          ...{ 'inner.ethernet.source': random, 'inner.ipv4.source': random, 'inner.tcp.sourcePort': random },
        },
        probe: true,
      },
      ['ipv6', 'udp', 'vxlan', 'ip', 'tcp'],
    ],
    [
      'GRE with a checksum',
      {
        frame: [ethernet(), ipv4(), gre({ hasChecksum: true }), ipv4(), icmp({ type: 8, code: 0 }), 'odd'],
        fields: {
          'ipv4.destination': random,
          'inner.ipv4.source': random,
          'inner.icmp.sequenceNumber': random,
        },
      },
      ['ip', 'gre', 'icmp'],
    ],
    [
      'an IPv4 header with options, and payload at odd offsets',
      {
        frame: [ethernet(), ipv4({ options: '0707040000000000' }), udp(), 'odd'],
        size: [67, 68, 81],
        fields: { 'ipv4.source': random, 'ipv4.identification': random },
        patches: [
          { offset: 51, width: 1, ...random },
          { offset: 53, width: 8, mask: 0x00ff_ffff_0000_0000n, ...random },
        ],
      },
      ['ip', 'udp'],
    ],
    [
      'probes in frames of odd and even lengths',
      {
        frame: layers,
        size: [60, 61, 62, 63, 64, 1499, 1500],
        fields: { 'ipv4.source': random },
        probe: true,
      },
      ['ip', 'udp'],
    ],
    [
      'a probe in a frame that was made before, of odd length',
      {
        frame: Frame.build(...layers, payload('x'.repeat(52))),
        probe: true,
        fields: { 'udp.sourcePort': random },
      },
      ['ip', 'udp'],
    ],
  ]
  test.each(tunnels)('have right checksums: %s', async (_, stream, protocols) => {
    const { frames } = await generated({ streams: [stream], packets: 500 })
    expect(faultsOf(folder, frames, protocols)).toEqual([])
    expect(new Set(hex(frames.map(({ bytes }) => bytes))).size).toBeGreaterThan(490)
  })

  test('keep a checksum that is left out, and one that is wrong', async () => {
    const fields = { 'udp.sourcePort': random, 'ipv4.source': random } as const
    const without = [ethernet(), ipv4(), udp({ checksum: 0 }), 'x']
    const none = await generated({ streams: [{ frame: without, fields }], packets: 50 })
    expect(none.frames.every(({ udp }) => udp?.checksum === 0)).toBe(true)
    const wrong = [ethernet(), ipv4(), udp({ checksum: 0x1234 }), 'x']
    const bad = await generated({ streams: [{ frame: wrong, fields }], packets: 50 })
    expect(bad.frames.every((frame) => !frame.hasValidChecksums())).toBe(true)
  })

  test('that are no IP packets can differ too', async () => {
    const { frames } = await generated({
      streams: [
        {
          frame: [ethernet(), arp(), trailer(new Uint8Array(18))],
          patches: [{ offset: 38, width: 4, minimum: 1, maximum: 9 }],
        },
      ],
      packets: 9,
    })
    expect(frames.map(({ arp }) => arp?.getUint32(24))).toEqual(numbers(1, 9))
  })

  test('have probes that count, each stream from 0', async () => {
    const { frames } = await generated({
      streams: [
        { frame: layers, probe: { timestamp: false } },
        { frame: layers, probe: { stream: 700 }, size: 100 },
      ],
      packets: 100,
    })
    const probes = frames.map(({ bytes }) => decodeProbe(bytes))
    expect(probes.filter((probe) => probe?.stream === 0).map((probe) => probe?.sequence)).toEqual(
      numbers(0, 49),
    )
    expect(probes.filter((probe) => probe?.stream === 700).map((probe) => probe?.sequence)).toEqual(
      numbers(0, 49),
    )
    expect(probes.every((probe) => (probe?.timestamp === 0) === (probe?.stream === 0))).toBe(true)
  })
})

describe('a generator', () => {
  test('sends as many as its rate and its time say, in bursts where it is to', async () => {
    await using wire = await CapturePort.open()
    const options = { streams: [{ frame: layers }], rate: { packetsPerSecond: 1000 }, seconds: 0.25 }
    const even = await (await wire.port.generate(options)).finished()
    expect(even.generated).toBe(250n)
    expect(even.seconds).toBeGreaterThan(0.24)
    const bursts = await (await wire.port.generate({ ...options, burst: 100 })).finished()
    // At 0, 0.1 and 0.2 s.
    expect(bursts.generated).toBe(300n)
    expect(bursts.seconds).toBeGreaterThan(0.19)
  })

  test.each([
    ['bits of frames', { bitsPerSecond: 100 * 8 * 1000 }, 1000],
    ['bits on the wire', { bitsPerSecond: 124 * 8 * 1000, layer: 'wire' }, 1000],
    ['a share of a line', { percent: 50, lineBitsPerSecond: 124 * 16 * 1000 }, 1000],
  ] as const)('counts in %s', async (_, rate, packets) => {
    const { statistics } = await generated({ streams: [{ frame: layers, size: 100 }], rate, seconds: 0.3 })
    expect(statistics.generated).toBe(BigInt(packets * 0.3))
  })

  test('ends when it is told to, at once, and says what it did', async () => {
    await using wire = await CapturePort.open()
    const generator = await wire.port.generate({
      streams: [{ frame: layers }],
      rate: { packetsPerSecond: 20_000 },
    })
    await until('some are sent', () => wire.transmitted > 100)
    expect(generator.isRunning).toBe(true)
    const finished = generator.finished()
    const statistics = await generator.stop()
    expect(BigInt(wire.transmitted)).toBe(statistics.accepted)
    expect(statistics.finished).toBe(false)
    expect(generator.isRunning).toBe(false)
    expect(await generator.stop()).toEqual(statistics)
    expect(await finished).toEqual(statistics)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(BigInt(wire.transmitted)).toBe(statistics.accepted)
  })

  test('ends with its port', async () => {
    const wire = await CapturePort.open()
    const generator = await wire.port.generate({
      streams: [{ frame: layers }],
      rate: { packetsPerSecond: 20_000 },
    })
    await until('some are sent', () => wire.transmitted > 100)
    await wire[Symbol.asyncDispose]()
    expect(generator.isRunning).toBe(false)
    expect(generator.stats().accepted).toBe(wire.port.counters().tx.accepted)
    await expect(wire.port.generate({ streams: [{ frame: layers }] })).rejects.toMatchObject({
      code: 'ERR_DPDK_PORT_CLOSED',
    })
  })

  test('shares a port with others, on the same lcore and on another; each counts its own', async () => {
    await using port = await Port.open('net_null0,no-rx=1')
    const options = (lcore: number) => ({ streams: [{ frame: layers }], packets: 50_000, lcore })
    const generators = await Promise.all([0, 1, 1].map((lcore) => port.generate(options(lcore))))
    const ends = await Promise.all(generators.map((generator) => generator.finished()))
    expect(ends.map(({ accepted }) => accepted)).toEqual([50_000n, 50_000n, 50_000n])
    await until('all are counted', () => port.counters().tx.accepted === 150_000n)
  })

  test('counts what the device has no room for, what is too long, and what comes when the port is stopped', async () => {
    await using full = await Port.open('net_ring0')
    const some = await (await full.generate({ streams: [{ frame: layers }], packets: 3000 })).finished()
    expect(some.accepted + some.rejectedFull).toBe(3000n)
    expect(some.rejectedFull).toBeGreaterThan(1900n)
    expect((await full.statistics()).transmittedPackets).toBe(some.accepted)
    await empty(full, some.accepted)

    await using port = await Port.open('net_null1,no-rx=1')
    await port.stop()
    const closed = await (await port.generate({ streams: [{ frame: layers }], packets: 100 })).finished()
    expect(closed).toMatchObject({ generated: 100n, accepted: 0n, rejectedClosed: 100n })
  })

  test('waits for buffers where the pool has none, and makes nothing meanwhile', async () => {
    await using mempool = await Mempool.create({ size: 256, cacheSize: 0 })
    // Its ring would hold 1024.
    await using ring = await Port.open('net_ring1', { mempool, sendRingSize: 0 })
    const generator = await ring.generate({ streams: [{ frame: layers }], packets: 5000 })
    await until('the pool is empty', () => generator.stats().noBuffer > 0n)
    const { generated, accepted } = await generator.stop()
    expect([generated, accepted]).toEqual([256n, 256n])
    await empty(ring, accepted)
  })

  /** net_ring keeps what was sent to it, also when its port is closed. */
  async function empty(ring: Port, count: bigint) {
    await ring.rx.run(drop())
    await until('the ring is empty', () => ring.counters().rxQueues[0]?.received === count)
  }

  test('is refused what cannot be', async () => {
    await using wire = await CapturePort.open()
    const generate = (options: object) => wire.port.generate({ streams: [{ frame: layers }], ...options })
    for (const [options, text] of [
      [{ streams: [] }, 'options.streams must be at least one stream'],
      [{ streams: undefined }, 'options.streams must be an array'],
      [{ packets: 0 }, 'options.packets'],
      [{ seconds: -1 }, 'options.seconds'],
      [{ burst: 0 }, 'options.burst'],
      [{ lcore: 77 }, 'options.lcore must be one of the lcores 0, 1'],
      [{ seed: -1 }, 'options.seed'],
      [{ rate: 5 }, 'options.rate must be an object'],
      [{ speed: 5 }, 'options.speed is not an option'],
      [{ streams: [{ frame: layers, size: 5000 }] }, 'options.streams[0].size'],
    ] as const) {
      await expect(generate(options)).rejects.toThrow(text)
    }
    await expect(generate({ rate: { percent: 10 } })).resolves.toBeDefined()
  })
})

test('the layout of a probe is the same on both sides', () => {
  const header = readFileSync(new URL('../../native/core/probe.h', import.meta.url), 'utf8')
  expect(header).toContain('kMagic = 0x644e5047')
  expect(header).toContain('kSize = 18')
})
