import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeOutputs } from '../../lib/handler.js'
import { Batch } from '../../lib/packet/batch.js'
import { HandlerRingColumns } from '../../lib/ring/columns.js'
import { VERDICT_DROP, VERDICT_FAILED } from '../../lib/ring/layout.js'
import { udpFrame } from './frames.js'
import { HandLaidRing } from './hand-laid-ring.js'

const outputs = makeOutputs([])

function batchOf(ring: HandLaidRing): Batch {
  return new Batch(ring.arena, new HandlerRingColumns(ring.ring), ring.sendRing)
}

/** A frame that tells which one it is. */
function frame(number: number, length = 60): Uint8Array {
  return new Uint8Array(length).fill(number)
}

describe('a batch', () => {
  it('has the packets in their order, by index and by iteration', () => {
    const ring = new HandLaidRing()
    for (let i = 0; i < 5; i++) ring.deliver(frame(i))
    const batch = batchOf(ring)
    expect(batch.open(0, 5, 64, outputs)).toBe(5)
    expect(batch.length).toBe(5)
    expect(Array.from({ length: 5 }, (_, i) => batch.at(i).getUint8(0))).toEqual([0, 1, 2, 3, 4])
    const seen = []
    for (const packet of batch) seen.push(packet.getUint8(0))
    expect(seen).toEqual([0, 1, 2, 3, 4])
  })

  it('can be iterated again, also after a break', () => {
    const ring = new HandLaidRing()
    for (let i = 0; i < 3; i++) ring.deliver(frame(i))
    const batch = batchOf(ring)
    batch.open(0, 3, 64, outputs)
    for (const _ of batch) break
    let count = 0
    for (const packet of batch) expect(packet.getUint8(0)).toBe(count++)
    expect(count).toBe(3)
  })

  it('reuses its iterator, its results and its packet', () => {
    const ring = new HandLaidRing()
    ring.deliver(frame(0))
    ring.deliver(frame(1))
    const batch = batchOf(ring)
    batch.open(0, 2, 64, outputs)
    const iterator = batch[Symbol.iterator]()
    expect(iterator.next()).toBe(iterator.next())
    expect(batch.at(0)).toBe(batch.at(1))
    expect(batch[Symbol.iterator]()).toBe(iterator)
  })

  it.each([-1, 1, 2.5])('has no packet at %d', (index) => {
    const ring = new HandLaidRing()
    ring.deliver(frame(0))
    const batch = batchOf(ring)
    batch.open(0, 1, 64, outputs)
    expect(() => batch.at(index)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }))
  })

  it('takes no more than its limit', () => {
    const ring = new HandLaidRing()
    for (let i = 0; i < 9; i++) ring.deliver(frame(i))
    const batch = batchOf(ring)
    expect(batch.open(0, 9, 4, outputs)).toBe(4)
    expect(batch.length).toBe(4)
  })

  it('goes on at the start of the ring', () => {
    const ring = new HandLaidRing({ size: 8, start: 6 })
    for (let i = 0; i < 5; i++) ring.deliver(frame(i))
    const batch = batchOf(ring)
    batch.open(6, 5, 64, outputs)
    expect([...batch].length).toBe(5)
    expect(batch.at(4).getUint8(0)).toBe(4)
  })

  it('is empty once it is released', () => {
    const ring = new HandLaidRing()
    ring.deliver(frame(0))
    const batch = batchOf(ring)
    batch.open(0, 1, 64, outputs)
    batch.release()
    expect(batch.length).toBe(0)
    expect([...batch]).toEqual([])
    expect(() => batch.at(0)).toThrow(RangeError)
  })
})

describe('packets of several segments', () => {
  it('count as one packet each, and are as long as all their segments', () => {
    const ring = new HandLaidRing()
    ring.deliver(frame(1, 100), frame(2, 50), frame(3, 7))
    ring.deliver(frame(4))
    ring.deliver(frame(5, 20), frame(6, 5))
    const batch = batchOf(ring)
    expect(batch.open(0, 6, 64, outputs)).toBe(6)
    expect(batch.length).toBe(3)
    expect([0, 1, 2].map((i) => batch.at(i).length)).toEqual([157, 60, 25])
    expect(batch.at(0).segments.map((bytes) => [bytes.length, bytes[0]])).toEqual([
      [100, 1],
      [50, 2],
      [7, 3],
    ])
    expect(batch.at(0).bytes.length).toBe(100)
    expect(batch.at(1).segments).toHaveLength(1)
    expect(() => batch.at(0).getUint8(100)).toThrow(/segments/)
  })

  it('get their verdict in the first descriptor', () => {
    const ring = new HandLaidRing()
    ring.deliver(frame(1), frame(2))
    ring.deliver(frame(3))
    const batch = batchOf(ring)
    batch.open(0, 3, 64, outputs)
    for (const packet of batch) packet.drop()
    expect(ring.verdicts(3)).toEqual([VERDICT_DROP, 0, VERDICT_DROP])
    expect(batch.at(0).segments).toHaveLength(2)
  })

  it('are never torn apart by the limit or the end of the ring', () => {
    const ring = new HandLaidRing({ size: 8, start: 5 })
    ring.deliver(frame(1))
    ring.deliver(frame(2), frame(3), frame(4), frame(5))
    ring.deliver(frame(6))
    const batch = batchOf(ring)
    expect(batch.open(5, 6, 2, outputs)).toBe(5)
    expect(batch.length).toBe(2)
    expect(batch.at(1).segments.map((bytes) => bytes[0])).toEqual([2, 3, 4, 5])
  })

  it('do not disturb the batch after them', () => {
    const ring = new HandLaidRing()
    ring.deliver(frame(1), frame(2))
    ring.deliver(udpFrame)
    const batch = batchOf(ring)
    batch.open(0, 2, 2, outputs)
    expect(batch.at(0).length).toBe(120)
    batch.release()
    batch.open(2, 1, 64, outputs)
    expect(batch.at(0).length).toBe(udpFrame.length)
    expect(batch.at(0).ipv4?.ttl).toBe(64)
  })

  it('may extend an IPv4 datagram beyond the first segment', () => {
    const ring = new HandLaidRing()
    ring.deliver(udpFrame.subarray(0, 36), udpFrame.subarray(36))
    const batch = batchOf(ring)
    batch.open(0, 2, 64, outputs)
    expect(batch.at(0).ipv4?.totalLength).toBe(28)
  })

  it('come in any mixture', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
        fc.nat(31),
        (packets, start) => {
          const ring = new HandLaidRing({ size: 32, start })
          const descriptors = packets.flat().length
          for (const lengths of packets) ring.deliver(...lengths.map((length) => frame(length, length)))
          const batch = batchOf(ring)
          expect(batch.open(start, descriptors, 64, outputs)).toBe(descriptors)
          const seen = []
          for (const packet of batch) seen.push(packet.segments.map((bytes) => bytes.length))
          expect(seen).toEqual(packets)
        },
      ),
    )
  })
})

describe('a failed batch', () => {
  it('marks what was not decided', () => {
    const ring = new HandLaidRing()
    ring.deliver(frame(1))
    ring.deliver(frame(2), frame(3))
    ring.deliver(frame(4))
    const batch = batchOf(ring)
    batch.open(0, 4, 64, outputs)
    batch.at(0).drop()
    batch.failUndecided()
    expect(ring.verdict(0)).toBe(VERDICT_DROP)
    expect(ring.verdict(1)).toBe(VERDICT_FAILED)
    expect(ring.verdict(3)).toBe(VERDICT_FAILED)
  })
})
