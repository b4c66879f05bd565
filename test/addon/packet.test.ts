// What handlers read from packets and write into them, held against the frames on the wire.

import { type Handler, MacAddress, Mempool, type Packet } from 'dpdk-node'
import { type RunHandlerOptions, runHandler } from 'dpdk-node/testing'
import { describe, expect, test } from 'vitest'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import {
  ethernetFrame,
  hex,
  internetChecksum,
  ipv4Frame,
  macBytes,
  numberedFrames,
  patched,
  swapped,
} from '../support/frames.js'
import { until } from '../support/until.js'

useEal()

const payload = Uint8Array.from({ length: 100 }, (_, at) => at)

/** Lets every frame pass `look`, sends it on, and returns what was on the wire then. */
async function through(
  frames: readonly Uint8Array[],
  look: (packet: Packet) => void,
  pool: NonNullable<RunHandlerOptions['pool']> = {},
): Promise<Uint8Array[]> {
  const handler: Handler<'out'> = (batch, { out }) => {
    for (const packet of batch) {
      look(packet)
      packet.forward(out)
    }
  }
  const options = { packets: frames, input: 'out', outputs: ['out'], pool } as const
  const { outputs } = await runHandler(handler, options).catch(({ cause }) => {
    throw cause
  })
  return outputs.out
}

/** What `look` returned for each frame, which must pass unchanged. */
async function inspect<Result>(
  frames: readonly Uint8Array[],
  look: (packet: Packet) => Result,
  pool?: RunHandlerOptions['pool'],
): Promise<Result[]> {
  const results: Result[] = []
  const sent = await through(frames, (packet) => void results.push(look(packet)), pool)
  expect(hex(sent)).toEqual(hex(frames))
  return results
}

/** The bytes of the IPv4 header in a frame with so many VLAN tags. */
function ipv4Header(frame: Uint8Array, tags = 0): Uint8Array {
  const at = 14 + 4 * tags
  return frame.subarray(at, at + 4 * ((frame[at] as number) & 15))
}

describe('bytes', () => {
  test('are those of the packet, from its first to its last', async () => {
    const frames = numberedFrames(100, { shortest: 14 })
    const seen = await inspect(frames, (packet) => ({
      length: packet.length,
      bytes: Uint8Array.from(packet.bytes),
      segments: packet.segments.length,
    }))
    expect(hex(seen.map(({ bytes }) => bytes))).toEqual(hex(frames))
    expect(seen.map(({ length }) => length)).toEqual(frames.map(({ length }) => length))
    expect(seen.every(({ segments }) => segments === 1)).toBe(true)
  })

  test('can be read and written as numbers in network order', async () => {
    const [frame] = numberedFrames(1) as [Uint8Array]
    const view = new DataView(frame.buffer)
    const sent = await through([frame], (packet) => {
      for (let at = 0; at < frame.length; at++) expect(packet.getUint8(at)).toBe(view.getUint8(at))
      for (let at = 0; at + 2 <= frame.length; at++) expect(packet.getUint16(at)).toBe(view.getUint16(at))
      for (let at = 0; at + 4 <= frame.length; at++) expect(packet.getUint32(at)).toBe(view.getUint32(at))
      packet.setUint8(14, 0xfe)
      packet.setUint16(15, 0xdcba)
      packet.setUint32(17, 0x98765432)
    })
    expect(hex(sent)).toEqual(hex([patched(frame, 14, [0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32])]))
  })

  test('before the first and behind the last are out of reach', async () => {
    const [frame] = numberedFrames(1) as [Uint8Array]
    const { length } = frame
    await inspect([frame], (packet) => {
      for (const [width, reach] of [
        [1, (at: number) => packet.getUint8(at)],
        [2, (at: number) => packet.getUint16(at)],
        [4, (at: number) => packet.getUint32(at)],
        [1, (at: number) => packet.setUint8(at, 0)],
        [2, (at: number) => packet.setUint16(at, 0)],
        [4, (at: number) => packet.setUint32(at, 0)],
      ] as const) {
        for (const at of [-1, length - width + 1, length, length + 1000]) {
          expect(() => reach(at)).toThrow(
            expect.objectContaining({
              code: 'ERR_OUT_OF_RANGE',
              message: `at must be an offset of ${width} of the packet's ${length} bytes; received ${at}`,
            }),
          )
        }
      }
      expect(packet.bytes).toHaveLength(length)
      expect(() => packet.bytes.set([1], length)).toThrow(RangeError)
    })
  })

  test('a packet shorter than a number has none', async () => {
    await inspect([ethernetFrame(new Uint8Array())], (packet) => {
      expect(() => packet.getUint32(11)).toThrow(RangeError)
      expect(packet.getUint32(10)).toBe(0x050588b5)
    })
  })
})

