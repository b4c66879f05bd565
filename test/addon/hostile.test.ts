// Whatever JavaScript writes into the memory that it shares with lcores: nothing crashes, nothing leaks, nothing reaches
// a port that was not declared, and the books balance. DPDK_NODE_HOSTILE_ROUNDS makes it longer.

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { drop, Eal, handle, Port, type Program } from 'dpdk-node'
import { expect, test } from 'vitest'
import { loadAddon, type NativeRing } from '../../dist/addon.js'
import { runtime } from '../../dist/runtime.js'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, numberedFrames } from '../support/frames.js'
import { until } from '../support/until.js'

useEal()
useAudit()

const ROUNDS = Number(process.env.DPDK_NODE_HOSTILE_ROUNDS ?? 1_000_000)
const forwarding = new URL('./handlers/forward.js', import.meta.url)

/** The rings of all programs, as an attacker could know them. */
const rings: NativeRing[] = []
const addon = loadAddon() as { -readonly [Name in keyof ReturnType<typeof loadAddon>]: never }
const create = loadAddon().programCreate
addon.programCreate = (async (...args: Parameters<typeof create>) => {
  const program = await create(...args)
  rings.push(...program.rings)
  return program
}) as never

test(
  'random bytes, replayed verdicts, forged names and changes under way',
  async () => {
    const seed = Number(process.env.DPDK_NODE_HOSTILE_SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.log(`DPDK_NODE_HOSTILE_SEED=${seed} DPDK_NODE_HOSTILE_ROUNDS=${ROUNDS}`)
    await using source = await Port.open('net_null0,size=64')
    await using circle = await Port.open('net_ring0')
    await using sink = await Port.open('net_null1')
    await using other = await Port.open('net_null2')
    await using victim = await Port.open('net_null3')
    // A handler may fail on nonsense, and seem to stall when its counters are nonsense.
    const tolerant = (program: Program) => program.on('error', () => {})
    const programs: Program[] = [
      tolerant(
        await source.rx.run(
          handle(
            (batch, { sink, all }) => {
              let i = 0
              for (const packet of batch) {
                if (i % 8 === 0) packet.copyTo(sink)
                if (i % 5 === 0) packet.hold()[Symbol.dispose]()
                else if (i % 3 === 0) packet.forward(all)
                else packet.continue()
                i++
              }
            },
            { outputs: { sink, all: [sink, other, circle] }, overflow: 'backpressure', holdLimit: 512 },
          ),
          drop(),
        ),
      ),
      tolerant(
        await circle.rx.handle(forwarding, {
          outputs: { out: circle },
          overflow: 'backpressure',
          workers: 2,
        }),
      ),
    ]
    const zones = loadAddon()
      .arenaZones()
      .filter(({ use }) => use === 'packets' || use === 'rings')
    const attackers = (['random', 'replay', 'change'] as const).map(
      (mode, index) =>
        new Worker(new URL('./handlers/attack.js', import.meta.url), {
          workerData: {
            memory: runtime().arena.memory,
            zones,
            rings,
            mode,
            seed: seed + index,
            rounds: ROUNDS,
          },
        }),
    )
    let attacking = true
    const ended = Promise.all(attackers.map((attacker) => once(attacker, 'exit'))).then(() => {
      attacking = false
    })
    while (attacking) {
      try {
        circle.send(numberedFrames(8))
        for (const packet of circle.allocate(4)) packet.drop()
      } catch {
        // A forged buffer that is too short.
      }
      expect((await Eal.current?.audit())?.violations).toEqual([])
      await delay(5)
    }
    await ended
    for (const program of programs) await program.stop({ timeoutMs: 100 })
    // The driver forgets what is in its ring when it is closed.
    await circle.rx.run(drop())
    const { accepted } = circle.counters().tx
    await until('the ring is empty', () => circle.counters().rxQueues[0]?.received === accepted)
    expect(victim.counters().tx.requested).toBe(0n)
    const told = Object.entries(countersOf(programs[0] as Program)).filter(([name]) => /invalid/i.test(name))
    console.log(told.map(([name, count]) => `${name} ${count}`).join(', '))
    expect(told.length).toBeGreaterThan(0)
  },
  60_000 + ROUNDS,
)

test('and afterwards everything works', async () => {
  const frames = numberedFrames(500)
  await using source = await CapturePort.open(frames)
  await source.port.rx.handle(forwarding, { outputs: { out: source.port }, overflow: 'backpressure' })
  expect(hex(await source.sent(frames.length))).toEqual(hex(frames))
})
