import { statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ReplayOptions } from 'dpdk-node'
import { encodeCapture, LinkType, readCaptureFile } from 'dpdk-node/pcap'
import { describe, expect, test } from 'vitest'
import { useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal, useTemporaryFolder } from '../support/eal.js'
import { hex, numberedFrames } from '../support/frames.js'

useEal({ lcores: [1] })
useAudit()
const folder = useTemporaryFolder()

const office = new URL('../../examples/captures/office.pcap', import.meta.url)
const recorded = readCaptureFile(office).map(({ bytes }) => bytes)
const flat = { speed: Number.POSITIVE_INFINITY }

/** As many packets as times, in milliseconds. */
function capture(milliseconds: readonly number[]): Uint8Array {
  const frames = numberedFrames(milliseconds.length)
  return encodeCapture(
    frames.map((bytes, index) => ({
      bytes,
      timestamp: BigInt(Math.round((milliseconds[index] as number) * 1e6)),
    })),
  )
}

describe('a recording', () => {
  test('is sent byte by byte and in its order, from a file or from memory', async () => {
    await using wire = await CapturePort.open()
    const statistics = await (await wire.port.replay(office, flat)).finished()
    const count = BigInt(recorded.length)
    expect(statistics).toMatchObject({ generated: count, accepted: count, finished: true })
    expect(hex(wire.sentSoFar())).toEqual(hex(recorded))
    await (
      await wire.port.replay(encodeCapture(numberedFrames(3).map((bytes) => ({ bytes, timestamp: 5n }))))
    ).finished()
    expect(hex(wire.sentSoFar().slice(-3))).toEqual(hex(numberedFrames(3)))
  })

  test('is sent several times', async () => {
    await using wire = await CapturePort.open()
    const frames = numberedFrames(45)
    const bytes = encodeCapture(frames.map((each) => ({ bytes: each, timestamp: 0n })))
    await (await wire.port.replay(bytes, { ...flat, loops: 7 })).finished()
    expect(hex(wire.sentSoFar())).toEqual(hex(Array.from({ length: 7 }, () => frames).flat()))
    const some = await (
      await wire.port.replay(bytes, { ...flat, loops: Number.POSITIVE_INFINITY, packets: 100 })
    ).finished()
    expect(some.generated).toBe(100n)
  })

  test.each([
    [1, 0.3],
    [3, 0.1],
    [0.5, 0.6],
  ])('is sent %d times as fast as it was recorded', async (speed, seconds) => {
    await using wire = await CapturePort.open()
    const statistics = await (
      await wire.port.replay(capture([1000, 1100, 1100, 1050, 1300]), { speed })
    ).finished()
    expect(statistics.generated).toBe(5n)
    // A shared machine may be late, but never early.
    expect(statistics.seconds).toBeGreaterThan(seconds - 0.001)
    expect(statistics.seconds).toBeLessThan(seconds + 0.09)
  })

  test('keeps its pace between loops', async () => {
    await using wire = await CapturePort.open()
    // 0, 50, 100; 150, 200, 250
    const { seconds } = await (await wire.port.replay(capture([0, 50, 100]), { loops: 2 })).finished()
    expect(seconds).toBeGreaterThan(0.249)
    expect(seconds).toBeLessThan(0.34)
  })

  test('is sent at a rate, until a time is over', async () => {
    await using wire = await CapturePort.open()
    const options = { rate: { packetsPerSecond: 1000 }, loops: Number.POSITIVE_INFINITY, seconds: 0.2 }
    const { generated } = await (await wire.port.replay(capture([0, 9000]), options)).finished()
    expect(generated).toBe(200n)
  })

  test('of more than the limit is refused before it is in memory', async () => {
    await using wire = await CapturePort.open()
    const bytes = recorded.reduce((sum, frame) => sum + frame.length, 0)
    await expect(wire.port.replay(office, { ...flat, maximumBytes: bytes - 1 })).rejects.toMatchObject({
      name: 'DpdkError',
      code: 'ERR_DPDK_REPLAY_TOO_LARGE',
      message: expect.stringContaining(String(bytes - 1)),
      hint: expect.stringContaining('maximumBytes'),
    })
    await (await wire.port.replay(office, { ...flat, maximumBytes: bytes })).finished()
    expect(wire.transmitted).toBe(recorded.length)
  })

  test('that cannot be sent is refused, and says why', async () => {
    await using wire = await CapturePort.open()
    const replay = (lengths: number[], options = {}, more = {}) =>
      wire.port.replay(
        encodeCapture(lengths.map((length) => ({ bytes: new Uint8Array(length), timestamp: 0n, ...more }))),
        options,
      )
    await expect(replay([])).rejects.toMatchObject({ code: 'ERR_DPDK_REPLAY_EMPTY' })
    await expect(replay([60, 13])).rejects.toMatchObject({
      code: 'ERR_DPDK_REPLAY_LENGTH',
      message: 'packet 2 has 13 bytes; a port sends from 14 to 2048',
    })
    await expect(replay([2049])).rejects.toMatchObject({ code: 'ERR_DPDK_REPLAY_LENGTH' })
    await expect(replay([60], {}, { interface: { linkType: LinkType.RAW } })).rejects.toMatchObject({
      code: 'ERR_DPDK_REPLAY_LINK_TYPE',
    })
    await expect(replay([60], {}, { timestamp: undefined })).rejects.toMatchObject({
      code: 'ERR_DPDK_REPLAY_NO_TIME',
    })
    await (await replay([60], flat, { timestamp: undefined })).finished()
    await expect(wire.port.replay(path.join(folder, 'none.pcap'))).rejects.toMatchObject({ code: 'ENOENT' })
    const noise = path.join(folder, 'noise.pcap')
    writeFileSync(noise, 'not a capture at all, but long enough to be one')
    expect(statSync(noise).size).toBeGreaterThan(24)
    await expect(wire.port.replay(noise)).rejects.toMatchObject({ code: 'ERR_DPDK_CAPTURE_UNKNOWN_FORMAT' })
    for (const [options, text] of [
      [{ speed: 0 }, 'options.speed'],
      [{ speed: 1, rate: { packetsPerSecond: 1 } }, 'options.speed must be left out'],
      [{ loops: 0 }, 'options.loops'],
      [{ maximumBytes: 0 }, 'options.maximumBytes'],
      [{ seed: 0 }, 'options.seed is not an option'],
    ] as const) {
      await expect(wire.port.replay(office, options as ReplayOptions)).rejects.toThrow(text)
    }
  })
})
