import { handle, l3fwd, Mempool, type Program, RouteTable } from 'dpdk-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { ethernetFrame, hex, patched } from '../support/frames.js'
import { ipv4Frame, ipv6Frame, numberedPayload, routed, withChecksum } from '../support/ip-frames.js'
import { until } from '../support/until.js'

useEal({ lcores: [0, 1], memory: { kind: 'no-huge', megabytes: 768 } })
useAudit()

const MAC = { middle: '02:00:00:00:00:aa', right: '02:00:00:00:00:bb' }
const DATA_ROOM = 256

let table: RouteTable
let middle: CapturePort
let right: CapturePort
beforeEach(async () => {
  middle = await CapturePort.open()
  right = await CapturePort.open()
  table = await RouteTable.create({
    routes: [
      { prefix: '10.1.0.0/16', nextHop: toMiddle() },
      { prefix: '10.2.0.0/16', nextHop: toRight() },
      { prefix: '2001:db8:1::/48', nextHop: toMiddle() },
      { prefix: '2001:db8:2::/48', nextHop: toRight() },
    ],
  })
})
afterEach(async () => {
  await middle[Symbol.asyncDispose]()
  await right[Symbol.asyncDispose]()
  await table.close()
})

const toMiddle = () => ({ port: middle.port, mac: MAC.middle })
const toRight = () => ({ port: right.port, mac: MAC.right })
const ipv4To = (destination4: string, fields = {}, payload = numberedPayload(1)) =>
  ipv4Frame(payload, { destination4, ...fields })
const ipv6To = (destination: string, fields = {}) => ipv6Frame(numberedPayload(1), { destination, ...fields })
const viaMiddle = (frame: Uint8Array) =>
  routed(frame, { destination: MAC.middle, source: middle.port.macAddress })
const viaRight = (frame: Uint8Array) =>
  routed(frame, { destination: MAC.right, source: right.port.macAddress })

/** What the program does with these frames; what it passes on is seen. */
async function forward(
  frames: readonly Uint8Array[],
  options: { endless?: boolean; mempool?: Mempool } = {},
) {
  await using source = await CapturePort.open(frames, options)
  const passed: Uint8Array[] = []
  const program = await source.port.rx.run(
    l3fwd({ table }),
    handle((batch) => {
      for (const packet of batch) {
        passed.push(Buffer.concat(packet.segments))
        packet.drop()
      }
    }),
  )
  await until('all packets are dealt with', () => total(program) === frames.length)
  await program.stop()
  return { counters: countersOf(program), passed: hex(passed) }
}

function total(program: Program): number {
  const { passed = 0, ...others } = countersOf(program)
  const handled = countersOf(program, 1).dropped ?? 0
  return Object.values(others).reduce((sum, count) => sum + count, Math.min(passed, handled))
}

