// More packets than a handler takes: where the rest goes, and what becomes of other queues.

import { setTimeout as delay } from 'node:timers/promises'
import { drop, forward, HandlerWorker, handle } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, numberedFrames, numberOf } from '../support/frames.js'
import { until } from '../support/until.js'

useEal()
useAudit()

const COUNT = 2000
const RING = 64
const frames = numberedFrames(COUNT, { shortest: 60, longest: 60 })
const obeying = new URL('./handlers/obey.js', import.meta.url)

describe('a handler that is too slow', () => {
  test('loses what does not fit: drop', async () => {
    await using source = await CapturePort.open(frames)
    await using worker = await HandlerWorker.start()
    // Nobody is there to answer until the event loop turns.
    const program = await source.port.rx.handle(obeying, {
      outputs: { out: source.port },
      workers: [worker],
      ringSize: RING,
    })
    await until('all came', () => source.received === COUNT)
    await program.stop()
    const { delivered = 0, overflow = 0, forwarded } = countersOf(program)
    expect(delivered + overflow).toBe(COUNT)
    expect(forwarded).toBe(delivered)
    expect(source.transmitted).toBe(delivered)
  })

  test('is passed by: bypass', async () => {
    await using source = await CapturePort.open(frames)
    await using detour = await CapturePort.open()
    const block = new Int32Array(new SharedArrayBuffer(4))
    const program = await source.port.rx.handle(
      (batch, { out }) => {
        Atomics.wait(block, 0, 0, 20)
        for (const packet of batch) packet.forward(out)
      },
      { outputs: { out: source.port }, ringSize: RING, overflow: { bypass: detour.port } },
    )
    await until('all came', () => source.received === COUNT)
    await program.stop()
    const { delivered = 0, bypassed = 0, forwarded, ...rest } = countersOf(program)
    expect(delivered + bypassed).toBe(COUNT)
    expect(bypassed).toBeGreaterThan(0)
    expect(forwarded).toBe(delivered)
    expect(rest).not.toHaveProperty('overflow')
    const all = [...source.sentSoFar(), ...detour.sentSoFar()]
    expect(hex(all).sort()).toEqual(hex(frames).sort())
  })

  test('is waited for: backpressure', async () => {
    await using source = await CapturePort.open(frames)
    const program = await source.port.rx.handle(
      (batch, { out }) => {
        for (const packet of batch) packet.forward(out)
      },
      { outputs: { out: source.port }, ringSize: RING, overflow: 'backpressure' },
    )
    expect((await source.sent(COUNT)).map(numberOf)).toEqual(frames.map(numberOf))
    await program.stop()
    expect(countersOf(program)).toMatchObject({ delivered: COUNT, forwarded: COUNT })
    expect(source.port.counters().rxQueues[0]?.backpressured).toBeGreaterThan(0n)
  })

  test('does not slow another queue', async () => {
    await using slow = await CapturePort.open(frames, { endless: true })
    await using fast = await CapturePort.open(frames)
    const stuck = await slow.port.rx.handle(obeying, {
      outputs: { out: slow.port },
      overflow: 'backpressure',
      stallTimeoutMs: 0,
    })
    stuck.postMessage('spin')
    await until('it is stuck', async () => {
      const before = countersOf(stuck).delivered
      await delay(100)
      return before === countersOf(stuck).delivered && before !== undefined
    })
    const program = await fast.port.rx.run(forward({ to: fast.port }))
    expect((await fast.sent(COUNT)).map(numberOf)).toEqual(frames.map(numberOf))
    await program.stop()
    const reclaimed = await stuck.stop({ timeoutMs: 50 })
    expect(reclaimed).toBeGreaterThan(0)
    expect(countersOf(stuck).reclaimed).toBe(reclaimed)
  })
})

test('backpressure is for the first action only', async () => {
  await using source = await CapturePort.open()
  const handler = handle(() => {}, { overflow: 'backpressure' })
  await expect(source.port.rx.run(drop(), handler)).rejects.toMatchObject({
    code: 'ERR_DPDK_BACKPRESSURE_NOT_FIRST',
  })
})

test.each([
  ['overflow', { overflow: 'block' }, /'drop' or 'backpressure' or { bypass: port }/],
  ['overflow', { overflow: { bypass: 5 } }, /options\.overflow\.bypass must be an open Port/],
  ['onError', { onError: 'ignore' }, /'drop' or 'continue'/],
  ['holdLimit', { holdLimit: 100 }, /power of two/],
  ['holdLimit', { holdLimit: 4096 }, /2048/],
  ['outputs', { outputs: { none: [] } }, /options\.outputs\.none must be a Port, or several/],
])('a wrong option is refused: %s', (_, options, message) => {
  expect(() => handle(() => {}, options as never)).toThrow(message)
})
