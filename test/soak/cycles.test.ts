// Everything that can be opened and closed, many times under traffic: nothing grows, nothing is lost.
//
//   DPDK_NODE_SOAK=1000 npx vitest run test/soak

import { setTimeout as delay } from 'node:timers/promises'
import { type DpdkError, Eal, forward, HandlerWorker, handle, Port } from 'dpdk-node'
import { expect, test } from 'vitest'
import { loadAddon } from '../../dist/addon.js'
import { countersOf, useAudit } from '../support/audited.js'
import { useEal } from '../support/eal.js'
import { until } from '../support/until.js'

useEal()
useAudit()

const CYCLES = Number(process.env.DPDK_NODE_SOAK ?? 40)
const MEGABYTE = 2 ** 20
const obeying = new URL('../addon/handlers/obey.js', import.meta.url)

/** What must not grow. The first cycles fill caches. */
function measure() {
  const zones = loadAddon().arenaZones()
  return { zones: zones.length, bytes: zones.reduce((sum, { length }) => sum + length, 0) }
}

const WARM_UP = 5

test(
  `${CYCLES} cycles of ports, programs and handlers`,
  async () => {
    let before = measure()
    let memory = process.memoryUsage().rss
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      if (cycle === WARM_UP) {
        before = measure()
        memory = process.memoryUsage().rss
      }
      await using source = await Port.open('net_null0,size=64')
      await using sink = await Port.open('net_null1')
      const program = await source.rx.handle(
        (batch, { sink }) => {
          for (const packet of batch) {
            if (cycle % 2 === 0) packet.forward(sink)
            else packet.hold().forward(sink)
          }
        },
        { outputs: { sink }, holdLimit: 256, overflow: 'backpressure' },
      )
      program.on('error', () => {})
      await until('packets flow', () => countersOf(program).delivered !== undefined)
      await program.replace(forward({ to: sink }))
      const capture = source.rx.capture({ snapLength: 20 })
      expect((await capture.next()).done).toBe(false)
      await capture.return()
      await program.stop()
      if (cycle % 10 === 0) expect((await Eal.current?.audit())?.violations).toEqual([])
    }
    expect(measure()).toEqual(before)
    expect(process.memoryUsage().rss - memory).toBeLessThan(200 * MEGABYTE)
  },
  30_000 + CYCLES * 2000,
)

test(
  `${CYCLES} Workers that end in the middle of traffic`,
  async () => {
    await using source = await Port.open('net_null0,size=64')
    await using bystander = await Port.open('net_null1,size=64')
    await using sink = await Port.open('net_null2')
    const other = await bystander.rx.run(forward({ to: sink }))
    let before = measure()
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      if (cycle === WARM_UP) before = measure()
      const worker = await HandlerWorker.start({
        wait: (['block', 'event', 'spin'] as const)[cycle % 3] as never,
      })
      const program = await source.rx.run(
        handle(obeying, { outputs: { out: sink }, workers: [worker], stallTimeoutMs: 0 }),
      )
      const errors: DpdkError[] = []
      program.on('error', (error) => errors.push(error))
      await until('packets flow', () => (countersOf(program).forwarded ?? 0) > 0)
      if (cycle % 4 === 1) program.postMessage('hold')
      if (cycle % 4 === 2) program.postMessage('spin')
      const forwarded = other.stats().received
      await delay(cycle % 5)
      await worker.terminate()
      await until('others go on', () => other.stats().received > forwarded)
      await until('it is said', () => errors.some(({ code }) => code === 'ERR_DPDK_WORKER_ENDED'))
      await program.stop()
      const { delivered = 0, reclaimed = 0, ...rest } = countersOf(program)
      // It holds until it is refused, and fails.
      const { forwarded: sent = 0, held = 0, failed = 0 } = rest
      expect(delivered).toBe(sent + held + failed + reclaimed)
      if (cycle % 10 === 0) expect((await Eal.current?.audit())?.violations).toEqual([])
    }
    expect(measure()).toEqual(before)
    await other.stop()
  },
  30_000 + CYCLES * 3000,
)