describe('ethernet', () => {
  test('reads what is there', async () => {
    const frame = ethernetFrame(payload, {
      destination: '02:00:00:00:00:99',
      source: '9a:bc:de:f0:12:34',
      etherType: 0x9abc,
    })
    const [seen] = await inspect([frame], ({ ethernet }) => ({
      destination: ethernet.destination,
      source: ethernet.source,
      destinationHigh: ethernet.destinationHigh,
      destinationLow: ethernet.destinationLow,
      sourceHigh: ethernet.sourceHigh,
      sourceLow: ethernet.sourceLow,
      etherType: ethernet.etherType,
      isMulticast: ethernet.isMulticast,
      isBroadcast: ethernet.isBroadcast,
      text: String(ethernet),
    }))
    expect(seen).toEqual({
      destination: '02:00:00:00:00:99',
      source: '9a:bc:de:f0:12:34',
      destinationHigh: 0x0200,
      destinationLow: 0x99,
      sourceHigh: 0x9abc,
      sourceLow: 0xdef01234,
      etherType: 0x9abc,
      isMulticast: false,
      isBroadcast: false,
      text: '9a:bc:de:f0:12:34 > 02:00:00:00:00:99, type 0x9abc',
    })
  })

  test('tells groups and broadcast', async () => {
    const frames = ['01:00:5e:00:00:01', 'ff:ff:ff:ff:ff:ff', '02:ff:ff:ff:ff:ff'].map((destination) =>
      ethernetFrame(payload, { destination }),
    )
    const seen = await inspect(frames, ({ ethernet }) => [ethernet.isMulticast, ethernet.isBroadcast])
    expect(seen).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ])
  })

  test('what is written is on the wire', async () => {
    const frame = ethernetFrame(payload)
    const destination = new MacAddress('02:aa:bb:cc:dd:ee')
    const source = macBytes('02:11:22:33:44:55')
    const sent = await through([frame], ({ ethernet }) => {
      ethernet.setDestination(destination)
      ethernet.setSource(source)
      ethernet.etherType = 0x88b6
    })
    expect(hex(sent)).toEqual(hex([patched(frame, 0, [...destination.bytes, ...source, 0x88, 0xb6])]))
  })

  test('swapAddresses exchanges the two, and nothing else', async () => {
    const frames = numberedFrames(100, { shortest: 14 })
    const sent = await through(frames, ({ ethernet }) => ethernet.swapAddresses())
    expect(hex(sent)).toEqual(hex(frames.map(swapped)))
  })
})

