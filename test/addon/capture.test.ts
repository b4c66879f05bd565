// Looking at packets from anywhere: copies, with and without a program.

import { setTimeout as delay } from 'node:timers/promises'
import { type CapturedPacket, type CaptureOptions, forward, Mempool, Port } from 'dpdk-node'
import { describe, expect, test } from 'vitest'
import { useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal } from '../support/eal.js'
import { hex, ipv4Frame, numberedFrames } from '../support/frames.js'
import { until } from '../support/until.js'

useEal()
useAudit()

const COUNT = 300
const frames = numberedFrames(COUNT)

/** So many packets, then the loop is left. */
async function take(port: Port, count: number, options: CaptureOptions = {}): Promise<CapturedPacket[]> {
  const packets: CapturedPacket[] = []
  for await (const packet of port.rx.capture(options)) {
    packets.push(packet)
    if (packets.length === count) break
  }
  return packets
}

describe('a capture', () => {
  test('has a copy of everything, without a program', async () => {
    await using source = await CapturePort.open(frames)
    const before = Date.now()
    const packets = await take(source.port, COUNT)
    expect(hex(packets.map(({ bytes }) => bytes))).toEqual(hex(frames))
    for (const { bytes, length, port, queue, timestamp } of packets) {
      expect([length, port, queue]).toEqual([bytes.length, source.port.id, 0])
      expect(timestamp).toBeGreaterThanOrEqual(before - 1)
      expect(timestamp).toBeLessThanOrEqual(Date.now() + 1)
    }
    expect(source.port.counters().rxQueues[0]).toMatchObject({
      received: BigInt(COUNT),
      onlyCaptured: BigInt(COUNT),
    })
  })

  test('looks on while a program runs, and leaves its packets alone', async () => {
    await using port = await Port.open('net_ring0')
    await using sink = await CapturePort.open()
    const program = await port.rx.run(forward({ to: sink.port }))
    const capture = port.rx.capture()
    await capture.started
    expect(port.send(frames.slice(0, 200))).toBe(200)
    const seen: CapturedPacket[] = []
    for await (const packet of capture) {
      packet.bytes.fill(0, 0, 1)
      if (seen.push(packet) === 200) break
    }
    expect(hex(await sink.sent(200))).toEqual(hex(frames.slice(0, 200)))
    expect(program.stats().received).toBe(200n)
    expect(seen.map(({ length }) => length)).toEqual(frames.slice(0, 200).map(({ length }) => length))
  })

  test('takes what matches its filter, cut to its snap length', async () => {
    const tcp = Array.from({ length: 20 }, (_, i) => ipv4Frame(new Uint8Array(100).fill(i), { protocol: 6 }))
    await using source = await CapturePort.open([...frames.slice(0, 50), ...tcp, ...frames.slice(50)])
    const capture = source.port.rx.capture({ filter: 'ip proto 6', snapLength: 40 })
    await capture.started
    const packets: CapturedPacket[] = []
    for await (const packet of capture) if (packets.push(packet) === tcp.length) break
    expect(hex(packets.map(({ bytes }) => bytes))).toEqual(hex(tcp.map((frame) => frame.subarray(0, 40))))
    expect(packets.every(({ length }) => length === tcp[0]?.length)).toBe(true)
    expect(await capture.counters()).toMatchObject({ matched: 20n, captured: 20n, lostWaiting: 0n })
  })

  test('has packets of several segments in one piece', async () => {
    await using mempool = await Mempool.create({ dataRoom: 384, size: 8192 })
    await using source = await CapturePort.open(frames, { mempool })
    const packets = await take(source.port, COUNT)
    expect(hex(packets.map(({ bytes }) => bytes))).toEqual(hex(frames))
  })

  test('loses what the loop is too slow for, and counts it', async () => {
    await using source = await CapturePort.open(frames)
    const capture = source.port.rx.capture({ highWaterMark: 10 })
    await until('all came', () => source.received === COUNT)
    await until('all are copied', async () => {
      const { captured, lostWaiting } = await capture.counters()
      return captured + lostWaiting === BigInt(COUNT)
    })
    expect(await capture.counters()).toEqual({
      matched: BigInt(COUNT),
      captured: 10n,
      lostWaiting: BigInt(COUNT - 10),
      lostInRing: 0n,
      lostNoBuffer: 0n,
    })
    const first = await capture.next()
    expect(hex([first.value?.bytes as Uint8Array])).toEqual(hex(frames.slice(0, 1)))
    await capture.return()
    expect((await capture.next()).done).toBe(true)
    expect((await capture.counters()).matched).toBe(BigInt(COUNT))
  })

  test('loses what the pool has no buffer for, and counts it', async () => {
    await using mempool = await Mempool.create({ size: 128, cacheSize: 0 })
    await using source = await CapturePort.open(frames, { mempool, sendRingSize: 64 })
    const capture = source.port.rx.capture()
    await capture.started
    // What a held batch does not have left over.
    await until('all came', () => source.received === COUNT)
    await until('all are counted', async () => {
      const { matched, captured, lostNoBuffer, lostInRing } = await capture.counters()
      return matched === BigInt(COUNT) && captured + lostNoBuffer + lostInRing === matched
    })
    await capture.return()
  })

  test('ends with the loop, the signal and the port, and can be begun again', async () => {
    await using source = await CapturePort.open(frames, { endless: true })
    const { port } = source
    for (let round = 0; round < 5; round++) expect(await take(port, 20)).toHaveLength(20)

    const abort = new AbortController()
    const seen: CapturedPacket[] = []
    const loop = (async () => {
      for await (const packet of port.rx.capture({ signal: abort.signal })) seen.push(packet)
    })()
    await until('packets come', () => seen.length > 0)
    abort.abort(new Error('enough'))
    await expect(loop).rejects.toThrow('enough')

    const capture = port.rx.capture({ filter: 'tcp' })
    const pending = capture.next()
    await capture.started
    await port.close()
    expect(await pending).toEqual({ done: true, value: undefined })
  })

  test('that was aborted before does not begin', async () => {
    await using source = await CapturePort.open()
    const capture = source.port.rx.capture({ signal: AbortSignal.abort(new Error('never')) })
    await expect(capture.next()).rejects.toThrow('never')
    expect((await capture.next()).done).toBe(true)
  })

  test('says in the words of libpcap what is wrong with a filter', async () => {
    await using source = await CapturePort.open()
    await expect(source.port.rx.capture({ filter: 'tcp prot 80' }).next()).rejects.toMatchObject({
      code: 'ERR_DPDK_INVALID_FILTER',
      message: expect.stringMatching(/'tcp prot 80' is not a filter: .*syntax error/),
    })
    expect(await Promise.race([take(source.port, 1), delay(20, 'nothing yet')])).toBe('nothing yet')
  })

  test('is one at a time on a queue', async () => {
    await using source = await CapturePort.open()
    await using first = source.port.rx.capture()
    await first.started
    await expect(source.port.rx.capture().next()).rejects.toMatchObject({
      code: 'ERR_DPDK_CAPTURE_RUNNING',
    })
  })

  test.each([
    ['snapLength', { snapLength: 0 }],
    ['snapLength', { snapLength: 65536 }],
    ['highWaterMark', { highWaterMark: 0 }],
    ['queue', { queue: 1 }],
    ['filter', { filter: 5 }],
    ['ringSize', { ringSize: 100 }],
    ['signal', { signal: {} }],
    ['snapLen', { snapLen: 5 }],
  ])('refuses a wrong %s', async (name, options) => {
    await using source = await CapturePort.open()
    expect(() => source.port.rx.capture(options as never)).toThrow(new RegExp(`options\\.${name}`))
  })
})
