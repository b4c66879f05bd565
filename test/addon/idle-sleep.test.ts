import { Eal, Port } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { loadAddon } from '../../dist/addon.js'
import { useEal } from '../support/eal.js'
import { numberedFrames } from '../support/frames.js'
import { sendAll } from '../support/send-all.js'
import { lcoreThread, threads } from '../support/threads.js'
import { until } from '../support/until.js'

const affinity = loadAddon().threadAffinity()
const last = affinity.at(-1) as number
useEal({ lcores: [last], idle: 'sleep' })

const lcore = () => {
  const [only] = Eal.current?.lcores ?? []
  if (only === undefined) throw new Error('there is no lcore')
  return only
}

describe(`one lcore, \`lcores: [${last}]\``, () => {
  test('forwards on that CPU', () => {
    expect(Eal.current?.lcores).toHaveLength(1)
    expect(lcore()).toMatchObject({ id: last, cpus: [last] })
    expect(lcoreThread(last)?.cpus).toEqual([last])
  })

  test('the control thread keeps off it, when there are others', () => {
    const others = affinity.filter((cpu) => cpu !== last)
    const control = threads().find(({ name }) => name === 'dpdk-control')
    expect(control?.cpus).toEqual(others.length > 0 ? others : affinity)
  })
})

describe('an lcore that sleeps while there is nothing to do', () => {
  test('says so in its counters', async () => {
    expect(Eal.current?.idle).toBe('sleep')
    await using _port = await Port.open('net_ring0')
    const before = lcore().counters()
    await until('it has slept a hundred times', () => lcore().counters().sleeps >= before.sleeps + 100n)
    const { emptyPolls, busyPolls } = lcore().counters()
    expect(emptyPolls).toBeGreaterThan(before.emptyPolls)
    expect(busyPolls).toBe(before.busyPolls)
    expect(JSON.parse(JSON.stringify(lcore().counters()))).toMatchObject({
      emptyPolls: expect.stringMatching(/^\d+$/),
    })
  })

  test('does not sleep while there are packets', async () => {
    await using port = await Port.open('net_null0,size=64')
    await port.rx.handle(() => {}, { overflow: 'drop' })
    const { busyPolls } = lcore().counters()
    await until('it has been busy', () => lcore().counters().busyPolls > busyPolls + 10_000n)
  })

  test('wakes up for what JavaScript sends', async () => {
    await using ring = await Port.open('net_ring0')
    const [frame] = numberedFrames(1) as [Uint8Array]
    const before = lcore().counters().wakeups
    let sent = 0
    // Asleep for 50 us at a time with hardly a pause, it is met asleep sooner or later.
    await until('a frame has woken it', async () => {
      sent += ring.send(frame)
      await until('it is accepted', () => ring.counters().tx.accepted === BigInt(sent))
      return lcore().counters().wakeups > before
    })
  })

  test('wakes up for verdicts, and wakes the handler for packets', async () => {
    // Not the one of before: net_ring keeps what nobody received.
    await using ring = await Port.open('net_ring1')
    const [frame] = numberedFrames(1) as [Uint8Array]
    let wakeupsBefore = 0n
    const program = await ring.rx.handle(() => {
      // Long enough for the lcore to fall asleep before it has the verdict.
      const end = performance.now() + 1
      while (performance.now() < end);
      wakeupsBefore = lcore().counters().wakeups
    })
    const { notifications } = lcore().counters()
    const handled = () => program.stats().actions[0]?.counters.unhandled ?? 0n
    let woken = 0
    for (let round = 1; round <= 20; round++) {
      await sendAll(ring, [frame])
      const started = performance.now()
      await until('it is through', () => handled() === BigInt(round))
      expect(performance.now() - started).toBeLessThan(5000)
      // Nothing was sent meanwhile: what has woken it is the verdict.
      if (lcore().counters().wakeups > wakeupsBefore) woken++
      // The handler's thread falls asleep, too.
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(woken).toBeGreaterThan(0)
    expect(lcore().counters().notifications).toBeGreaterThan(notifications)
  })
})
