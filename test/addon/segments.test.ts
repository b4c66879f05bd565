// Packets that are longer than a buffer, and packets that handlers make longer and shorter.

import { type Batch, type Handler, type HandlerOutputs, Mempool, type Packet, Port } from 'dpdk-node'
import { runHandler } from 'dpdk-node/testing'
import { describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal, useTemporaryFolder } from '../support/eal.js'
import { hex, numberedFrames } from '../support/frames.js'
import { until } from '../support/until.js'

useEal()
useAudit()

const folder = useTemporaryFolder()
const COUNT = 300
const DATA_ROOM = 384
const ROOM = DATA_ROOM - 128
const frames = numberedFrames(COUNT)

type Change = (packet: Packet) => void

/** What comes out when a handler does this to every packet. */
async function through(change: Change, pool = {}) {
  const handler: Handler<'back'> = (batch, { back }) => {
    for (const packet of batch) {
      change(packet)
      packet.forward(back)
    }
  }
  const options = { packets: frames, input: 'back', outputs: ['back'], holdLimit: 0, pool } as const
  return (await runHandler(handler, options)).outputs.back
}

describe('packets of several segments', () => {
  test('come and go in one piece', async () => {
    const seen: Uint8Array[] = []
    const counts: number[] = []
    const sent = await through(
      (packet) => {
        seen.push(Buffer.concat(packet.segments))
        counts.push(packet.segments.length)
        for (const segment of packet.segments) segment.set([0xcc], segment.length - 1)
      },
      { dataRoom: DATA_ROOM },
    )
    expect(hex(seen)).toEqual(hex(frames))
    expect(counts).toEqual(frames.map(({ length }) => 1 + Math.ceil(Math.max(0, length - ROOM) / DATA_ROOM)))
    // This driver leaves headroom in the first segment only.
    const isLast = (at: number) => at + 1 >= ROOM && (at + 1 - ROOM) % DATA_ROOM === 0
    const expected = frames.map((frame) =>
      frame.map((byte, at) => (isLast(at) || at === frame.length - 1 ? 0xcc : byte)),
    )
    expect(hex(sent)).toEqual(hex(expected))
  })

  test('can be held, and copied into one buffer as far as it goes', async () => {
    await using mempool = await Mempool.create({ dataRoom: DATA_ROOM, size: 8192 })
    await using source = await CapturePort.open(frames, { mempool })
    const later: (() => void)[] = []
    const copied: boolean[] = []
    const program = await source.port.rx.handle(
      (batch: Batch, { back }: HandlerOutputs<'back'>) => {
        for (const packet of batch) {
          copied.push(packet.copyTo(back))
          const held = packet.hold()
          expect([held.length, held.capacity >= held.length]).toEqual([packet.length, true])
          expect(Buffer.concat(held.segments).length).toBe(packet.length)
          later.push(() => held.forward(back))
        }
      },
      { outputs: { back: source.port }, overflow: 'backpressure', holdLimit: 512 },
    )
    await until('all came', () => later.length === COUNT)
    const short = frames.filter(({ length }) => length <= ROOM)
    expect(copied).toEqual(frames.map(({ length }) => length <= ROOM))
    expect(hex(await source.sent(short.length))).toEqual(hex(short))
    for (const send of later) send()
    const sent = await source.sent(short.length + COUNT)
    expect(hex(sent.slice(short.length))).toEqual(hex(frames))
    expect(await program.stop()).toBe(0)
    expect(countersOf(program)).toMatchObject({ notCopied: COUNT - short.length })
  })

  test('can be changed at the front only', async () => {
    const sent = await through(
      (packet) => {
        packet.trimFront(10)
        packet.prepend(12)
        packet.setUint16(0, 0xabcd)
        if (packet.segments.length === 1) return
        expect(packet.tailroom).toBe(0)
        expect(() => packet.append(0)).toThrow(RangeError)
        expect(() => packet.trimBack(0)).toThrow(RangeError)
      },
      { dataRoom: DATA_ROOM },
    )
    expect(sent.map(({ length }) => length)).toEqual(frames.map(({ length }) => length + 2))
    expect(hex(sent.map((frame) => frame.subarray(2 + 10)))).toEqual(
      hex(frames.map((frame) => frame.subarray(10))),
    )
  })
})

