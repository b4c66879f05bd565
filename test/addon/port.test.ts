import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DpdkError, drop, Eal, forward, type Mempool, Port } from 'dpdk-node'
import { afterAll, describe, expect, test } from 'vitest'
import { loadAddon } from '../../dist/addon.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, numberedFrames } from '../support/frames.js'
import { uniqueInterfaceName } from '../support/namespaces.js'
import { sendAll } from '../support/send-all.js'
import { until } from '../support/until.js'

const NOBODY = 'role=client,socket=/nonexistent/memif.sock'
const cpus = loadAddon().threadAffinity()
useEal({
  lcores: [
    { id: 1, cpus },
    { id: 2, cpus },
  ],
  idle: 'sleep',
  // There is nobody at the socket.
  vdevs: ['net_null7,size=99', 'net_ring7', `net_memif7,${NOBODY}`],
})

/** What is there, by name. */
async function names(): Promise<string[]> {
  return (await Port.list()).map(({ name }) => name).sort()
}

describe('Port.list', () => {
  test('shows what EAL found, with its limits', async () => {
    const ports = await Port.list()
    expect(ports.map(({ id, name }) => ({ id, name }))).toEqual([
      { id: 0, name: 'net_null7' },
      { id: 1, name: 'net_ring7' },
      { id: 2, name: 'net_memif7' },
    ])
    expect(ports[0]).toMatchObject({
      driver: 'net_null',
      macAddress: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
      mtu: 1500,
      state: 'attached',
      attachedHere: false,
      maxRxQueues: 1024,
      rxDescriptors: { minimum: 0, maximum: 65535, alignment: 1 },
    })
  })
})