describe('ipv4', () => {
  test('reads what is there, behind VLAN tags and in front of options too', async () => {
    const fields = {
      ttl: 77,
      protocol: 17,
      identification: 0xbeef,
      source4: '192.0.2.200',
      destination4: '203.0.113.7',
    }
    const variants = [{}, { vlans: [5] }, { vlans: [5, 6] }, { options: new Uint8Array(40).fill(1) }]
    const frames = variants.map((variant) => ipv4Frame(payload, { ...fields, ...variant }))
    const seen = await inspect(frames, ({ ipv4 }) => ({
      headerLength: ipv4?.headerLength,
      totalLength: ipv4?.totalLength,
      identification: ipv4?.identification,
      ttl: ipv4?.ttl,
      protocol: ipv4?.protocol,
      source: ipv4?.source,
      destination: ipv4?.destination,
      sourceNumber: ipv4?.sourceNumber,
      destinationNumber: ipv4?.destinationNumber,
      isFragment: ipv4?.isFragment,
      dontFragment: ipv4?.dontFragment,
      isValid: ipv4?.hasValidChecksum(),
      text: String(ipv4),
    }))
    const expected = {
      headerLength: 20,
      totalLength: 120,
      identification: 0xbeef,
      ttl: 77,
      protocol: 17,
      source: '192.0.2.200',
      destination: '203.0.113.7',
      sourceNumber: 0xc00002c8,
      destinationNumber: 0xcb007107,
      isFragment: false,
      dontFragment: false,
      isValid: true,
      text: '192.0.2.200 > 203.0.113.7, protocol 17, ttl 77, length 120',
    }
    expect(seen.slice(0, 3)).toEqual([expected, expected, expected])
    const text = expected.text.replace('120', '160')
    expect(seen[3]).toEqual({ ...expected, headerLength: 60, totalLength: 160, text })
  })

  test('reads the checksum, and whether it is right', async () => {
    const right = ipv4Frame(payload)
    const wrong = patched(right, 24, [0xba, 0xad])
    const seen = await inspect([right, wrong], ({ ipv4 }) => [ipv4?.checksum, ipv4?.hasValidChecksum()])
    expect(seen).toEqual([
      [((right[24] as number) << 8) | (right[25] as number), true],
      [0xbaad, false],
    ])
  })

  test('tells fragments and who must not become one', async () => {
    const frame = ipv4Frame(payload)
    const flags = [
      [0x40, 0x00],
      [0x20, 0x00],
      [0x00, 0x01],
      [0x1f, 0xff],
    ]
    const seen = await inspect(
      flags.map((bytes) => patched(frame, 20, bytes)),
      ({ ipv4 }) => [ipv4?.dontFragment, ipv4?.isFragment],
    )
    expect(seen).toEqual([
      [true, false],
      [false, true],
      [false, true],
      [false, true],
    ])
  })

  test.each([
    ['ARP', ethernetFrame(payload, { etherType: 0x0806 })],
    ['IPv6', ethernetFrame(patched(payload, 0, [0x60]), { etherType: 0x86dd })],
    ['another version', patched(ipv4Frame(payload), 14, [0x55])],
    ['a header shorter than 20 bytes', patched(ipv4Frame(payload), 14, [0x44])],
    ['a header longer than the frame', patched(ipv4Frame(new Uint8Array(), {}).subarray(0, 40), 14, [0x4f])],
    ['a header that is cut off', ipv4Frame(payload).subarray(0, 33)],
    ['a total length beyond the frame', patched(ipv4Frame(payload), 16, [0, 121])],
    ['a total length within the header', patched(ipv4Frame(payload), 16, [0, 19])],
    ['no byte behind the Ethernet header', ipv4Frame(payload).subarray(0, 14)],
    ['a VLAN tag that is cut off', ipv4Frame(payload, { vlans: [5] }).subarray(0, 16)],
  ])('is not there for %s', async (_, frame) => {
    expect(await inspect([frame], ({ ipv4 }) => ipv4)).toEqual([undefined])
  })

  test('decrementTtl takes one off every TTL, and the checksum stays right', async () => {
    const frames = Array.from({ length: 256 }, (_, ttl) =>
      ipv4Frame(payload.subarray(0, ttl % 90), {
        ttl,
        identification: (ttl * 0x101) & 0xffff,
        options: new Uint8Array(ttl % 3 === 0 ? 8 : 0),
        vlans: ttl % 2 === 0 ? [] : [ttl],
      }),
    )
    const left: (number | undefined)[] = []
    const sent = await through(frames, ({ ipv4 }) => void left.push(ipv4?.decrementTtl()))
    expect(left).toEqual(frames.map((_, ttl) => Math.max(ttl - 1, 0)))
    sent.forEach((frame, ttl) => {
      const tags = ttl % 2
      const header = ipv4Header(frame, tags)
      expect(internetChecksum(header)).toBe(0)
      // Nothing else has changed.
      const before = ipv4Header(frames[ttl] as Uint8Array, tags)
      const at = 14 + 4 * tags
      const undone = patched(frame, at + 8, [before[8] as number])
      expect(hex([patched(undone, at + 10, before.subarray(10, 12))])).toEqual(
        hex([frames[ttl] as Uint8Array]),
      )
    })
  })

  test('decrementTtl leaves a wrong checksum wrong', async () => {
    const wrong = patched(ipv4Frame(payload), 24, [0x12, 0x34])
    const [sent] = await through([wrong], ({ ipv4 }) => void ipv4?.decrementTtl())
    expect(internetChecksum(ipv4Header(sent as Uint8Array))).not.toBe(0)
  })

  test('new addresses and a new TTL are on the wire, with a right checksum after updateChecksum', async () => {
    const frame = ipv4Frame(payload, { options: new Uint8Array(8).fill(1) })
    const expected = ipv4Frame(payload, {
      options: new Uint8Array(8).fill(1),
      ttl: 3,
      source4: '203.0.113.1',
      destination4: '255.254.253.252',
    })
    const sent = await through([frame], ({ ipv4 }) => {
      if (!ipv4) return
      ipv4.ttl = 3
      ipv4.sourceNumber = 0xcb007101
      ipv4.destinationNumber = 0xfffefdfc
      ipv4.updateChecksum()
    })
    expect(hex(sent)).toEqual(hex([expected]))
  })
})