describe('a packet', () => {
  test('grows and shrinks at both ends', async () => {
    const sent = await through((packet) => {
      const { headroom, tailroom, length } = packet
      expect(headroom).toBe(128)
      expect(tailroom).toBe(2176 - 128 - length)
      packet.prepend(4)
      packet.setUint32(0, 0x01020304)
      packet.append(2)
      packet.setUint16(packet.length - 2, 0x0506)
      expect([packet.headroom, packet.tailroom]).toEqual([headroom - 4, tailroom - 2])
      expect(packet.length).toBe(length + 6)
      packet.trimFront(2)
      packet.trimBack(1)
    })
    expect(hex(sent)).toEqual(hex(frames.map((frame) => Uint8Array.from([3, 4, ...frame, 5]))))
  })

  test('gets VLAN tags and loses them', async () => {
    const sent = await through((packet) => {
      packet.pushVlan({ id: 20 })
      packet.pushVlan({ id: 30, tagProtocol: 0x88a8 })
      packet.pushVlan({ id: 40 })
      expect(packet.popVlan()).toBe(true)
    })
    const tags = [0x88, 0xa8, 0, 30, 0x81, 0, 0, 20]
    const tagged = frames.map((frame) => [...frame.subarray(0, 12), ...tags, ...frame.subarray(12)])
    expect(hex(sent)).toEqual(hex(tagged.map((frame) => Uint8Array.from(frame))))
  })

  test('keeps to its buffer', async () => {
    const refused = expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' })
    const sent = await through((packet) => {
      expect(() => packet.prepend(129)).toThrow(refused)
      expect(() => packet.append(packet.tailroom + 1)).toThrow(refused)
      expect(() => packet.trimFront(packet.length - 13)).toThrow(refused)
      expect(() => packet.trimBack(packet.length - 13)).toThrow(refused)
      expect(() => packet.prepend(-1)).toThrow(refused)
      packet.prepend(packet.headroom)
      packet.trimFront(128)
      packet.trimBack(packet.length - 14)
    })
    expect(hex(sent)).toEqual(hex(frames.map((frame) => frame.subarray(0, 14))))
  })

  test('is resized also when it is held, dropped or let go on', async () => {
    await using source = await CapturePort.open(frames)
    const program = await source.port.rx.handle(
      (batch, { back }) => {
        for (const packet of batch) {
          const held = packet.hold()
          packet.prepend(6)
          packet.setUint8(0, 0x77)
          expect(held.length).toBe(packet.length)
          held.length = 60
          queueMicrotask(() => held.forward(back))
        }
      },
      { outputs: { back: source.port }, overflow: 'backpressure', holdLimit: 1024 },
    )
    const sent = await source.sent(COUNT)
    expect(sent.map((frame) => [frame.length, frame[0]])).toEqual(Array(COUNT).fill([60, 0x77]))
    expect(hex(sent.map((frame) => frame.subarray(6)))).toEqual(hex(frames.map((f) => f.subarray(0, 54))))
    expect(await program.stop()).toBe(0)
  })
})

// virtio has a limit, net_pcap has none.
test('frames longer than the device takes are refused and counted', async () => {
  const device = `net_virtio_user0,path=${folder}/vhost.sock`
  await using host = await Port.open(`net_vhost0,iface=${folder}/vhost.sock`)
  await using sink = await Port.open(device, { mtu: 1000 })
  await host.waitForLink()
  await using source = await CapturePort.open(frames)
  const program = await source.port.rx.handle(
    (batch, { sink }) => {
      for (const packet of batch) packet.forward(sink)
    },
    { outputs: { sink }, overflow: 'backpressure' },
  )
  await until('all are decided', () => countersOf(program).forwarded === COUNT)
  await program.stop()
  const { tx } = sink.counters()
  expect(tx.requested).toBe(BigInt(COUNT))
  expect(tx.rejectedTooLong).toBe(BigInt(frames.filter(({ length }) => length > 1000 + 22).length))
})
