import { readFileSync } from 'node:fs'
import { drop, forward, Mempool, Port } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, numberedFrames } from '../support/frames.js'
import { uniqueInterfaceName } from '../support/namespaces.js'
import { sendAll } from '../support/send-all.js'
import { until } from '../support/until.js'

useEal({ idle: 'sleep' })

describe('port.send', () => {
  test('puts frames on the wire, byte by byte and in order', async () => {
    await using wire = await CapturePort.open()
    const frames = numberedFrames(200, { shortest: 14, longest: 1514 })
    await sendAll(wire.port, frames)
    expect(hex(await wire.sent(200))).toEqual(hex(frames))
    expect(wire.port.counters().tx).toMatchObject({ requested: 200n, accepted: 200n, buffered: 0n })
  })

  test('takes one frame, a Buffer, an array, a set, a generator', async () => {
    await using wire = await CapturePort.open()
    const frames = numberedFrames(6) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    await wire.port.writable()
    expect(wire.port.send(frames[0])).toBe(1)
    expect(wire.port.send(Buffer.from(frames[1]))).toBe(1)
    expect(wire.port.send([frames[2]])).toBe(1)
    expect(wire.port.send(new Set([frames[3]]))).toBe(1)
    function* generate() {
      yield frames[4]
      yield frames[5]
    }
    expect(wire.port.send(generate())).toBe(2)
    expect(wire.port.send([])).toBe(0)
    expect(hex(await wire.sent(6))).toEqual(hex(frames))
  })

  test('reaches a handler at the other end of a cable', async () => {
    await using ring = await Port.open('net_ring0')
    const frames = numberedFrames(100)
    const seen: Uint8Array[] = []
    await ring.rx.handle((batch) => {
      for (const packet of batch) seen.push(Uint8Array.from(packet.bytes))
    })
    await sendAll(ring, frames)
    await until('all have been seen', () => seen.length === 100)
    expect(hex(seen)).toEqual(hex(frames))
  })

  test('copies: what is changed afterwards is not what is sent', async () => {
    await using wire = await CapturePort.open()
    const frames = numberedFrames(50)
    const expected = hex(frames)
    await sendAll(wire.port, frames)
    for (const frame of frames) frame.fill(0)
    expect(hex(await wire.sent(50))).toEqual(expected)
  })

  test('takes what fits, the first ones, and says how many; writable() waits for room', async () => {
    await using wire = await CapturePort.open([], { sendRingSize: 16 })
    const { port } = wire
    const frames = numberedFrames(1000, { longest: 100 })
    await port.writable()
    const first = port.send(frames)
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThanOrEqual(16)
    await sendAll(port, frames.slice(first))
    expect(hex(await wire.sent(1000))).toEqual(hex(frames))
  })

  test('takes nothing while the port has no buffer to lend, and goes on when there are some', async () => {
    // The ring wants 64 of the pool's buffers at a time; net_ring keeps those that nobody receives.
    await using mempool = await Mempool.create({ size: 128, cacheSize: 0 })
    await using ring = await Port.open('net_ring0', { mempool, rxDescriptors: 32, sendRingSize: 64 })
    const frames = numberedFrames(128)
    let sent = 0
    await until('the pool is empty', () => {
      sent += ring.send(frames.slice(sent))
      return mempool.counts().available === 0 && sent === 128
    })
    expect(ring.send(frames)).toBe(0)

    const program = await ring.rx.run(drop())
    await ring.writable()
    expect(ring.send(frames.slice(0, 10))).toBe(10)
    await until('those arrive, too', () => program.stats().actions[0]?.counters.dropped === 138n)
  })

  test('side by side with a program that forwards to the same port, loses none', async () => {
    const ours = numberedFrames(1000, { longest: 200 })
    await using source = await CapturePort.open(numberedFrames(1000, { shortest: 300 }))
    await using target = await CapturePort.open()
    await source.port.rx.run(forward({ to: target.port }))
    await sendAll(target.port, ours)
    const sent = await target.sent(2000)
    expect(hex(sent.filter(({ length }) => length <= 200))).toEqual(hex(ours))
    expect(sent.filter(({ length }) => length >= 300)).toHaveLength(1000)
  })

  test('refuses frames that cannot be right; those before them are sent', async () => {
    await using wire = await CapturePort.open()
    const { port } = wire
    const [frame] = numberedFrames(1) as [Uint8Array]
    await port.writable()
    for (const [length, text] of [
      [13, "frames[1].length must be from 14 to the buffer's 2048 bytes; received 13"],
      [2049, "frames[1].length must be from 14 to the buffer's 2048 bytes; received 2049"],
    ] as const) {
      expect(() => port.send([frame, new Uint8Array(length), frame])).toThrow(
        expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: text }),
      )
    }
    expect(() => port.send([frame, 'text' as unknown as Uint8Array])).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: "frames[1] must be a Uint8Array or an allocated packet; received 'text'",
      }),
    )
    expect(() => port.send(5 as unknown as Uint8Array)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_TYPE',
        message: 'frames must be a Uint8Array, an allocated packet, or an iterable of them; received 5',
      }),
    )
    expect(hex(await wire.sent(3))).toEqual(hex([frame, frame, frame]))
    await sendAll(port, [new Uint8Array(2048), new Uint8Array(14)])
    await wire.sent(5)
  })

  test('needs a send ring', async () => {
    await using wire = await CapturePort.open([], { sendRingSize: 0 })
    const refused = expect.objectContaining({
      name: 'DpdkError',
      code: 'ERR_DPDK_NO_SEND_RING',
      hint: expect.stringContaining('sendRingSize'),
    })
    expect(() => wire.port.send(numberedFrames(1))).toThrow(refused)
    await expect(wire.port.writable()).rejects.toEqual(refused)
  })

  test('what was taken is sent, also when the port is closed at once; every buffer comes back', async () => {
    await using mempool = await Mempool.create({ size: 1024 })
    const frames = numberedFrames(100, { longest: 200 })
    for (let round = 0; round < 30; round++) {
      await using wire = await CapturePort.open([], { mempool })
      await wire.port.writable()
      const taken = wire.port.send(frames)
      await wire.port.close()
      expect(wire.port.counters().tx).toMatchObject({
        accepted: BigInt(taken),
        rejectedClosed: 0n,
        buffered: 0n,
      })
      expect(hex(wire.sentSoFar())).toEqual(hex(frames.slice(0, taken)))
      expect(mempool.counts()).toEqual({ available: 1024, inUse: 0 })
    }
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'frames longer than the MTU allows are rejected and counted; those behind them arrive (needs root)',
  async () => {
    const name = uniqueInterfaceName('s')
    await using port = await Port.open(`net_tap0,iface=${name}`)
    const arrived = () => Number(readFileSync(`/sys/class/net/${name}/statistics/rx_packets`, 'utf8'))
    // Broadcast, of a type that nobody in the kernel waits for; the longest, with room for a VLAN tag, is 1518.
    const [frame] = numberedFrames(1) as [Uint8Array]
    const fits = Buffer.concat([frame.subarray(0, 14)], 1514)
    const tooLong = Buffer.concat([frame.subarray(0, 14)], 1523)
    for (let round = 1; round <= 3; round++) {
      await sendAll(port, [tooLong, fits, tooLong, fits])
      await until('they are counted', () => {
        const { rejectedTooLong, accepted } = port.counters().tx
        return rejectedTooLong === BigInt(2 * round) && accepted === BigInt(2 * round)
      })
      await until('the kernel has the others', () => arrived() === 2 * round)
    }
    expect(await port.statistics()).toMatchObject({ transmittedPackets: 6n, transmitErrors: 0n })

    await port.setMtu(1200)
    await sendAll(port, [fits])
    await until('the new MTU counts', () => port.counters().tx.rejectedTooLong === 7n)
    expect(port.counters().tx.requested).toBe(13n)
  },
)
