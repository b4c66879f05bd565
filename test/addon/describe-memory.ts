// What must hold in every kind of memory; the test files beside this one say for which.

import { readFileSync } from 'node:fs'
import { Eal, type EalOptions, Mempool, type MempoolOptions } from 'dpdk-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadAddon } from '../../dist/addon.js'
import { runtime } from '../../dist/runtime.js'
import { CapturePort } from '../support/capture-port.js'
import { hex, numberedFrames } from '../support/frames.js'
import { sendAll } from '../support/send-all.js'

const addon = loadAddon()
const MEGABYTE = 1024 * 1024
/** A size that no other mapping of this process has; only address space. */
const ARENA_MEGABYTES = 1993

export interface MemoryExpectations {
  options: () => EalOptions
  kind: string
  pageSize: number
  /** Where it cannot be had, its tests are skipped, and nothing must be started. */
  usable?: () => boolean
}

export function describeMemory({ options, kind, pageSize, usable = () => true }: MemoryExpectations): void {
  beforeAll(async () => {
    if (usable()) await Eal.init({ arenaMegabytes: ARENA_MEGABYTES, ...options() })
  })
  afterAll(() => Eal.current?.close())

  test('it is the memory that was asked for', () => {
    expect(Eal.current?.memory).toMatchObject({ kind, pageSize })
  })

  describe.each(['isolated', 'direct'] as const)('a pool in the %s layout', (layout) => {
    test('has every byte of a packet at the same place for JavaScript and for native code', async () => {
      await using pool = await openPool({ layout })
      const frames = numberedFrames(200)
      await using wire = await CapturePort.open(frames, { mempool: pool })
      const { port } = wire
      const seen: Uint8Array[] = []
      const mismatches: number[] = []

      await port.rx.handle(
        (batch, { port }) => {
          for (const packet of batch) {
            const { bytes } = packet
            const native = () => addon.arenaRead(bytes.byteOffset, bytes.length)
            // What the device wrote …
            if (Buffer.compare(native(), bytes) !== 0) mismatches.push(seen.length)
            seen.push(Uint8Array.from(bytes))
            // … and what JavaScript writes.
            for (let at = 0; at < bytes.length; at++) bytes[at] = ~(bytes[at] as number)
            if (Buffer.compare(native(), bytes) !== 0) mismatches.push(seen.length)
            packet.forward(port)
          }
        },
        { outputs: { port }, overflow: 'backpressure' },
      )

      const sent = await wire.sent(frames.length)
      expect(mismatches).toEqual([])
      expect(hex(seen)).toEqual(hex(frames))
      expect(hex(sent)).toEqual(hex(frames.map((frame) => frame.map((byte) => ~byte))))
    })

    test('shows JavaScript whole pages with packets and rings, and no other page', async () => {
      await using pool = await openPool({ layout })
      await using wire = await CapturePort.open([], { mempool: pool })
      await wire.port.rx.handle(() => {})

      const zones = addon.arenaZones()
      const uses = zones.map(({ use }) => use)
      expect(new Set(uses)).toEqual(new Set([layout === 'isolated' ? 'packets' : 'pool', 'rings']))
      const arena = findArena()
      let end = 0
      for (const { offset, length } of zones) {
        expect((arena.base + offset) % pageSize).toBe(0)
        expect(length % pageSize).toBe(0)
        expect(offset).toBeGreaterThanOrEqual(end)
        end = offset + length
      }
      expect(end).toBeLessThanOrEqual(ARENA_MEGABYTES * MEGABYTE)
      // The kernel knows best what is mapped there from elsewhere.
      expect(arena.shared).toEqual(joined(zones))
    })

    test('is gone when it is closed: JavaScript reads zeros in its place', async () => {
      const pool = await openPool({ layout })
      const zone = addon.arenaZones().find(({ use }) => use !== 'rings')
      if (zone === undefined) throw new Error('the pool is not in the arena')
      const view = runtime().arena.bytes.subarray(zone.offset, zone.offset + zone.length)
      view.subarray(-64).fill(0x5a)
      expect(addon.arenaRead(zone.offset + zone.length - 64, 64)).toEqual(new Uint8Array(64).fill(0x5a))

      await pool.close()
      await pool.close()
      expect(view.every((byte) => byte === 0)).toBe(true)
      expect(() => addon.arenaRead(zone.offset, 1)).toThrow(
        expect.objectContaining({ code: 'ERR_DPDK_ARENA_UNBACKED' }),
      )
      expect(() => pool.counts()).toThrow(expect.objectContaining({ code: 'ERR_DPDK_MEMPOOL_CLOSED' }))
    })

    test('has all of its buffers back when the port is closed', async () => {
      await using pool = await openPool({ layout, size: 2048 })
      expect(pool.counts()).toEqual({ available: 2048, inUse: 0 })
      const wire = await CapturePort.open(numberedFrames(200), { mempool: pool })
      try {
        await sendAll(wire.port, numberedFrames(20))
        const { port } = wire
        const program = await port.rx.handle(
          (batch, { port }) => {
            // A third is forwarded, a third dropped, a third left alone.
            for (let i = 0; i < batch.length; i++) {
              if (i % 3 === 0) batch.at(i).forward(port)
              if (i % 3 === 1) batch.at(i).drop()
            }
          },
          { outputs: { port }, overflow: 'backpressure' },
        )
        await wire.sent(20 + 67)
        expect(pool.counts().inUse).toBeGreaterThan(0)
        expect(await program.stop()).toBe(0)
      } finally {
        await wire[Symbol.asyncDispose]()
      }
      expect(pool.counts()).toEqual({ available: 2048, inUse: 0 })
    })
  })

  test.each([
    // 1.1 GB and 2.2 GB.
    ["EAL's memory", 2 ** 19, 'ERR_DPDK_NOT_ENOUGH_MEMORY'],
    ['the arena', 2 ** 20, 'ERR_DPDK_ARENA_FULL'],
  ])('a pool that does not fit into %s is refused, and nothing of it stays', async (_, size, code) => {
    const before = addon.arenaZones()
    await expect(Mempool.create({ size })).rejects.toMatchObject({
      name: 'DpdkError',
      code,
      hint: expect.any(String),
    })
    expect(addon.arenaZones()).toEqual(before)
  })
}

