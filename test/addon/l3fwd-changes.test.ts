// Routes change, and lcores forward by what the table says: compared with the table's own list, which the lookups are
// made from, and under traffic that must not notice.

import { l3fwd, type Program, type Route, RouteTable } from 'dpdk-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex } from '../support/frames.js'
import { ipv4Frame, ipv6Frame, numberedPayload } from '../support/ip-frames.js'
import { until } from '../support/until.js'

useEal({ lcores: [0, 1], memory: { kind: 'no-huge', megabytes: 768 } })
useAudit()

const ROUNDS = 12
const mac = (number: number) => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`

/** The same numbers for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

let out: CapturePort
beforeEach(async () => {
  out = await CapturePort.open()
})
afterEach(async () => {
  await out[Symbol.asyncDispose]()
})

const hop = (number: number) => ({ port: out.port, mac: mac(number) })

describe.each(['lpm', 'fib'] as const)('ipv4Lookup %s', (ipv4Lookup) => {
  test.each([1, 2, 3])('after any changes lcores forward as the table says, seed %i', async (seed) => {
    const random = randomNumbers(seed)
    await using table = await RouteTable.create({ ipv4Lookup })
    const known = new Set<string>()
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 5 === 4) {
        const routes = Array.from({ length: 40 }, () => randomRoute(random))
        await table.replace(routes)
        known.clear()
        for (const { prefix } of routes) known.add(prefix)
      }
      const added = Array.from({ length: 30 }, () => randomRoute(random))
      await table.add(...added)
      for (const { prefix } of added) known.add(prefix)
      const removed = [...known].filter(() => random(4) === 0)
      expect(await table.remove(...removed)).toBe(removed.length)
      for (const prefix of removed) known.delete(prefix)
      expect(table.size.ipv4 + table.size.ipv6).toBe(known.size)
      await expectForwardingAsFound(table, random)
    }
  })

  /** Crowded, so that routes lie within one another, and share and leave groups of a lookup. */
  function randomRoute(random: (below: number) => number): Route {
    const nextHop = hop(random(200))
    if (random(2) === 0) {
      const length = [0, 8, 12, 20, 23, 24, 25, 28, 30, 32][random(10)] as number
      const address = ((10 << 24) | (random(2) << 16) | (random(3) << 8) | (random(8) << 3) | random(8)) >>> 0
      const masked = length === 0 ? 0 : (address & (0xffffffff << (32 - length))) >>> 0
      return { prefix: `${ipv4Text(masked)}/${length}`, nextHop }
    }
    const groups = [0x2001, 0xdb8, random(2), 0, 0, 0, random(2), random(16)]
    const length = [0, 16, 32, 47, 48, 64, 111, 112, 124, 128][random(10)] as number
    const masked = groups.map((group, at) => {
      const bits = Math.min(Math.max(length - at * 16, 0), 16)
      return group & (0xffff << (16 - bits)) & 0xffff
    })
    return { prefix: `${masked.map((group) => group.toString(16)).join(':')}/${length}`, nextHop }
  }

  async function expectForwardingAsFound(table: RouteTable, random: (below: number) => number) {
    const addresses = Array.from({ length: 100 }, (_, i) =>
      i % 2 === 0
        ? ipv4Text(((10 << 24) | (random(3) << 16) | (random(4) << 8) | random(72)) >>> 0)
        : `2001:db8:${random(3)}:0:0:0:${random(2)}:${random(20).toString(16)}`,
    )
    const frames = addresses.map((destination, i) =>
      i % 2 === 0
        ? ipv4Frame(numberedPayload(i), { destination4: destination })
        : ipv6Frame(numberedPayload(i), { destination }),
    )
    const found = await Promise.all(addresses.map((address) => table.find(address)))
    const expected = found.flatMap((route, i) => (route ? [`${i} to ${route.nextHops[0]?.mac}`] : []))
    await using source = await CapturePort.open(frames)
    const before = out.transmitted === 0 ? 0 : out.sentSoFar().length
    const program = await source.port.rx.run(l3fwd({ table }))
    await until('all are dealt with', () => {
      const { forwarded = 0, noRoute = 0 } = countersOf(program)
      return forwarded + noRoute === frames.length
    })
    await program.stop()
    const sent = expected.length === 0 ? [] : out.sentSoFar().slice(before)
    const numberOf = (frame: Uint8Array) => frame[(frame[12] === 0x86 ? 54 : 34) + 25]
    const to = (frame: Uint8Array) => (hex([frame.subarray(0, 6)])[0] as string).replace(/(..)(?!$)/g, '$1:')
    expect(sent.map((frame) => `${numberOf(frame)} to ${to(frame)}`)).toEqual(expected)
  }

  test('packets do not notice what happens to other routes', async () => {
    const stays = { prefix: '10.0.0.0/24', nextHop: hop(1) }
    const stays6 = { prefix: '2001:db8::/64', nextHop: hop(1) }
    await using table = await RouteTable.create({ ipv4Lookup, routes: [stays, stays6] })
    await using source = await CapturePort.open(
      [0, 1, 128, 255].flatMap((host) => [
        ipv4Frame(numberedPayload(host), { destination4: `10.0.0.${host}` }),
        ipv6Frame(numberedPayload(host), { destination: `2001:db8:0:0:0:0:0:${host.toString(16)}` }),
      ]),
      { endless: true },
    )
    const program = await source.port.rx.run(l3fwd({ table }))
    const others = [
      '10.0.0.0/28',
      '10.0.0.128/25',
      '10.0.0.1/32',
      '10.0.1.7/32',
      '2001:db8::/112',
      '2001:db8::1/128',
    ]
    for (let round = 0; round < 40; round++) {
      await table.add(...others.map((prefix) => ({ prefix, nextHop: hop(2) })))
      if (round % 4 === 0) await table.replace([stays, stays6, { prefix: '10.0.0.1/32', nextHop: hop(2) }])
      else await table.remove(...others)
    }
    await expectNothingLost(program)
    const destinations = new Set(out.sentSoFar().map((frame) => frame[5]))
    expect([...destinations].sort()).toEqual([1, 2])
  })

  async function expectNothingLost(program: Program) {
    await program.stop()
    const { forwarded, ...lost } = countersOf(program)
    expect(lost).toEqual({})
    expect(forwarded).toBeGreaterThan(1000)
  }
})

function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}