test('a packet knows where it came from; what the device did not find out is not there', async () => {
  await using wire = await CapturePort.open(numberedFrames(1))
  let seen: unknown
  await wire.port.rx.handle((batch) => {
    const { port, queue, hash, vlan, packetType } = batch.at(0)
    seen = { port, queue, hash, vlan, packetType }
  })
  await until('it has been handled', () => seen !== undefined)
  expect(seen).toEqual({ port: wire.port.id, queue: 0, hash: undefined, vlan: undefined, packetType: 0 })
})

describe('a packet longer than a buffer', () => {
  // 128 bytes of its first buffer are headroom, so 128 are left.
  const room = { dataRoom: 256, size: 4096 }
  const frames = numberedFrames(300, { shortest: 60, longest: 1514 })

  test('has several segments; they are all of it', async () => {
    const seen = await inspect(
      frames,
      (packet) => ({
        length: packet.length,
        first: Uint8Array.from(packet.bytes),
        segments: packet.segments.map((segment) => Uint8Array.from(segment)),
      }),
      room,
    )
    expect(seen.map(({ length }) => length)).toEqual(frames.map(({ length }) => length))
    expect(seen.map(({ segments }) => segments.length > 1)).toEqual(frames.map(({ length }) => length > 128))
    expect(hex(seen.map(({ segments }) => Buffer.concat(segments)))).toEqual(hex(frames))
    expect(hex(seen.map(({ first }) => first))).toEqual(hex(frames.map((frame) => frame.subarray(0, 128))))
  })

  test('what is written into each segment is on the wire', async () => {
    const expected = frames.map((frame) => Uint8Array.from(frame))
    let next = 0
    const sent = await through(
      frames,
      ({ segments }) => {
        const frame = expected[next++] as Uint8Array
        let end = 0
        for (const segment of segments) {
          segment.set([0x5a], segment.length - 1)
          end += segment.length
          frame.set([0x5a], end - 1)
        }
      },
      room,
    )
    expect(hex(sent)).toEqual(hex(expected))
  })

  test('counts as one packet, also where the ring is small', async () => {
    await using mempool = await Mempool.create(room)
    await using wire = await CapturePort.open(frames, { mempool })
    const { port } = wire
    let packets = 0
    const program = await port.rx.handle(
      (batch, { out }) => {
        packets += batch.length
        for (let i = batch.length - 1; i >= 0; i--) batch.at(i).forward(out)
      },
      { outputs: { out: port }, overflow: 'backpressure', ringSize: 64, batchLimit: 5 },
    )
    expect(hex(await wire.sent(frames.length))).toEqual(hex(frames))
    expect(packets).toBe(frames.length)
    expect(program.stats().actions[0]?.counters).toMatchObject({
      delivered: BigInt(frames.length),
      forwarded: BigInt(frames.length),
      overflow: 0n,
    })
  })

  test('its first segment bounds what can be read by offset, and the error says where the rest is', async () => {
    const long = frames.filter(({ length }) => length > 128).slice(0, 1)
    await inspect(
      long,
      (packet) => {
        expect(() => packet.getUint8(128)).toThrow(/128 bytes; received 128.*packet\.segments/)
        expect(packet.getUint8(127)).toBe(long[0]?.[127])
      },
      room,
    )
  })

  test('an IPv4 packet is one although its payload is in further segments', async () => {
    const frame = ipv4Frame(new Uint8Array(1000), { ttl: 9 })
    const [sent] = await through([frame], ({ ipv4 }) => void ipv4?.decrementTtl(), room)
    expect(ipv4Header(sent as Uint8Array)[8]).toBe(8)
    expect(internetChecksum(ipv4Header(sent as Uint8Array))).toBe(0)
  })

  test('every segment comes back to the pool', async () => {
    const mempool = await Mempool.create(room)
    const wire = await CapturePort.open(frames, { mempool })
    const { port } = wire
    await port.rx.handle(
      (batch, { out }) => {
        for (const packet of batch) packet.forward(out)
      },
      { outputs: { out: port }, overflow: 'backpressure' },
    )
    await wire.sent(frames.length)
    await wire[Symbol.asyncDispose]()
    expect(mempool.counts()).toEqual({ available: 4096, inUse: 0 })
    await mempool.close()
  })
})
