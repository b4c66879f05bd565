// Packets go round through a sleeping lcore and a waiting handler. If either once sleeps while there is work, the packets
// stop for good, and the test notices.
//
//   DPDK_NODE_WAKE_UPS=500000 npx vitest run test/soak/wake-ups.test.ts

import { drop, HandlerWorker, Port, type Program, type WaitPolicy } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { useEal } from '../support/eal.js'
import { sendAll } from '../support/send-all.js'
import { until } from '../support/until.js'
import { circulate } from './circulate.js'

useEal({ idle: 'sleep' })
useAudit()

/** Decisions in each test with one packet, where either side waits for the other at every step; of many, ten times as many. */
const DECISIONS = Number(process.env.DPDK_NODE_WAKE_UPS ?? 50_000)
const seed = Number(process.env.DPDK_NODE_SEED ?? Math.floor(Math.random() * 2 ** 31))
console.log(`DPDK_NODE_SEED=${seed} DPDK_NODE_WAKE_UPS=${DECISIONS}`)

const circulating = new URL('./circulate.js', import.meta.url)
const PATIENCE = 20_000

/** Sends packets round until so many decisions were made; fails when they stand still. */
async function goRound(port: Port, packets: number, decisions: () => number): Promise<void> {
  await sendAll(
    port,
    Array.from({ length: packets }, (_, i) => new Uint8Array(60).fill(i)),
  )
  while (decisions() < (packets === 1 ? DECISIONS : 10 * DECISIONS)) {
    const before = decisions()
    await until('packets go round', () => decisions() > before, PATIENCE)
  }
}

/** All of them are still there. They are in the ring then, which outlives its port. */
async function end(port: Port, packets: number, program: Program): Promise<void> {
  expect(await program.stop()).toBe(0)
  const last = await port.rx.run(drop())
  await until('all are back', () => countersOf(last).dropped === packets)
  await last.stop()
}

describe.each([1, 64])('%d packets go round without a stop', (packets) => {
  test.each<WaitPolicy>(['block', 'event', 'spin'])(
    'through a Worker that waits: %s',
    async (wait) => {
      await using port = await Port.open('net_ring0')
      await using worker = await HandlerWorker.start({ wait })
      const program = await port.rx.handle(circulating, {
        outputs: { out: port },
        data: { seed },
        workers: [worker],
        overflow: 'backpressure',
      })
      await goRound(port, packets, () => countersOf(program).delivered ?? 0)
      await end(port, packets, program)
    },
    600_000,
  )

  test('through the main thread', async () => {
    await using port = await Port.open('net_ring0')
    const program = await port.rx.handle(circulate(seed), {
      outputs: { out: port },
      overflow: 'backpressure',
    })
    await goRound(port, packets, () => countersOf(program).delivered ?? 0)
    await end(port, packets, program)
  }, 600_000)
})
