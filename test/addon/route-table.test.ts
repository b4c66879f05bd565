import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { RouteTable } from 'dpdk-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal, useTemporaryFolder } from '../support/eal.js'

useEal({ lcores: [0, 1], memory: { kind: 'no-huge', megabytes: 768 } })
useAudit()

const folder = useTemporaryFolder()
const mac = (number: number) => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`

let left: CapturePort
let table: RouteTable
beforeEach(async () => {
  left = await CapturePort.open()
  table = await RouteTable.create()
})
afterEach(async () => {
  await table.close()
  await left[Symbol.asyncDispose]()
})

const hop = (number: number) => ({ port: left.port, mac: mac(number) })
/** Where an address leads: the last number of the MAC address. */
async function leads(address: string): Promise<number | undefined> {
  const [first] = (await table.find(address))?.nextHops ?? []
  return first?.mac === undefined ? undefined : Number.parseInt(first.mac.slice(-2), 16)
}

describe('a route table', () => {
  test('finds the longest prefix, of both families', async () => {
    await table.add(
      { prefix: '10.0.0.0/8', nextHop: hop(1) },
      { prefix: '10.1.0.0/16', nextHop: hop(2) },
      { prefix: '10.1.2.3/32', nextHop: hop(3) },
      { prefix: '0.0.0.0/0', nextHop: hop(4) },
      { prefix: '2001:db8::/32', nextHop: hop(5) },
      { prefix: '2001:db8::1/128', nextHop: hop(6) },
    )
    expect(table.size).toEqual({ ipv4: 4, ipv6: 2 })
    expect(await leads('10.200.0.1')).toBe(1)
    expect(await leads('10.1.2.4')).toBe(2)
    expect(await leads('10.1.2.3')).toBe(3)
    expect(await leads('192.0.2.1')).toBe(4)
    expect(await leads('2001:db8::2')).toBe(5)
    expect(await leads('2001:db8::1')).toBe(6)
    expect(await table.find('2001:db9::1')).toBeUndefined()
    expect(await table.find('10.1.2.4')).toEqual({
      prefix: '10.1.0.0/16',
      nextHops: [{ port: left.port.id, mac: mac(2) }],
    })
  })

  test('forgets what is removed, and says how many there were', async () => {
    await table.add({ prefix: '10.0.0.0/8', nextHop: hop(1) }, { prefix: '::/0', nextHop: hop(2) })
    expect(await table.remove('10.0.0.0/8', '11.0.0.0/8', '::/0', '10.0.0.0/8')).toBe(2)
    expect(table.size).toEqual({ ipv4: 0, ipv6: 0 })
    expect(await leads('10.0.0.1')).toBeUndefined()
  })

  test('replaces all routes, and keeps the last one of a prefix', async () => {
    await table.add({ prefix: '10.0.0.0/8', nextHop: hop(1) })
    await table.replace([
      { prefix: '11.0.0.0/8', nextHop: hop(2) },
      { prefix: '11.0.0.0/8', nextHop: hop(3) },
      { prefix: '2001:db8::/32', nextHop: hop(4) },
    ])
    expect(table.size).toEqual({ ipv4: 1, ipv6: 1 })
    expect(await leads('10.0.0.1')).toBeUndefined()
    expect(await leads('11.0.0.1')).toBe(3)
    await table.replace([])
    expect(table.size).toEqual({ ipv4: 0, ipv6: 0 })
  })

  test('keeps what it has when a replacement or an addition is wrong', async () => {
    await table.add({ prefix: '10.0.0.0/8', nextHop: hop(1) })
    const good = { prefix: '11.0.0.0/8', nextHop: hop(2) }
    const bad = { prefix: '12.0.0.0/33', nextHop: hop(2) }
    await expect(table.add(good, bad)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: expect.stringContaining('routes[1].prefix'),
    })
    await expect(table.replace([good, bad])).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(table.size).toEqual({ ipv4: 1, ipv6: 0 })
    expect(await leads('10.0.0.1')).toBe(1)
    await table.replace([good])
    expect(await leads('11.0.0.1')).toBe(2)
  })

  test('looks up with rte_lpm up to 16,384 routes, and with rte_fib beyond', async () => {
    const routes = Array.from({ length: 16_385 }, (_, i) => ({
      prefix: `10.${i >> 8}.${i & 255}.0/24`,
      nextHop: hop(i & 127),
    }))
    expect(table.ipv4Lookup).toBe('none')
    await table.replace(routes.slice(0, 16_384))
    expect(table.ipv4Lookup).toBe('lpm')
    await table.add(...routes.slice(16_384))
    expect(table.ipv4Lookup).toBe('fib')
    expect(await leads('10.64.0.1')).toBe(0)
    await table.replace(routes.slice(0, 10))
    expect(table.ipv4Lookup).toBe('lpm')
    for (const ipv4Lookup of ['lpm', 'fib'] as const) {
      await using asked = await RouteTable.create({ ipv4Lookup, routes: routes.slice(0, 1) })
      expect(asked.ipv4Lookup).toBe(ipv4Lookup)
    }
  })

  test('says how many bytes are missing when a table does not fit, and goes on with what it has', async () => {
    await table.add({ prefix: '10.0.0.0/8', nextHop: hop(1) })
    function* many() {
      const nextHop = hop(2)
      for (let i = 0; i < 2 ** 21; i++) {
        yield { prefix: `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`, nextHop }
      }
    }
    const error = await table.replace(many()).catch((error) => error)
    expect(error).toMatchObject({ code: 'ERR_DPDK_NOT_ENOUGH_MEMORY', hint: expect.stringContaining('MB') })
    const bytes = Number(error.message.match(/needs (\d+) bytes of EAL memory/)?.[1])
    // What rte_fib takes for two million routes: more than EAL has here.
    expect(bytes).toBeGreaterThan(700 * 2 ** 20)
    expect(table.size).toEqual({ ipv4: 1, ipv6: 0 })
    await table.add({ prefix: '11.0.0.0/8', nextHop: hop(3) })
    expect(await leads('10.0.0.1')).toBe(1)
  })

  test('finds neighbours for next hops that name them', async () => {
    await table.add({ prefix: '10.0.0.0/8', nextHop: { port: left.port, via: '192.0.2.1' } })
    expect((await table.find('10.0.0.1'))?.nextHops).toEqual([{ port: left.port.id, via: '192.0.2.1' }])
  })
})

describe('a file of routes', () => {
  test('is loaded, with comments and all', async () => {
    const file = path.join(folder, 'routes.txt')
    writeFileSync(file, '# routes\n10.0.0.0/8 1\n\n  11.0.0.0/8\t2  # to the left\r\n2001:db8::/32 3')
    const words: string[] = []
    const nextHop = (word: string) => {
      words.push(word)
      return hop(Number(word))
    }
    expect(await table.load(file, { nextHop })).toBe(3)
    expect(words).toEqual(['1', '2', '3'])
    expect(await leads('11.0.0.1')).toBe(2)
    expect(await leads('2001:db8::1')).toBe(3)
  })

  test.each([
    ['10.0.0.0/8', 'line 2: a prefix and where it leads'],
    ['10.0.0.0/8 1 2', 'line 2: a prefix and where it leads'],
    ['10.0.0.0/33 1', 'line 2.prefix must be a prefix'],
    ['10.0.0.1/8 1', 'with zeros behind its length'],
    ['10.0.0.256/32 1', 'must be a prefix'],
    ['10.0.0/24 1', 'must be a prefix'],
    ['2001:db8::1/32 1', 'with zeros behind its length'],
  ])('is refused with the line that is wrong: %s', async (line, message) => {
    const file = path.join(folder, 'wrong.txt')
    writeFileSync(file, `9.0.0.0/8 1\n${line}\n`)
    await expect(table.load(file, { nextHop: () => hop(1) })).rejects.toThrow(message)
    expect(table.size.ipv4).toBe(0)
  })

  test('of a million routes is loaded in seconds, and tells how far it is', async () => {
    const file = path.join(folder, 'million.txt')
    const lines = Array.from({ length: 1_000_000 }, (_, i) => {
      return `${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24 ${i % 100}\n`
    })
    writeFileSync(file, lines.join(''))
    const seen: string[] = []
    const started = performance.now()
    const count = await table.load(file, {
      nextHop: (word) => hop(Number(word)),
      onProgress: ({ phase, routes, fraction }) => {
        if (seen.length === 0 || routes === 1_000_000) seen.push(`${phase} ${routes} ${fraction === 1}`)
      },
    })
    const seconds = (performance.now() - started) / 1000
    expect(count).toBe(1_000_000)
    expect(seconds).toBeLessThan(30)
    expect(table.size.ipv4).toBe(1_000_000)
    expect(table.ipv4Lookup).toBe('fib')
    expect(seen).toEqual(['reading 32768 false', 'reading 1000000 true', 'building 1000000 true'])
    expect(await leads('16.66.63.1')).toBe(99)
  }, 60_000)
})
