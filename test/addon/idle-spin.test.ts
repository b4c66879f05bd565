import { Eal, Port } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { useEal } from '../support/eal.js'
import { numberedFrames } from '../support/frames.js'
import { sendAll } from '../support/send-all.js'
import { until } from '../support/until.js'

useEal({ idle: 'spin' })

describe('an lcore that spins', () => {
  test('polls on while there is nothing to do, and never sleeps', async () => {
    expect(Eal.current?.idle).toBe('spin')
    await using port = await Port.open('net_ring0')
    const [lcore] = Eal.current?.lcores ?? []
    const before = lcore?.counters()
    await until('it has polled a lot', () => {
      return (lcore?.counters().emptyPolls ?? 0n) > (before?.emptyPolls ?? 0n) + 100_000n
    })
    expect(lcore?.counters().busyPolls).toBe(before?.busyPolls)

    await sendAll(port, numberedFrames(10))
    await until('it has sent', () => port.counters().tx.accepted === 10n)
    expect(lcore?.counters().busyPolls).toBeGreaterThan(before?.busyPolls ?? 0n)
    expect(lcore?.counters()).toMatchObject({ sleeps: 0n, wakeups: 0n })
  })

  test('is stopped by close, within bounds', async () => {
    const started = performance.now()
    await Eal.current?.close()
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