describe('Port.open', () => {
  test('by id and by name', async () => {
    await using byId = await Port.open(0)
    await using byName = await Port.open('net_ring7')
    expect([byId.id, byId.name, byId.driver]).toEqual([0, 'net_null7', 'net_null'])
    expect([byName.id, byName.name, byName.driver]).toEqual([1, 'net_ring7', 'net_ring'])
    expect((await byId.info()).state).toBe('started')
    expect(byId.isOpen).toBe(true)
  })

  test('by device and arguments: it is attached while EAL runs, and detached by close', async () => {
    const before = await names()
    const port = await Port.open('net_null1,size=80')
    expect(await names()).toEqual([...before, 'net_null1'].sort())
    expect(await port.info()).toMatchObject({ name: 'net_null1', attachedHere: true, state: 'started' })
    await port.close()
    expect(await names()).toEqual(before)
    expect(port.isOpen).toBe(false)
  })

  test('the same device again, after it was closed', async () => {
    for (let round = 0; round < 3; round++) {
      await using wire = await CapturePort.open(numberedFrames(10))
      await wire.port.rx.run(forward({ to: wire.port }))
      expect(hex(await wire.sent(10))).toEqual(hex(numberedFrames(10)))
    }
    for (let round = 0; round < 3; round++) {
      await using port = await Port.open('net_null1,size=80')
      await port.rx.run(drop())
      await until('it receives', () => (port.counters().rxQueues[0]?.received ?? 0n) > 0n)
    }
  })

  test('again what EAL found at its start, with the arguments that it was given then', async () => {
    for (let round = 0; round < 2; round++) {
      await using port = await Port.open('net_null7')
      const lengths = new Set<number>()
      await port.rx.handle((batch) => {
        for (const packet of batch) lengths.add(packet.length)
      })
      await until('it receives', () => lengths.size > 0)
      expect([...lengths]).toEqual([99])
    }
  })

  test('twice at a time is refused', async () => {
    await using port = await Port.open('net_null1')
    await expect(Port.open('net_null1')).rejects.toMatchObject({
      name: 'DpdkError',
      code: 'ERR_DPDK_PORT_OPEN',
      hint: expect.any(String),
    })
    await expect(Port.open(port.id)).rejects.toMatchObject({ code: 'ERR_DPDK_PORT_OPEN' })
    expect((await port.info()).state).toBe('started')
  })

  test('twice at the same time: one gets it, the other is refused', async () => {
    const outcomes = await Promise.allSettled([
      Port.open('net_null1,size=64'),
      Port.open('net_null1,size=64'),
    ])
    const [port] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const [refusal] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(refusal).toMatchObject({ name: 'DpdkError', code: 'ERR_DPDK_PORT_OPEN' })
    expect((await port?.info())?.state).toBe('started')
    await port?.close()
    expect(await names()).not.toContain('net_null1')
  })

  test('an unknown device is refused, with a hint', async () => {
    const error = await Port.open('net_foo0,x=1').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(DpdkError)
    expect(error).toMatchObject({
      code: 'ERR_DPDK_DEVICE_NOT_FOUND',
      syscall: 'rte_dev_probe',
      hint: expect.stringContaining('net_foo'),
    })
    expect((error as DpdkError).log.join('\n')).toContain('net_foo0')
  })

  test('a PCI device while PCI is switched off is refused, with a hint', async () => {
    await expect(Port.open('0000:01:00.0')).rejects.toMatchObject({
      code: 'ERR_DPDK_PCI_DISABLED',
      hint: expect.stringContaining("pci: ['0000:01:00.0']"),
    })
  })

  test('a device that does not start is detached again', async () => {
    const before = await names()
    await expect(Port.open(`net_memif0,id=1,${NOBODY}`)).rejects.toMatchObject({
      name: 'DpdkError',
      log: expect.arrayContaining([expect.stringContaining('memif')]),
    })
    expect(await names()).toEqual(before)
  })

  test('a device that does not start can be tried again, with other options', async () => {
    for (const rxDescriptors of [512, 1024]) {
      await expect(Port.open('net_memif7', { rxDescriptors })).rejects.toMatchObject({
        syscall: 'rte_eth_dev_start',
      })
    }
    expect((await Port.list()).find(({ name }) => name === 'net_memif7')?.state).toBe('attached')
  })

  test.each([
    ['a port id', () => Port.open(-1), RangeError, 'ERR_OUT_OF_RANGE', /^port must be .*received -1/],
    ['a name', () => Port.open(''), TypeError, 'ERR_INVALID_ARG_VALUE', /^port must be .*received ''/],
    [
      'something else',
      () => Port.open({} as unknown as string),
      TypeError,
      'ERR_INVALID_ARG_TYPE',
      /^port must be/,
    ],
    [
      'an option that is none',
      () => Port.open(0, { rxqueues: 2 } as object),
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      /^options\.rxqueues is not an option; known are rxQueues/,
    ],
    [
      'the number of queues',
      () => Port.open(0, { rxQueues: 0 }),
      RangeError,
      'ERR_OUT_OF_RANGE',
      /^options\.rxQueues must be an integer from 1 to 1024 queues; received 0/,
    ],
    [
      'an lcore',
      () => Port.open(0, { rxQueueLcores: [1, 7] }),
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      /^options\.rxQueueLcores\[1\] must be one of the lcores 1, 2; received 7/,
    ],
    [
      'queues and lcores that contradict each other',
      () => Port.open(0, { rxQueues: 3, rxQueueLcores: [1, 2] }),
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      /^options\.rxQueues must be 2, as many as options\.rxQueueLcores; received 3/,
    ],
    [
      'the number of descriptors',
      () => Port.open(0, { rxDescriptors: 70000 }),
      RangeError,
      'ERR_OUT_OF_RANGE',
      /^options\.rxDescriptors must be an integer from 1 to 65535 descriptors; received 70000/,
    ],
    [
      'the MTU',
      () => Port.open(0, { mtu: 67 }),
      RangeError,
      'ERR_OUT_OF_RANGE',
      /^options\.mtu must be an integer from 68 to 65535 bytes; received 67/,
    ],
    [
      'a switch',
      () => Port.open(0, { promiscuous: 1 as unknown as boolean }),
      TypeError,
      'ERR_INVALID_ARG_TYPE',
      /^options\.promiscuous must be true or false; received 1/,
    ],
    [
      'a pool',
      () => Port.open(0, { mempool: {} as Mempool }),
      TypeError,
      'ERR_INVALID_ARG_TYPE',
      /^options\.mempool must be a Mempool; received {}/,
    ],
    [
      'the size of the send ring',
      () => Port.open(0, { sendRingSize: 100 }),
      RangeError,
      'ERR_OUT_OF_RANGE',
      /^options\.sendRingSize must be a power of two; received 100\. Take 64 or 128/,
    ],
  ])(
    'refuses %s that cannot be right: name, what is expected, what came',
    async (...[, open, type, code, message]) => {
      const error = await open().catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(type)
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    },
  )
})

