import { readFileSync } from 'node:fs'
import { Port } from 'dpdk-node'
import { ethernet, ipv4, udp } from 'dpdk-node/packets'
import { describe, expect, test } from 'vitest'
import { useAudit } from '../support/audited.js'
import { useEal } from '../support/eal.js'
import { canUseNamespaces, uniqueInterfaceName } from '../support/namespaces.js'
import { run } from '../support/program.js'
import { until } from '../support/until.js'

useEal({ lcores: [1] })
useAudit()

const { usable, reason } = canUseNamespaces()
const streams = [{ frame: [ethernet(), ipv4(), udp()], size: 60 }]

/**
 * Over a second, by the lcore's own clock. On a shared machine the lcore may lose its CPU for a while; it makes up for
 * that, unless it happens just before the last packet: so the best of three counts.
 */
async function errorOf(port: Port, packetsPerSecond: number): Promise<number> {
  const errors = [Number.POSITIVE_INFINITY]
  for (let attempt = 0; attempt < 3; attempt++) {
    const generator = await port.generate({ streams, rate: { packetsPerSecond }, seconds: 1 })
    const { generated, seconds, behind } = await generator.finished()
    // The machine had other things to do for a tenth of a second.
    if (behind > 0n) continue
    expect(generated).toBe(BigInt(packetsPerSecond))
    // From the first to the last there is an interval less than packets.
    const rate = (Number(generated) - 1) / seconds
    errors.push(Math.abs(rate / packetsPerSecond - 1))
    if (Math.min(...errors) <= 0.001) break
  }
  return Math.min(...errors)
}

describe('a generator keeps its rate to a thousandth', () => {
  test.each([10_000, 31_415, 100_000, 1_000_000])('of %i packets per second', async (rate) => {
    await using port = await Port.open('net_null0,no-rx=1')
    expect(await errorOf(port, rate)).toBeLessThanOrEqual(0.001)
  })

  test.skipIf(!usable).each([10_000, 50_000])(
    `of %i packets per second, through the kernel ${reason}`,
    async (rate) => {
      const name = uniqueInterfaceName('pace')
      await using port = await Port.open(`net_tap0,iface=${name}`)
      await run('ip', ['link', 'set', name, 'up'])
      const arrived = () => Number(readFileSync(`/sys/class/net/${name}/statistics/rx_packets`, 'utf8'))
      const before = arrived()
      expect(await errorOf(port, rate)).toBeLessThanOrEqual(0.001)
      const { accepted, rejectedFull } = port.counters().tx
      expect(rejectedFull).toBe(0n)
      await until('the kernel has all', () => arrived() - before >= Number(accepted))
    },
  )

  test('of bits on the wire, with sizes mixed', async () => {
    await using port = await Port.open('net_null0,no-rx=1')
    const mixed = [{ ...streams[0], frame: [ethernet(), ipv4(), udp()], size: 'imix' as const }]
    const rate = { bitsPerSecond: 1e9, layer: 'wire' } as const
    const generator = await port.generate({ streams: mixed, rate, seconds: 1 })
    const { generated, bytes, seconds } = await generator.finished()
    const bits = 8 * Number(bytes + 24n * generated)
    expect(Math.abs(bits / seconds / 1e9 - 1)).toBeLessThanOrEqual(0.001)
  })
})

test('a generator that cannot keep its rate says so, and ends in time', async () => {
  await using port = await Port.open('net_null0,no-rx=1')
  const generator = await port.generate({ streams, rate: { packetsPerSecond: 1e9 }, seconds: 0.5 })
  const { generated, seconds, behind } = await generator.finished()
  expect(generated).toBeLessThan(500_000_000n)
  expect(seconds).toBeLessThan(1)
  expect(behind).toBeGreaterThan(0n)
})
