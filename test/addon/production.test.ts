// NODE_ENV=production, which is looked at when the library is loaded: mistakes of handlers are not reported there, but
// they must be harmless.

import { type HandlerOutput, type Packet, Port } from 'dpdk-node'
import { expect, test, vi } from 'vitest'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, numberedFrames } from '../support/frames.js'
import { until } from '../support/until.js'

vi.hoisted(() => {
  process.env.NODE_ENV = 'production'
})

useEal()

test('a packet that is used when its handler has returned does nothing', async () => {
  await using ring = await Port.open('net_ring0')
  const frames = numberedFrames(2)
  await using wire = await CapturePort.open(frames)
  const { port } = wire
  let kept: { packet: Packet; out: HandlerOutput } | undefined
  const program = await port.rx.handle(
    (batch, { out }) => {
      kept ??= { packet: batch.at(0), out }
    },
    { outputs: { out: ring }, batchLimit: 1 },
  )
  await until('both have been handled', () => program.stats().actions[0]?.counters.unhandled === 2n)

  const { packet, out } = kept as { packet: Packet; out: HandlerOutput }
  packet.drop()
  packet.continue()
  packet.forward(out)
  packet.ethernet.swapAddresses()
  expect(packet.length).toBe(0)
  expect(packet.bytes).toHaveLength(0)
  expect(packet.ipv4).toBeUndefined()
  expect(() => packet.getUint8(0)).toThrow()
  await program.stop()
  expect(program.stats().actions[0]?.counters).toMatchObject({ delivered: 2n, unhandled: 2n })
  expect(ring.counters().tx.requested).toBe(0n)
})

test("a packet for another handler's output stays undecided", async () => {
  await using left = await CapturePort.open(numberedFrames(1))
  await using right = await CapturePort.open(numberedFrames(10))
  let stolen: HandlerOutput | undefined
  await left.port.rx.handle(
    (_, { out }) => {
      stolen = out
    },
    { outputs: { out: left.port } },
  )
  await until('the first has run', () => stolen !== undefined)
  const program = await right.port.rx.handle(
    (batch, { out }) => {
      for (let i = 0; i < batch.length; i++)
        batch.at(i).forward(i % 2 === 0 ? out : (stolen as HandlerOutput))
    },
    { outputs: { out: right.port }, batchLimit: 1024 },
  )
  const counters = () => program.stats().actions[0]?.counters ?? {}
  await until('all have been handled', () => counters().inFlight === 0n && counters().delivered === 10n)
  await program.stop()
  const { forwarded = 0n, unhandled = 0n } = counters()
  expect(forwarded + unhandled).toBe(10n)
  expect(unhandled).toBeGreaterThan(0n)
  expect(left.transmitted).toBe(0)
  expect(hex(await right.sent(Number(forwarded)))).toHaveLength(Number(forwarded))
})