describe('configuration', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'virtio-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('queues are reduced to what the device has, and the result is reported', async () => {
    await using wire = await CapturePort.open([], { rxQueues: 3 })
    const { configuration, rx } = wire.port
    expect(configuration.rxQueues).toHaveLength(1)
    expect(configuration).toMatchObject({ txQueues: 1, txQueuesShared: true })
    expect(rx.count).toBe(1)
  })

  test('descriptors are adjusted to the limits of the device, and the result is reported', async () => {
    const socket = path.join(folder, 'vhost')
    await using _host = await Port.open(`net_vhost0,iface=${socket},queues=1`)
    const options = { rxDescriptors: 1, txDescriptors: 65535 }
    await using guest = await Port.open(`net_virtio_user0,path=${socket},queues=1`, options)
    const { rxDescriptors, txDescriptors } = await guest.info()
    expect(rxDescriptors.minimum).toBeGreaterThan(1)
    expect(txDescriptors.maximum).toBeLessThan(65535)
    expect(guest.configuration).toMatchObject({
      rxDescriptors: rxDescriptors.minimum,
      txDescriptors: txDescriptors.maximum,
    })
  })

  test('where there are enough, each lcore has a transmit queue of its own', async () => {
    await using port = await Port.open('net_null1')
    expect(port.configuration).toMatchObject({ txQueues: 2, txQueuesShared: false })
  })

  test.skipIf(process.getuid?.() !== 0)('lcores share those of a tap interface (needs root)', async () => {
    for (const rxQueues of [1, 3]) {
      await using port = await Port.open(`net_tap0,iface=${uniqueInterfaceName('t')}`, { rxQueues })
      expect(port.configuration).toMatchObject({ txQueues: rxQueues, txQueuesShared: rxQueues < 2 })
      expect(port.rx.count).toBe(rxQueues)
    }
  })

  test('queues are spread over the lcores, each to the one that has the fewest', async () => {
    await using one = await Port.open('net_null1')
    await using two = await Port.open('net_null2')
    await using four = await Port.open('net_null3', { rxQueues: 4 })
    const lcoresOf = (port: Port) => port.configuration.rxQueues.map(({ lcore }) => lcore)
    expect([...lcoresOf(one), ...lcoresOf(two)].sort()).toEqual([1, 2])
    expect(lcoresOf(four).sort()).toEqual([1, 1, 2, 2])
  })

  test('or they go where they are told to', async () => {
    await using port = await Port.open('net_null1', { rxQueueLcores: [2, 2, 1] })
    expect(port.configuration.rxQueues).toEqual([
      { queue: 0, lcore: 2 },
      { queue: 1, lcore: 2 },
      { queue: 2, lcore: 1 },
    ])
    expect(port.counters().rxQueues.map(({ lcore }) => lcore)).toEqual([2, 2, 1])
  })

  test('MAC address, MTU and promiscuous mode can be read and changed', async () => {
    await using port = await Port.open('net_null1')
    expect(port.macAddress).toBe((await port.info()).macAddress)
    expect(port.configuration.macAddress).toBe(port.macAddress)

    await port.setMacAddress('02:00:00:00:AB:CD')
    expect(port.macAddress).toBe('02:00:00:00:ab:cd')
    expect((await port.info()).macAddress).toBe('02:00:00:00:ab:cd')

    await port.setMtu(1400)
    expect(port.mtu).toBe(1400)
    expect((await port.info()).mtu).toBe(1400)

    await using ring = await Port.open('net_ring1', { promiscuous: true })
    expect(ring.promiscuous).toBe(true)
    await ring.setPromiscuous(false)
    expect(ring.promiscuous).toBe(false)
    await ring.setPromiscuous(true)
    expect(ring.promiscuous).toBe(true)
  })

  test('says truly whether it is promiscuous: some devices always are', async () => {
    await using port = await Port.open('net_null1', { promiscuous: false })
    expect(port.promiscuous).toBe(true)
    expect(port.configuration.promiscuous).toBe(true)
  })

  test('what the device cannot do is refused, and nothing has changed', async () => {
    await using ring = await Port.open('net_ring1')
    const { macAddress, mtu } = ring
    await expect(ring.setMacAddress('02:00:00:00:00:01')).rejects.toMatchObject({
      name: 'DpdkError',
      errno: 95,
      syscall: 'rte_eth_dev_default_mac_addr_set',
    })
    await expect(ring.setMtu(1400)).rejects.toMatchObject({ syscall: 'rte_eth_dev_set_mtu' })
    expect([ring.macAddress, ring.mtu]).toEqual([macAddress, mtu])
  })

  test('refuses arguments that cannot be right: name, what is expected, what came', async () => {
    await using port = await Port.open('net_null1')
    await expect(port.setMtu(12)).rejects.toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
      message: 'mtu must be an integer from 68 to 65535 bytes; received 12',
    })
    await expect(port.setMacAddress('02:00')).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
      message: "address must be a MAC address, for example '02:00:00:00:00:01'; received '02:00'",
    })
    await expect(port.setPromiscuous('yes' as unknown as boolean)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: "on must be true or false; received 'yes'",
    })
  })
})

