import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Arena } from '../../lib/arena.js'
import { PortSender } from '../../lib/port-sender.js'
import {
  SEND_ASLEEP,
  SEND_RING_HEADER,
  SUBMISSION,
  SUBMISSION_LENGTH,
  SUBMISSION_OFFSET,
  SUBMISSION_PACKET,
  SUBMISSION_VERDICT,
  SUBMITTED,
  SUPPLIED,
  SUPPLY,
  SUPPLY_CAPACITY,
  SUPPLY_OFFSET,
  SUPPLY_PACKET,
  VERDICT_OUTPUT,
} from '../../lib/ring/layout.js'

const SIZE = 4
const OFFSET = 1024
const BUFFERS = 8192
const CAPACITY = 1920

let arena: Arena
let view: DataView
let ring: PortSender
let supplied: number
const wakeLcore = vi.fn()

/** Lends a buffer, as the lcore does. */
function supply(buffer: number): void {
  const at = OFFSET + SEND_RING_HEADER + (supplied % SIZE) * SUPPLY
  view.setUint32(at + SUPPLY_OFFSET, BUFFERS + buffer * 2048, true)
  view.setUint16(at + SUPPLY_CAPACITY, CAPACITY, true)
  view.setUint16(at + SUPPLY_PACKET, buffer, true)
  supplied = (supplied + 1) >>> 0
  view.setUint32(OFFSET + SUPPLIED, supplied, true)
}

function submission(slot: number) {
  const at = OFFSET + SEND_RING_HEADER + SIZE * SUPPLY + slot * SUBMISSION
  const offset = view.getUint32(at + SUBMISSION_OFFSET, true)
  const length = view.getUint16(at + SUBMISSION_LENGTH, true)
  return {
    bytes: [...arena.bytes.slice(offset, offset + length)],
    buffer: view.getUint16(at + SUBMISSION_PACKET, true),
    verdict: view.getUint16(at + SUBMISSION_VERDICT, true),
  }
}

const submitted = () => view.getUint32(OFFSET + SUBMITTED, true)
const frame = (value: number, length = 60) => new Uint8Array(length).fill(value)

beforeEach(() => {
  arena = new Arena({ buffer: new SharedArrayBuffer(BUFFERS + 8 * 2048) })
  view = new DataView(arena.buffer)
  supplied = 0
  wakeLcore.mockClear()
  ring = new PortSender(arena, { id: 1, offset: OFFSET, size: SIZE, lcore: 2 }, wakeLcore)
})

describe('a send ring', () => {
  it('sends nothing without buffers', () => {
    expect(ring.available).toBe(0)
    expect(ring.send([frame(1)])).toBe(0)
    expect(submitted()).toBe(0)
  })

  it('copies frames into the buffers it was lent, in order, and names them', () => {
    supply(3)
    supply(1)
    expect(ring.available).toBe(2)
    expect(ring.send([frame(0xaa), frame(0xbb, 1500)])).toBe(2)
    expect(submitted()).toBe(2)
    expect(submission(0)).toEqual({ bytes: [...frame(0xaa)], buffer: 3, verdict: VERDICT_OUTPUT })
    expect(submission(1)).toEqual({ bytes: [...frame(0xbb, 1500)], buffer: 1, verdict: VERDICT_OUTPUT })
    expect(ring.available).toBe(0)
  })

  it('takes as many as there are buffers for, and no more from a generator', () => {
    supply(0)
    supply(1)
    function* count() {
      for (let value = 0; ; value++) yield frame(value)
    }
    const frames = count()
    expect(ring.send(frames)).toBe(2)
    expect(ring.available).toBe(0)
    expect(ring.send(frames)).toBe(0)
    supply(2)
    expect(ring.send(frames)).toBe(1)
    expect([0, 1, 2].map((slot) => submission(slot).bytes[0])).toEqual([0, 1, 2])
  })

  it('goes round and round', () => {
    for (let i = 0; i < 4; i++) supply(i)
    for (let round = 0; round < 50; round++) {
      expect(ring.send([frame(round), frame(round), frame(round)])).toBe(3)
      expect(submission((round * 3) % (2 * SIZE)).bytes[0]).toBe(round)
      for (let i = 0; i < 3; i++) supply((round * 3 + i) % 4)
    }
    expect(submitted()).toBe(150)
  })

  it.each([13, CAPACITY + 1])('refuses a frame of %d bytes, after sending those before it', (length) => {
    supply(0)
    supply(1)
    expect(() => ring.send([frame(1), frame(2, length)])).toThrow(
      expect.objectContaining({
        code: 'ERR_OUT_OF_RANGE',
        message: expect.stringContaining('frames[1].length'),
      }),
    )
    expect(submitted()).toBe(1)
    expect(ring.available).toBe(1)
  })

  it('refuses what is no frame', () => {
    supply(0)
    expect(() => ring.send(['frame' as never])).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    )
  })

  it('wakes an lcore that sleeps, once for all frames', () => {
    supply(0)
    supply(1)
    view.setUint32(OFFSET + SEND_ASLEEP, 1, true)
    ring.send([])
    expect(wakeLcore).not.toHaveBeenCalled()
    ring.send([frame(1), frame(2)])
    expect(wakeLcore.mock.calls).toEqual([[2]])
  })

  it('does not believe in more buffers than there can be', () => {
    view.setUint32(OFFSET + SUPPLIED, 5, true)
    expect(ring.available).toBe(0)
    view.setUint32(OFFSET + SUPPLIED, 0xffffffff, true)
    expect(ring.available).toBe(0)
  })
})
