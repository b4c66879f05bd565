// Packets that JavaScript owns: held and allocated.

import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { OwnedPacket } from 'dpdk-node'
import { ethernet, Frame, ipv4, udp } from 'dpdk-node/packets'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, numberedFrames, numberOf } from '../support/frames.js'
import { until } from '../support/until.js'

useEal()
useAudit()

const COUNT = 200
const frames = numberedFrames(COUNT)

interface Warning extends Error {
  code?: string
  detail?: string
}
let warnings: Warning[] = []
process.on('warning', (warning) => warnings.push(warning))
beforeEach(() => {
  warnings = []
})

/** A port whose frames are all held, and the packets. */
async function holdAll(source: CapturePort, holdLimit = 256) {
  const held: OwnedPacket[] = []
  const program = await source.port.rx.handle(
    (batch) => {
      for (const packet of batch) held.push(packet.hold())
    },
    { outputs: { back: source.port }, overflow: 'backpressure', holdLimit },
  )
  // The outputs a handler gets are the same objects for every batch.
  return { held, program }
}

describe('a held packet', () => {
  test('stays as it is until it is sent, in any order, at any time', async () => {
    await using source = await CapturePort.open(frames)
    const { port } = source
    const waiting: (() => void)[] = []
    const program = await port.rx.handle(
      (batch, { port }) => {
        for (const packet of batch) {
          const held = packet.hold()
          expect(held.length).toBe(packet.length)
          waiting.push(() => {
            held.bytes[0] = 0xab
            held.forward(port)
          })
        }
      },
      { outputs: { port }, overflow: 'backpressure', holdLimit: 256 },
    )
    await until('all are held', () => countersOf(program).heldNow === COUNT)
    await delay(20)
    expect(countersOf(program)).toMatchObject({ delivered: COUNT, held: COUNT, heldNow: COUNT })
    for (const send of waiting.reverse()) send()
    const sent = await source.sent(COUNT)
    const expected = frames.map((frame) => Uint8Array.from([0xab, ...frame.subarray(1)])).reverse()
    expect(hex(sent)).toEqual(hex(expected))
    expect(await program.stop()).toBe(0)
    expect(countersOf(program)).toMatchObject({ held: COUNT, sentForwarded: COUNT })
    expect(warnings).toEqual([])
  })

  test('can be let go on with the program, cut and dropped, and goes at the end of its block', async () => {
    await using source = await CapturePort.open(frames.slice(0, 3))
    const { held, program } = await holdAll(source)
    await until('all are held', () => held.length === 3)
    const [first, second, third] = held as [OwnedPacket, OwnedPacket, OwnedPacket]
    first.continue()
    second.drop()
    {
      using last = third
      expect(last.isOwned).toBe(true)
    }
    expect(third.isOwned).toBe(false)
    expect(await program.stop()).toBe(0)
    expect(countersOf(program)).toMatchObject({ held: 3, sentContinued: 1, sentDropped: 2 })
    expect(program.stats().unclaimed).toBe(1n)
  })

  test('has its headers as long as it is held', async () => {
    const frame = (ttl: number) => Frame.build(ethernet(), ipv4({ ttl }), udp(), 'later').bytes
    await using source = await CapturePort.open([9, 8, 7].map(frame))
    const later: (() => void)[] = []
    const program = await source.port.rx.handle(
      (batch, { back }) => {
        for (const packet of batch) {
          const held = packet.hold()
          later.push(() => {
            expect(held.udp?.hasValidChecksum()).toBe(true)
            expect(held.headers().map(({ name }) => name)).toEqual(['ethernet', 'ipv4', 'udp'])
            held.ipv4?.decrementTtl()
            held.forward(back)
            expect(() => held.ipv4).toThrow(expect.objectContaining({ code: 'ERR_DPDK_PACKET_RELEASED' }))
          })
        }
      },
      { outputs: { back: source.port } },
    )
    await until('all are held', () => later.length === 3)
    for (const use of later) use()
    expect(hex(await source.sent(3))).toEqual(hex([8, 7, 6].map(frame)))
    await program.stop()
  })

  test('that has gone refuses to be used', async () => {
    await using source = await CapturePort.open(frames.slice(0, 1))
    const { held, program } = await holdAll(source)
    await until('it is held', () => held.length === 1)
    const [packet] = held as [OwnedPacket]
    expect(() => packet.forward(undefined as never)).toThrow(/an output that is not|undefined/)
    expect(packet.isOwned).toBe(true)
    packet.drop()
    const refused = expect.objectContaining({ code: 'ERR_DPDK_PACKET_RELEASED' })
    const uses = [
      () => packet.drop(),
      () => packet.continue(),
      () => packet.forward(undefined as never),
      () => packet.bytes,
      () => packet.segments,
      () => {
        packet.length = 60
      },
    ]
    for (const use of uses) expect(use).toThrow(refused)
    packet[Symbol.dispose]()
    await program.stop()
    expect(countersOf(program)).toMatchObject({ submitted: 1, sentDropped: 1 })
  })

  test('is gone when its handler decides otherwise about it', async () => {
    await using source = await CapturePort.open(frames)
    const kept: OwnedPacket[] = []
    const program = await source.port.rx.handle(
      (batch) => {
        for (const packet of batch) {
          kept.push(packet.hold())
          packet.drop()
        }
      },
      { overflow: 'backpressure', holdLimit: 64, batchLimit: 16 },
    )
    await until('all came', () => kept.length === COUNT)
    expect(kept.every(({ isOwned }) => !isOwned)).toBe(true)
    expect(await program.stop()).toBe(0)
    expect(countersOf(program)).toMatchObject({ dropped: COUNT })
    expect(countersOf(program).held).toBeUndefined()
  })

  test('beyond the limit is refused, with the limit and its option', async () => {
    await using source = await CapturePort.open(frames)
    const held: OwnedPacket[] = []
    const program = await source.port.rx.handle(
      (batch) => {
        for (const packet of batch) held.push(packet.hold())
      },
      { overflow: 'backpressure', holdLimit: 16 },
    )
    const errors: { message: string; hint?: string; cause?: unknown }[] = []
    program.on('error', (error) => errors.push(error))
    await until('the handler was refused', () => errors.length > 0)
    expect(held.length).toBe(16)
    expect(errors[0]).toMatchObject({
      code: 'ERR_DPDK_HANDLER_THREW',
      message: expect.stringContaining('16'),
      cause: { code: 'ERR_DPDK_HOLD_LIMIT', hint: expect.stringContaining('holdLimit') },
    })
    for (const packet of held) packet.drop()
    expect(await program.stop()).toBe(0)
    expect(countersOf(program)).toMatchObject({ held: 16, failed: COUNT - 16 })
  })

  test('slots are used again and again', async () => {
    const many = numberedFrames(20_000, { shortest: 60, longest: 60 })
    await using source = await CapturePort.open(many)
    const queue: OwnedPacket[] = []
    let refused = 0
    const program = await source.port.rx.handle(
      (batch, { port }) => {
        for (const packet of batch) {
          try {
            queue.push(packet.hold())
          } catch {
            refused++
            packet.drop()
          }
        }
        for (const held of queue.splice(0, queue.length - 10)) held.forward(port)
      },
      { outputs: { port: source.port }, overflow: 'backpressure', holdLimit: 128, batchLimit: 32 },
    )
    await until('all came', () => {
      const { delivered, inFlight } = countersOf(program)
      return delivered === many.length && inFlight === undefined
    })
    for (const held of queue) held.drop()
    expect(await program.stop()).toBe(0)
    const { held = 0, sentForwarded = 0, sentDropped = 0, dropped = 0, ...rest } = countersOf(program)
    expect({ held, dropped }).toEqual({ held: many.length - refused, dropped: refused })
    expect(sentForwarded + sentDropped).toBe(held)
    expect(rest).not.toHaveProperty('sentInvalidName')
    expect(rest).not.toHaveProperty('invalidHold')
    const numbers = source.sentSoFar().map(numberOf)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })
})