describe('link', () => {
  test('tells state, speed and duplex', async () => {
    await using port = await Port.open('net_null1')
    expect(await port.link()).toEqual({ up: true, speed: 10000, fullDuplex: true, autonegotiated: false })
    expect(await port.waitForLink()).toMatchObject({ up: true })
  })

  test('can be waited for; when it stays down, that is an error with a hint', async () => {
    await using port = await Port.open('net_null1')
    await port.stop()
    expect(await port.link()).toMatchObject({ up: false })
    await expect(port.waitForLink({ timeoutMs: 30 })).rejects.toMatchObject({
      name: 'DpdkError',
      code: 'ERR_DPDK_LINK_DOWN',
      message: 'the link of net_null1 is still down after 30 ms',
      hint: expect.stringContaining('cable'),
    })
    const waiting = port.waitForLink({ timeoutMs: 20_000 })
    await port.start()
    expect(await waiting).toMatchObject({ up: true })
  })
})

describe('statistics', () => {
  test("count packets and bytes, in bigints; as JSON they're decimal strings", async () => {
    const frames = numberedFrames(40)
    const bytes = BigInt(frames.reduce((sum, { length }) => sum + length, 0))
    await using wire = await CapturePort.open(frames)
    await wire.port.rx.run(forward({ to: wire.port }))
    await wire.sent(40)

    const statistics = await wire.port.statistics()
    expect(statistics).toMatchObject({
      receivedPackets: 40n,
      receivedBytes: bytes,
      transmittedPackets: 40n,
      transmittedBytes: bytes,
      missedPackets: 0n,
      transmitErrors: 0n,
    })
    expect(JSON.parse(JSON.stringify(statistics))).toMatchObject({
      receivedPackets: '40',
      receivedBytes: String(bytes),
    })
    expect(JSON.parse(JSON.stringify(wire.port.counters()))).toMatchObject({
      rxQueues: [{ queue: 0, received: '40' }],
      tx: { requested: '40', accepted: '40', buffered: '0' },
    })
  })

  test("the device's can be set back, ours never go back, also not by close", async () => {
    await using wire = await CapturePort.open(numberedFrames(40))
    const { port } = wire
    await port.rx.run(forward({ to: port }))
    await wire.sent(40)
    await port.resetStatistics()
    expect((await port.statistics()).receivedPackets).toBe(0n)
    expect(port.counters().tx.accepted).toBe(40n)
    await port.close()
    expect(port.counters().tx.accepted).toBe(40n)
    expect(port.counters().rxQueues[0]?.received).toBe(40n)
  })
})