describe('l3fwd', () => {
  test('sends each packet to its next hop, a hop older, and keeps their order', async () => {
    const frames = Array.from({ length: 200 }, (_, i) => {
      const host = `${i % 7 === 0 ? 1 : 2}.${i}.9`
      if (i % 3 === 0) {
        return ipv6Frame(numberedPayload(i), {
          destination: `2001:db8:${host[0]}:0:0:0:0:${i}`,
          hopLimit: 2 + i,
        })
      }
      return ipv4To(`10.${host}`, { ttl: 2 + i, identification: i * 331 }, numberedPayload(i, 26 + i * 6))
    })
    const isForMiddle = (_: unknown, i: number) => i % 7 === 0
    const { counters } = await forward(frames)
    expect(counters).toEqual({ forwarded: 200 })
    expect(hex(middle.sentSoFar())).toEqual(hex(frames.filter(isForMiddle).map(viaMiddle)))
    expect(hex(right.sentSoFar())).toEqual(
      hex(frames.filter((frame, i) => !isForMiddle(frame, i)).map(viaRight)),
    )
  })

  test('keeps checksums right, whatever they are', async () => {
    // Every checksum that a header can have; the incremental update wraps in a few of them.
    const frames = Array.from({ length: 0x10000 }, (_, i) => ipv4To('10.1.0.1', { identification: i }))
    for (const from of [0, 0x4000, 0x8000, 0xc000]) await forward(frames.slice(from, from + 0x4000))
    // By another way to count, 0xffff and 0 are the same number.
    const sent = hex(middle.sentSoFar())
    expect(sent.length).toBe(0x10000)
    expect(sent).toEqual(hex(frames.map(viaMiddle)))
  })

  const cut = (frame: Uint8Array, length: number) => frame.subarray(0, length)
  const good = ipv4To('10.1.0.1')
  const good6 = ipv6To('2001:db8:1:0:0:0:0:1')
  test.each([
    ['version', 'badHeader', withChecksum(patched(good, 14, [0x55]))],
    ['version of IPv6', 'badHeader', patched(good6, 14, [0x50])],
    ['header length', 'badHeader', patched(good, 14, [0x44])],
    ['header length beyond the frame', 'badHeader', patched(cut(good, 60), 14, [0x4f])],
    ['total length below the header', 'badHeader', withChecksum(patched(good, 16, [0, 19]))],
    ['total length beyond the frame', 'badHeader', withChecksum(patched(good, 16, [0, 47]))],
    ['payload length beyond the frame', 'badHeader', patched(good6, 18, [0, 27])],
    ['half a header', 'badHeader', cut(good, 33)],
    ['half a header of IPv6', 'badHeader', cut(good6, 53)],
    ['checksum', 'badChecksum', patched(good, 24, [0, 0])],
    [
      'checksum of options',
      'badChecksum',
      patched(ipv4To('10.1.0.1', { options: new Uint8Array(8) }), 40, [1]),
    ],
    ['time to live 1', 'ttlExceeded', ipv4To('10.1.0.1', { ttl: 1 })],
    ['time to live 0', 'ttlExceeded', ipv4To('10.1.0.1', { ttl: 0 })],
    ['hop limit 1', 'ttlExceeded', ipv6To('2001:db8:1:0:0:0:0:1', { hopLimit: 1 })],
    ['hop limit 0', 'ttlExceeded', ipv6To('2001:db8:1:0:0:0:0:1', { hopLimit: 0 })],
    ['no route', 'noRoute', ipv4To('10.3.0.1')],
    ['no route for IPv6', 'noRoute', ipv6To('2001:db8:3:0:0:0:0:1')],
  ])('drops and counts: %s', async (_, reason, frame) => {
    const { counters, passed } = await forward([frame, good, frame])
    expect(counters).toEqual({ forwarded: 1, [reason]: 2 })
    expect(passed).toEqual([])
    expect(hex(middle.sentSoFar())).toEqual([hex([viaMiddle(good)])[0]])
  })

  test('passes on what is not for a router to forward', async () => {
    await table.add({ prefix: '0.0.0.0/0', nextHop: toMiddle() }, { prefix: '::/0', nextHop: toMiddle() })
    const others = [
      ethernetFrame(new Uint8Array(46), { etherType: 0x0806 }),
      ipv4To('10.1.0.1', { vlans: [7] }),
      ipv4To('224.0.0.251', { ttl: 1 }),
      ipv4To('255.255.255.255'),
      ipv4To('127.0.0.1'),
      ipv4To('0.0.0.0'),
      ipv6To('ff02:0:0:0:0:0:0:1'),
      ipv6To('fe80:0:0:0:0:0:0:1'),
      ipv6To('0:0:0:0:0:0:0:1'),
      ipv6To('2001:db8:1:0:0:0:0:1', { source: 'fe80:0:0:0:0:0:0:9' }),
      cut(good, 13),
    ]
    const { counters, passed } = await forward([...others.slice(0, 5), good, ...others.slice(5)])
    expect(counters).toEqual({ forwarded: 1, passed: others.length })
    expect(passed).toEqual(hex(others))
  })

  test('verifies and keeps options, also as many as there can be', async () => {
    const frames = [4, 12, 40].map((length) =>
      ipv4To('10.1.0.1', { options: new Uint8Array(length).fill(1) }),
    )
    expect((await forward(frames)).counters).toEqual({ forwarded: 3 })
    expect(hex(middle.sentSoFar())).toEqual(hex(frames.map(viaMiddle)))
  })

  test('takes the default route where there is no other', async () => {
    await table.add({ prefix: '0.0.0.0/0', nextHop: toRight() }, { prefix: '::/0', nextHop: toRight() })
    const frames = [ipv4To('192.0.2.1'), ipv6To('2001:db9:0:0:0:0:0:1')]
    expect((await forward([...frames, good])).counters).toEqual({ forwarded: 3 })
    expect(hex(right.sentSoFar())).toEqual(hex(frames.map(viaRight)))
    await table.remove('0.0.0.0/0', '::/0')
    expect((await forward(frames)).counters).toEqual({ noRoute: 2 })
  })

  test('counts ports that it may not send to', async () => {
    await using source = await CapturePort.open([good, ipv4To('10.2.0.1')])
    const program = await source.port.rx.run(l3fwd({ table, to: [right.port] }))
    await until('both came', () => source.received === 2)
    await program.stop()
    expect(countersOf(program)).toEqual({ forwarded: 1, noOutput: 1 })
    expect(program.explain()).toContain(`l3fwd to ${right.port.name}`)
  })

  test('learns where neighbours are while it runs', async () => {
    await table.add({ prefix: '10.1.0.0/16', nextHop: { port: middle.port, via: '192.0.2.1' } })
    await using source = await CapturePort.open([good], { endless: true })
    const program = await source.port.rx.run(l3fwd({ table }))
    await until('nobody knows', () => (countersOf(program).noNeighbour ?? 0) > 100)
    expect(countersOf(program).forwarded).toBeUndefined()
    await table.setNeighbours({ port: middle.port, address: '192.0.2.1', mac: MAC.middle })
    await until('it is known', () => middle.transmitted > 100)
    await table.setNeighbours({ port: middle.port, address: '192.0.2.1', mac: MAC.right })
    const sent = middle.transmitted
    await until('it has moved', () => middle.transmitted > sent + 1000)
    await table.removeNeighbour({ port: middle.port, address: '192.0.2.1' })
    const unknown = countersOf(program).noNeighbour ?? 0
    await until('it is forgotten', () => (countersOf(program).noNeighbour ?? 0) > unknown + 100)
    await program.stop()
    const destinations = middle.sentSoFar().map((frame) => hex([frame.subarray(0, 6)])[0])
    const moves = destinations.filter((to, i) => to !== destinations[i - 1])
    expect(moves).toEqual(['0200000000aa', '0200000000bb'])
  })

  test('gives each flow one of several next hops', async () => {
    await table.add({ prefix: '10.1.0.0/16', nextHop: [toMiddle(), toRight()] })
    const frames = Array.from({ length: 400 }, (_, i) =>
      ipv4To(`10.1.0.${i % 100}`, { source4: '192.0.2.9', protocol: 253 }, numberedPayload(i)),
    )
    expect((await forward(frames)).counters).toEqual({ forwarded: 400 })
    const flowsAt = (port: CapturePort) => new Set(port.sentSoFar().map((frame) => frame[33]))
    const [at, other] = [flowsAt(middle), flowsAt(right)]
    expect(at.size + other.size).toBe(100)
    expect(Math.min(at.size, other.size)).toBeGreaterThan(20)
    const own = (port: CapturePort) =>
      port.sentSoFar().map((frame) => (frame[58] as number) * 256 + (frame[59] as number))
    for (const numbers of [own(middle), own(right)]) {
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    }
  })
})

