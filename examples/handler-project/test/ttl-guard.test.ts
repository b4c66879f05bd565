import { runHandler } from 'dpdk-node/testing'
import { describe, expect, test } from 'vitest'
import { ttlGuard } from '../src/ttl-guard.js'
import { ipv4Frame, otherFrame } from './frames.js'
import 'dpdk-node/testing/vitest'

test('a packet that may go on gets a hop older, and its checksum stays right', async () => {
  const run = await runHandler(ttlGuard, { packets: ipv4Frame({ ttl: 64 }), outputs: ['onward'] })
  expect(run).toForwardTo('onward', ipv4Frame({ ttl: 63 }))
})

describe('a packet that has come too far', () => {
  test.each([0, 1])('is dropped: time to live %i', async (ttl) => {
    expect(await runHandler(ttlGuard, { packets: ipv4Frame({ ttl }), outputs: ['onward'] })).toDrop()
  })
})

test('what is not IPv4 is left to the program', async () => {
  const run = await runHandler(ttlGuard, { packets: otherFrame(), outputs: ['onward'] })
  expect(run.verdicts).toEqual([{ kind: 'continue' }])
  expect(run.continued[0]).toEqualFrame(otherFrame())
})

test('packets among others keep their order', async () => {
  const packets = [64, 1, 3, 0, 2].map((ttl) => ipv4Frame({ ttl }))
  const run = await runHandler(ttlGuard, { packets, outputs: ['onward'] })
  expect(run.verdicts.map(({ kind }) => kind)).toEqual(['forward', 'drop', 'forward', 'drop', 'forward'])
  expect(run.outputs.onward).toEqualFrames([63, 2, 1].map((ttl) => ipv4Frame({ ttl })))
  expect(run.counters).toMatchObject({ delivered: 5n, forwarded: 3n, dropped: 2n })
})

test('it does the same in a Worker', async () => {
  const module = new URL('../dist/ttl-guard.js', import.meta.url)
  const run = await runHandler(module, { packets: ipv4Frame({ ttl: 9 }), outputs: ['onward'] })
  expect(run).toForwardTo('onward', ipv4Frame({ ttl: 8 }))
})
