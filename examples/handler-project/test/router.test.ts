import { runProgram } from 'dpdk-node/testing'
import { expect, test } from 'vitest'
import { startRouter } from '../src/router.js'
import { ipv4Frame, otherFrame } from './frames.js'
import 'dpdk-node/testing/vitest'

test('packets go both ways, and only IPv4 gets older', async () => {
  const { outputs, counters } = await runProgram(({ left, right }) => startRouter(left, right), {
    ports: ['left', 'right'],
    packets: {
      left: [ipv4Frame({ ttl: 64 }), otherFrame(), ipv4Frame({ ttl: 1 })],
      right: [ipv4Frame({ ttl: 2 })],
    },
  })
  expect(outputs.left).toEqualFrames([ipv4Frame({ ttl: 1 })])
  expect(outputs.right).toEqualFrames([ipv4Frame({ ttl: 63 }), otherFrame()])
  expect(counters.right.tx.accepted).toBe(2n)
})