function openPool(options: MempoolOptions): Promise<Mempool> {
  return Mempool.create({ size: 1024, cacheSize: 32, ...options })
}

interface Range {
  offset: number
  length: number
}

/**
 * The arena as the kernel sees it: the one run of mappings that is as long as it. What is shared in it comes from
 * elsewhere.
 */
function findArena(): { base: number; shared: Range[] } {
  const runs: Mapping[][] = []
  for (const mapping of writableMappings()) {
    const run = runs.at(-1)
    if (run?.at(-1)?.end === mapping.start) run.push(mapping)
    else runs.push([mapping])
  }
  const arenas = runs.filter((run) => length(run) === ARENA_MEGABYTES * MEGABYTE)
  expect(arenas).toHaveLength(1)
  const [arena = []] = arenas
  const base = arena[0]?.start ?? 0
  const shared = arena.filter((mapping) => mapping.shared)
  return {
    base,
    shared: joined(shared.map(({ start, end }) => ({ offset: start - base, length: end - start }))),
  }
}

interface Mapping {
  start: number
  end: number
  shared: boolean
}

function writableMappings(): Mapping[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').matchAll(/^(\w+)-(\w+) rw.(.)/gm)
  return [...lines].map(([, start = '', end = '', sharing]) => ({
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    shared: sharing === 's',
  }))
}

function length(run: readonly Mapping[]): number {
  return (run.at(-1)?.end ?? 0) - (run[0]?.start ?? 0)
}

/** Neighbours made one. */
function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  for (const { offset, length } of ranges) {
    const last = result.at(-1)
    if (last && last.offset + last.length === offset) last.length += length
    else result.push({ offset, length })
  }
  return result
}