describe('a packet that is forgotten', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void

  test('is found by the garbage collector, given back, and its line is named', async () => {
    await using source = await CapturePort.open(frames.slice(0, 5))
    const program = await source.port.rx.handle(
      (batch) => {
        for (const packet of batch) packet.hold()
      },
      { overflow: 'backpressure' },
    )
    await until('all are held', () => countersOf(program).held === 5)
    await until('they are given back', async () => {
      collectGarbage()
      await turn()
      return countersOf(program).sentDropped === 5
    })
    await turn()
    await until('it is said', () => warnings.length > 0)
    expect(warnings[0]).toMatchObject({
      code: 'DPDK_HELD_PACKET_LEAK',
      message: expect.stringMatching(/^\d packets? taken at .*holding\.test\.ts:\d+:\d+.* collected/),
      detail: expect.stringContaining('holding.test.ts'),
    })
    expect(await program.stop()).toBe(0)
  })

  test('is taken back when its program stops, and its line is named', async () => {
    await using source = await CapturePort.open(frames.slice(0, 3))
    const { held, program } = await holdAll(source)
    await until('all are held', () => countersOf(program).heldNow === 3)
    expect(await program.stop({ timeoutMs: 10 })).toBe(3)
    await until('it is said', () => warnings.length > 0)
    expect(warnings.map(({ code }) => code)).toEqual(['DPDK_HELD_PACKET_LEAK'])
    expect(warnings[0]?.message).toMatch(/^3 packets taken at .*holding\.test\.ts:\d+:\d+.* at the end/)
    expect(held.every(({ isOwned }) => !isOwned)).toBe(true)
    expect(() => held[0]?.drop()).toThrow(expect.objectContaining({ code: 'ERR_DPDK_PACKET_RELEASED' }))
  })

  test('is taken back when its port closes', async () => {
    const source = await CapturePort.open()
    await source.port.writable()
    expect(source.port.allocate(2)).toHaveLength(2)
    await source[Symbol.asyncDispose]()
    await until('it is said', () => warnings.length > 0)
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/^2 packets taken at /)])
  })
})