describe('start, stop, close, detach', () => {
  test('stopped, it neither receives nor sends; started, it goes on where it was', async () => {
    await using port = await Port.open('net_null1,size=64')
    await port.rx.run(drop())
    const received = () => port.counters().rxQueues[0]?.received ?? 0n
    await until('it receives', () => received() > 0n)

    await port.stop()
    await port.stop()
    expect((await port.info()).state).toBe('configured')
    const stopped = received()
    await sendAll(port, numberedFrames(5))
    await until('they are rejected', () => port.counters().tx.rejectedClosed === 5n)
    expect(received()).toBe(stopped)

    await port.start()
    await port.start()
    expect((await port.info()).state).toBe('started')
    await until('it receives again', () => received() > stopped)
    await sendAll(port, numberedFrames(5))
    await until('they are accepted', () => port.counters().tx.accepted === 5n)
  })

  test.each([
    ['close, close', async (port: Port) => [await port.close(), await port.close()]],
    ['both at once', async (port: Port) => Promise.all([port.close(), port.detach()])],
    ['stop, close', async (port: Port) => [await port.stop(), await port.close()]],
    ['detach, close', async (port: Port) => [await port.detach(), await port.close()]],
    [
      'stop, start, stop, detach',
      async (port: Port) => [await port.stop(), await port.start(), await port.stop(), await port.detach()],
    ],
    [
      'disposal, twice',
      async (port: Port) => [await port[Symbol.asyncDispose](), await port[Symbol.asyncDispose]()],
    ],
  ])('%s, while a program runs', async (_, end) => {
    const before = await names()
    const port = await Port.open('net_null1,size=64', { rxQueues: 2 })
    const program = await port.rx.run(drop())
    await until('it receives', () => (port.counters().rxQueues[0]?.received ?? 0n) > 0n)
    await end(port)
    expect(program.isRunning).toBe(false)
    expect(port.isOpen).toBe(false)
    expect(await names()).toEqual(before)
  })

  test('detach unplugs a device that EAL found at its start, too', async () => {
    const port = await Port.open('net_ring7')
    expect(await names()).toContain('net_ring7')
    await port.detach()
    expect(await names()).not.toContain('net_ring7')
    await using again = await Port.open('net_ring7')
    expect(again.name).toBe('net_ring7')
  })

  test('a closed port refuses calls, by name', async () => {
    const port = await Port.open('net_null1')
    await port.close()
    const refused = expect.objectContaining({
      code: 'ERR_DPDK_PORT_CLOSED',
      message: 'net_null1 is closed',
    })
    await expect(port.start()).rejects.toEqual(refused)
    await expect(port.link()).rejects.toEqual(refused)
    await expect(port.statistics()).rejects.toEqual(refused)
    expect(() => port.send(numberedFrames(1))).toThrow(refused)
    expect(() => forward({ to: port })).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_TYPE',
        message: expect.stringContaining('net_null1 is closed'),
      }),
    )
  })

  test('a port can be closed while another still sends to it: that is counted', async () => {
    await using from = await Port.open('net_null1,size=64')
    const to = await Port.open('net_null2')
    const program = await from.rx.run(forward({ to }))
    await until('packets flow', () => to.counters().tx.accepted > 0n)
    await to.close()
    const { tx } = to.counters()
    expect(tx.requested).toBe(
      tx.accepted + tx.buffered + tx.rejectedFull + tx.rejectedTooLong + tx.rejectedClosed,
    )
    const forwarded = () => program.stats().actions[0]?.counters.forwarded ?? 0n
    const then = forwarded()
    await until('the program goes on', () => forwarded() > then)
    await program.stop()
  })

  test('closing EAL closes what is open', async () => {
    const port = await Port.open('net_null1,size=64')
    await port.rx.run(drop())
    await Eal.current?.close()
    expect(port.isOpen).toBe(false)
    await port.close()
  })
})
