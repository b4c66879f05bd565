import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Consumer, type WaitPolicy } from '../../lib/ring/consumer.js'
import type { HandlerRing } from '../../lib/ring/handler-ring.js'

/** The addon's part, with the test in the place of lcores and notifier. */
class FakeAddon {
  onReady: () => void = () => {}
  armed = false
  /** What `consumerArm` finds. */
  hasWork = false
  waits = 0
  /** What happens during a native wait; true when work came. */
  onWait = () => false

  consumerOpen = (onReady: () => void) => {
    this.onReady = onReady
    return 1
  }
  consumerAttach = vi.fn()
  consumerDetach = vi.fn()
  consumerClose = vi.fn()
  consumerReference = vi.fn()
  consumerArm = () => {
    this.armed = !this.hasWork
    return this.armed
  }
  consumerWait = () => {
    this.waits++
    return this.onWait()
  }
  consumerWake = vi.fn(() => void setTimeout(() => this.onReady(), 0))
}

/** A ring with this many descriptors to poll. */
function ringWith(work: { left: number }, id = 5): HandlerRing {
  return {
    id,
    poll: () => {
      if (work.left === 0) return 0
      work.left--
      return 1
    },
  } as unknown as HandlerRing
}

let addon: FakeAddon
let consumer: Consumer

function open(wait: WaitPolicy): void {
  consumer = new Consumer(addon, wait)
  consumer.reference(true)
}

const eventLoopTurn = () => new Promise((resolve) => setTimeout(resolve, 20))

beforeEach(() => {
  addon = new FakeAddon()
})
afterEach(() => consumer.close())

describe('a consumer on an event loop', () => {
  beforeEach(() => open('event'))

  it('drains a ring that it attaches, then arms', async () => {
    const work = { left: 1000 }
    consumer.attach(ringWith(work))
    expect(work.left).toBe(1000)
    await eventLoopTurn()
    expect(work.left).toBe(0)
    expect(addon.armed).toBe(true)
    expect(addon.consumerAttach).toHaveBeenCalledWith(1, 5)
  })

  it('looks again when it is woken', async () => {
    const work = { left: 0 }
    consumer.attach(ringWith(work))
    await eventLoopTurn()
    work.left = 3
    addon.armed = false
    addon.onReady()
    await eventLoopTurn()
    expect(work.left).toBe(0)
    expect(addon.armed).toBe(true)
  })

  it('has one turn at a time, however often it is woken', async () => {
    let polls = 0
    consumer.attach({ id: 5, poll: () => polls++ && 1 } as never)
    await eventLoopTurn()
    const turns = async () => {
      let immediates = 0
      const before = polls
      for (const end = performance.now() + 50; performance.now() < end; immediates++) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      return (polls - before) / immediates
    }
    const usual = await turns()
    for (let i = 0; i < 20; i++) addon.onReady()
    expect(await turns()).toBeLessThan(3 * usual)
  })

  it('looks again when work came while it armed', async () => {
    const work = { left: 0 }
    addon.hasWork = true
    consumer.attach(ringWith(work))
    await eventLoopTurn()
    expect(addon.armed).toBe(false)
    work.left = 2
    addon.hasWork = false
    await eventLoopTurn()
    expect(work.left).toBe(0)
    expect(addon.armed).toBe(true)
  })

  it('leaves the event loop its turns, however much there is to do', async () => {
    consumer.attach(ringWith({ left: Number.POSITIVE_INFINITY }))
    const started = performance.now()
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('serves its rings in turn', async () => {
    const first = { left: 50 }
    const second = { left: 70 }
    consumer.attach(ringWith(first, 1))
    consumer.attach(ringWith(second, 2))
    await eventLoopTurn()
    expect([first.left, second.left]).toEqual([0, 0])
  })

  it('does not touch a ring that it left', async () => {
    const work = { left: 0 }
    const ring = ringWith(work)
    consumer.attach(ring)
    await eventLoopTurn()
    consumer.detach(ring)
    consumer.detach(ring)
    expect(addon.consumerDetach.mock.calls).toEqual([[1, 5]])
    work.left = 5
    addon.onReady()
    await eventLoopTurn()
    expect(work.left).toBe(5)
  })

  it('does nothing once it is closed', async () => {
    const work = { left: 5 }
    consumer.attach(ringWith(work))
    consumer.close()
    consumer.close()
    await eventLoopTurn()
    expect(work.left).toBe(5)
    expect(addon.consumerClose).toHaveBeenCalledTimes(1)
  })

  it('schedules its turns so that they keep no process alive, where it is not referenced', async () => {
    consumer.reference(false)
    const work = { left: 5 }
    consumer.attach(ringWith(work))
    expect(addon.consumerWake).toHaveBeenCalledWith(1)
    await eventLoopTurn()
    expect(work.left).toBe(0)
  })
})

describe('a consumer that blocks', () => {
  beforeEach(() => open('block'))

  it('waits natively, and has a turn of the event loop after each wait', async () => {
    consumer.attach(ringWith({ left: 3 }))
    await eventLoopTurn()
    expect(addon.waits).toBeGreaterThan(1)
    expect(addon.armed).toBe(false)
  })

  it('goes on at once when work came', async () => {
    const work = { left: 0 }
    let pauses = 0
    addon.onWait = () => {
      if (pauses++ > 0) return false
      work.left = 4
      return true
    }
    consumer.attach(ringWith(work))
    await eventLoopTurn()
    expect(work.left).toBe(0)
  })
})

describe('a consumer that spins', () => {
  it('never waits', async () => {
    open('spin')
    const work = { left: 3 }
    consumer.attach(ringWith(work))
    await eventLoopTurn()
    expect(work.left).toBe(0)
    expect(addon.waits).toBe(0)
    expect(addon.armed).toBe(false)
  })
})