describe('an allocated packet', () => {
  afterEach(() => expect(warnings).toEqual([]))

  test('is filled in place and sent, among frames that are copied, in order', async () => {
    await using sink = await CapturePort.open([], { sendRingSize: 16 })
    const { port } = sink
    let next = 0
    while (next < COUNT) {
      await port.writable()
      const list = port.allocate(Math.min(2, COUNT - next)).map((packet) => {
        const frame = frames[next++] as Uint8Array
        packet.length = frame.length
        packet.bytes.set(frame)
        return packet
      })
      const copied = frames.slice(next, next + 3)
      const taken = port.send([...list, ...copied])
      expect(taken).toBeGreaterThanOrEqual(list.length)
      next += taken - list.length
    }
    expect(hex(await sink.sent(COUNT))).toEqual(hex(frames))
  })

  test('goes in any order, or back unused', async () => {
    await using sink = await CapturePort.open([], { sendRingSize: 8 })
    await sink.port.writable()
    await until('8 are there', () => {
      const all = sink.port.allocate(100)
      for (const packet of all) packet.drop()
      return all.length === 8
    })
    await until('and again', () => {
      const packets = sink.port.allocate(8)
      for (const packet of packets) packet.length = 60
      packets.forEach((packet, index) => void packet.bytes.fill(index))
      if (packets.length < 8) for (const packet of packets) packet.drop()
      else expect(sink.port.send(packets.reverse())).toBe(8)
      return packets.length === 8
    })
    expect((await sink.sent(8)).map((frame) => frame[0])).toEqual([7, 6, 5, 4, 3, 2, 1, 0])
  })

  test('keeps to its buffer and its port', async () => {
    await using sink = await CapturePort.open()
    await using other = await CapturePort.open()
    await sink.port.writable()
    const [packet] = sink.port.allocate(1) as [OwnedPacket]
    expect(packet.length).toBe(0)
    expect(packet.capacity).toBeGreaterThanOrEqual(1518)
    for (const length of [13, packet.capacity + 1, 1.5]) {
      expect(() => {
        packet.length = length
      }).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }))
    }
    expect(() => sink.port.send(packet)).toThrow(/length must be from 14/)
    packet.length = 60
    expect(() => other.port.send(packet)).toThrow(/allocate/)
    expect(packet.isOwned).toBe(true)
    expect(sink.port.send(packet)).toBe(1)
    expect(packet.isOwned).toBe(false)
    expect(() => sink.port.send(packet)).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_PACKET_RELEASED' }),
    )
    await sink.sent(1)
  })
})