describe('packets of several segments', () => {
  test('are forwarded whole', async () => {
    await using mempool = await Mempool.create({ dataRoom: DATA_ROOM, size: 4096 })
    const frames = [100, 200, 900].map((length) => ipv4To('10.1.0.1', {}, numberedPayload(length, length)))
    expect((await forward(frames, { mempool })).counters).toEqual({ forwarded: 3 })
    expect(hex(middle.sentSoFar())).toEqual(hex(frames.map(viaMiddle)))
  })

  // Of the first segment, 128 bytes long, a handler cuts off so many that the header lies across its end.
  test.each([14, 15, 22, 23, 24, 25, 26, 27, 30, 33, 34, 35, 41, 42, 53, 54])(
    'are right when the first has %i bytes',
    async (left) => {
      await using mempool = await Mempool.create({ dataRoom: DATA_ROOM, size: 4096 })
      const inner = [
        ipv4To('10.1.0.1', { options: new Uint8Array(8).fill(1) }, numberedPayload(7, 300)),
        ipv6Frame(numberedPayload(8, 300), { destination: '2001:db8:1:0:0:0:0:1' }),
      ]
      const bad = patched(inner[0] as Uint8Array, 40, [9])
      const frames = [...inner, bad].map((frame) => Buffer.concat([new Uint8Array(128 - left), frame]))
      await using source = await CapturePort.open(frames, { mempool })
      const program = await source.port.rx.run(
        handle((batch) => {
          for (const packet of batch) {
            packet.trimFront(128 - left)
            packet.continue()
          }
        }),
        l3fwd({ table }),
      )
      await until('all are dealt with', () => {
        const { forwarded = 0, badChecksum = 0 } = countersOf(program, 1)
        return forwarded + badChecksum === 3
      })
      await program.stop()
      expect(countersOf(program, 1)).toEqual({ forwarded: 2, badChecksum: 1 })
      expect(hex(middle.sentSoFar())).toEqual(hex(inner.map(viaMiddle)))
    },
  )
})
