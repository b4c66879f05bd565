import { describe, expect, it, vi } from 'vitest'
import { makeOutputs } from '../../lib/handler.js'
import type { Batch } from '../../lib/packet/batch.js'
import { HandlerRing, type HandlerRingOptions } from '../../lib/ring/handler-ring.js'
import { VERDICT_DROP, VERDICT_FAILED, VERDICT_OUTPUT } from '../../lib/ring/layout.js'
import { udpFrame } from './frames.js'
import { HandLaidRing } from './hand-laid-ring.js'

const outputs = makeOutputs(['right'])

function serve(shared: HandLaidRing, handler: HandlerRingOptions['handler'], batchLimit = 4) {
  const wakeLcore = vi.fn()
  const onFailure = vi.fn()
  const { arena, ring } = shared
  return {
    ring: new HandlerRing({ arena, ring, handler, outputs, batchLimit, wakeLcore, onFailure }),
    wakeLcore,
    onFailure,
  }
}

const drop = (batch: Batch) => {
  for (const packet of batch) packet.drop()
}

describe('a handler ring', () => {
  it('runs the handler on what came, and gives it back', () => {
    const shared = new HandLaidRing()
    const lengths: number[] = []
    const { ring } = serve(shared, (batch, { right }) => {
      lengths.push(batch.length)
      for (const packet of batch) packet.forward(right as never)
    })
    expect(ring.hasWork).toBe(false)
    expect(ring.poll()).toBe(0)
    for (let i = 0; i < 6; i++) shared.deliver(udpFrame)
    expect(ring.hasWork).toBe(true)
    expect([ring.poll(), ring.poll(), ring.poll()]).toEqual([4, 2, 0])
    expect(lengths).toEqual([4, 2])
    expect(shared.completed).toBe(6)
    expect(shared.verdicts(6)).toEqual(Array(6).fill(VERDICT_OUTPUT))
  })

  it('goes on where the counters wrap at 2³²', () => {
    const shared = new HandLaidRing({ start: 0xfffffffe })
    const { ring } = serve(shared, drop, 64)
    for (let i = 0; i < 5; i++) shared.deliver(udpFrame)
    expect(ring.poll()).toBe(5)
    expect(shared.completed).toBe(3)
    shared.deliver(udpFrame)
    expect(ring.poll()).toBe(1)
    expect(shared.completed).toBe(4)
  })

  it('goes on where the counters change their sign at 2³¹', () => {
    const shared = new HandLaidRing({ start: 0x7fffffff })
    const { ring } = serve(shared, drop, 64)
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 16; i++) shared.deliver(udpFrame)
      expect(ring.poll()).toBe(16)
    }
    expect(shared.completed).toBe(0x7fffffff + 48)
  })

  it('looks at nothing when the ring claims more than it holds', () => {
    const shared = new HandLaidRing()
    const handler = vi.fn()
    const { ring } = serve(shared, handler)
    shared.produced = 17
    expect(ring.poll()).toBe(0)
    shared.produced = 0xffffffff
    expect(ring.poll()).toBe(0)
    expect(handler).not.toHaveBeenCalled()
    expect(shared.completed).toBe(0)
  })

  it('wakes an lcore that sleeps, and only then', () => {
    const shared = new HandLaidRing()
    const { ring, wakeLcore } = serve(shared, drop)
    shared.deliver(udpFrame)
    ring.poll()
    expect(wakeLcore).not.toHaveBeenCalled()
    shared.asleep = true
    ring.poll()
    expect(wakeLcore).not.toHaveBeenCalled()
    shared.deliver(udpFrame)
    ring.poll()
    expect(wakeLcore.mock.calls).toEqual([[1]])
  })

  it('fails the rest of a batch whose handler throws, and goes on', () => {
    const shared = new HandLaidRing()
    const boom = new Error('boom')
    let calls = 0
    const { ring, onFailure } = serve(shared, (batch) => {
      calls++
      if (calls > 1) return drop(batch)
      batch.at(0).drop()
      throw boom
    })
    for (let i = 0; i < 5; i++) shared.deliver(udpFrame)
    expect(ring.poll()).toBe(4)
    expect(shared.verdicts(4)).toEqual([VERDICT_DROP, VERDICT_FAILED, VERDICT_FAILED, VERDICT_FAILED])
    expect(onFailure.mock.calls).toEqual([[{ error: boom }]])
    expect(shared.completed).toBe(4)
    expect(ring.poll()).toBe(1)
    expect(shared.verdict(4)).toBe(VERDICT_DROP)
  })

  it('refuses a handler that turns out to be asynchronous', () => {
    const shared = new HandLaidRing()
    const promise = Promise.resolve()
    const { ring, onFailure } = serve(shared, () => promise)
    shared.deliver(udpFrame)
    ring.poll()
    expect(onFailure.mock.calls).toEqual([[{ returned: promise }]])
    expect(shared.verdict(0)).toBe(VERDICT_FAILED)
  })

  it('does not mind other values that a handler returns', () => {
    const shared = new HandLaidRing()
    const { ring, onFailure } = serve(shared, () => 5)
    shared.deliver(udpFrame)
    ring.poll()
    expect(onFailure).not.toHaveBeenCalled()
    expect(shared.verdict(0)).toBe(0)
  })

  it('leaves nothing of the batch to whoever keeps it', () => {
    const shared = new HandLaidRing()
    let kept: Batch | undefined
    const { ring } = serve(shared, (batch) => {
      kept = batch
    })
    shared.deliver(udpFrame)
    ring.poll()
    expect(kept?.length).toBe(0)
  })
})
