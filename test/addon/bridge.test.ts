import { AddressTable, bridge, drop, handle, MacAddress, type Port } from 'dpdk-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { ethernetFrame, hex } from '../support/frames.js'
import { until } from '../support/until.js'

useEal({ lcores: [0, 1] })
useAudit()

const mac = (number: number) => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`
const frame = (source: number, destination: number) =>
  ethernetFrame(new Uint8Array(46).fill(source), { source: mac(source), destination: mac(destination) })

let table: AddressTable
beforeEach(async () => {
  table = await AddressTable.create({ capacity: 64 })
})
afterEach(async () => {
  await table.close()
})

describe('an address table', () => {
  test('has what was put in, until it is deleted', async () => {
    await using left = await CapturePort.open()
    expect(table.size).toBe(0)
    await table.set(mac(1), left.port)
    await table.set(new MacAddress(mac(1)), left.port)
    await table.set(mac(2), left.port)
    expect(table.size).toBe(2)
    expect(await table.delete(mac(1))).toBe(true)
    expect(await table.delete(mac(1))).toBe(false)
    expect(table.size).toBe(1)
  })

  test('takes as many as it was made for, again and again', async () => {
    await using left = await CapturePort.open()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 64; i++) await table.set(mac(round + i), left.port)
      await expect(table.set(mac(200), left.port)).rejects.toMatchObject({ code: 'ERR_DPDK_TABLE_FULL' })
      expect((await table.expire(0)).length).toBe(64)
      expect(table.size).toBe(0)
    }
  })

  test('forgets those that were silent for too long', async () => {
    await using left = await CapturePort.open()
    await table.set(mac(1), left.port)
    expect(await table.expire(60_000)).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 30))
    await table.set(mac(2), left.port)
    expect(await table.expire(25)).toEqual([mac(1)])
    expect(table.size).toBe(1)
  })

  test.each([
    ['a word', 'somewhere', 'ERR_INVALID_ARG_VALUE'],
    ['a number', 5, 'ERR_INVALID_ARG_TYPE'],
  ])('refuses an address that is %s', async (_, address, code) => {
    await using left = await CapturePort.open()
    await expect(table.set(address as string, left.port)).rejects.toMatchObject({ code })
  })

  test('refuses a port that is none, a capacity out of range, and everything once it is closed', async () => {
    await expect(table.set(mac(1), {} as Port)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    await expect(AddressTable.create({ capacity: 7 })).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    await table.close()
    await table.close()
    expect(() => table.size).toThrow(expect.objectContaining({ code: 'ERR_DPDK_ADDRESS_TABLE_CLOSED' }))
    expect(() => bridge({ table, to: [] })).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_ADDRESS_TABLE_CLOSED' }),
    )
  })
})

describe('a bridge', () => {
  test('sends what it knows, drops what has arrived already, and leaves the rest to the next action', async () => {
    const known = Array.from({ length: 40 }, (_, i) => frame(1, i % 2 === 0 ? 3 : 4))
    const unknown = [
      frame(1, 9),
      frame(9, 3),
      frame(3, 4),
      ethernetFrame(new Uint8Array(46), { source: mac(1) }),
    ]
    const staying = [frame(1, 2), frame(2, 1)]
    await using left = await CapturePort.open([
      ...known.slice(0, 20),
      ...unknown,
      ...staying,
      ...known.slice(20),
    ])
    await using middle = await CapturePort.open()
    await using right = await CapturePort.open()
    const ports = [left.port, middle.port, right.port]
    for (const station of [1, 2]) await table.set(mac(station), left.port)
    await table.set(mac(3), middle.port)
    await table.set(mac(4), right.port)
    const seen: string[] = []
    const program = await left.port.rx.run(
      bridge({ table, to: ports }),
      handle((batch) => {
        for (const packet of batch) {
          seen.push(...hex([packet.bytes]))
          packet.drop()
        }
      }),
    )
    expect(hex(await middle.sent(20))).toEqual(hex(known.filter((_, i) => i % 2 === 0)))
    expect(hex(await right.sent(20))).toEqual(hex(known.filter((_, i) => i % 2 === 1)))
    await until('the others are seen', () => seen.length === unknown.length)
    expect(seen).toEqual(hex(unknown))
    expect(countersOf(program)).toEqual({ forwarded: 40, dropped: 2 })
    expect(left.transmitted).toBe(0)
    expect(program.explain()).toContain(`1. bridge to ${ports.map(({ name }) => name).join(', ')}`)
    await program.stop()
  })

  test('does not send to a port that is not its own', async () => {
    await using left = await CapturePort.open([frame(1, 3)])
    await using middle = await CapturePort.open()
    await table.set(mac(1), left.port)
    await table.set(mac(3), middle.port)
    const program = await left.port.rx.run(bridge({ table, to: [left.port] }), drop())
    await until('it is dropped', () => countersOf(program, 1).dropped === 1)
    expect(middle.transmitted).toBe(0)
    await program.stop()
  })

  test('keeps the stations that it hears from being forgotten, while others come and go', async () => {
    await using left = await CapturePort.open([frame(1, 3)], { endless: true })
    await using middle = await CapturePort.open()
    await table.set(mac(1), left.port)
    await table.set(mac(3), middle.port)
    const program = await left.port.rx.run(bridge({ table, to: [middle.port] }), drop())
    await until('it forwards', () => (countersOf(program).forwarded ?? 0) > 1000)
    // The lcore looks up all the time, under its feet.
    for (let round = 0; round < 200; round++) {
      await table.set(mac(100 + (round % 50)), left.port)
      if (round % 3 === 0) await table.delete(mac(100 + (round % 50)))
    }
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(await table.expire(50)).not.toContain(mac(1))
    expect(await table.delete(mac(1))).toBe(true)
    await until('its frames go on', () => (countersOf(program, 1).dropped ?? 0) > 1000)
    await program.stop()
  })
})
