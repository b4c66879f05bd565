// What holds for every capture: what is written is read, however it is cut into chunks, and harm does no harm.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MacAddress } from '../../lib/packet/mac-address.js'
import {
  type CaptureBlock,
  CaptureFormatError,
  type CaptureRecord,
  type CaptureRecordInput,
  decodeCapture,
  encodeCapture,
  type InterfaceDescription,
  type InterfaceStatisticsInput,
  readCapture,
} from '../../lib/pcap/index.js'
import { bytes, Layout, variedCapture } from './pcap-blocks.js'

const office = fileURLToPath(new URL('../../examples/captures/office.pcap', import.meta.url))
const officeStart = new Uint8Array(readFileSync(office).subarray(0, 3000))

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const text = fc.string({ unit: 'binary', maxLength: 20 }).map((string) => string.replaceAll('\0', ''))
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const uint16 = fc.integer({ min: 0, max: 0xffff })

const interfaces: fc.Arbitrary<InterfaceDescription> = fc.record({
  linkType: uint16,
  snapLength: fc.constantFrom(0, 500, 65_535),
  name: maybe(text),
  description: maybe(text),
  filter: maybe(text),
  hardware: maybe(text),
  operatingSystem: maybe(text),
  macAddress: maybe(
    fc.uint8Array({ minLength: 6, maxLength: 6 }).map((address) => new MacAddress(address).toString()),
  ),
  speed: maybe(uint64),
  comments: fc.array(text, { maxLength: 2 }),
})

const flags = fc.record({
  direction: fc.constantFrom('inbound', 'outbound', undefined),
  reception: fc.constantFrom('unicast', 'multicast', 'broadcast', 'promiscuous', undefined),
  frameCheckSequenceLength: fc.integer({ min: 0, max: 15 }),
  checksumNotReady: fc.boolean(),
  checksumValid: fc.boolean(),
  segmentationOffloaded: fc.boolean(),
  errors: uint16,
})

const packetBytes = fc.uint8Array({ maxLength: 200 })
const lengthBeyond = fc.constantFrom(0, 0, 1, 1500)

function records(source: fc.Arbitrary<InterfaceDescription>): fc.Arbitrary<CaptureRecordInput> {
  return fc
    .record({
      bytes: packetBytes,
      timestamp: uint64,
      interface: source,
      comments: fc.array(text, { maxLength: 2 }),
      flags: maybe(flags),
      queue: maybe(fc.integer({ min: 0, max: 0xffffffff })),
      packetId: maybe(uint64),
      dropCount: maybe(uint64),
      beyond: lengthBeyond,
    })
    .map(({ beyond, ...record }) => ({ ...record, originalLength: record.bytes.length + beyond }))
}

/** Interfaces, and records that came from them. */
const captures = fc
  .array(interfaces, { minLength: 1, maxLength: 3 })
  .chain((sources) =>
    fc.tuple(fc.constant(sources), fc.array(records(fc.constantFrom(...sources)), { maxLength: 10 })),
  )

function sameAs(record: CaptureRecordInput) {
  return expect.objectContaining({
    ...record,
    linkType: record.interface?.linkType,
    interface: expect.objectContaining(record.interface),
  })
}

describe('what is written is read', () => {
  it('pcapng', () => {
    fc.assert(
      fc.property(captures, fc.array(text, { maxLength: 3 }), ([sources, items], comments) => {
        const read = decodeCapture(encodeCapture(items, { interfaces: sources, comments }))
        expect(read).toEqual(items.map(sameAs))
        // Not only alike: the same one.
        expect(read.map((record) => record.interface.index)).toEqual(
          items.map((record) => sources.indexOf(record.interface as InterfaceDescription)),
        )
        if (read[0]) expect(read[0].interface.section.comments).toEqual(comments)
        // And what was read can be written, any number of times.
        expect(decodeCapture(encodeCapture(read))).toEqual(items.map(sameAs))
      }),
      { numRuns: 300 },
    )
  })

  it('pcapng, without times', () => {
    const source = { linkType: 1, snapLength: 100 }
    const simple = packetBytes.map((data) => {
      const record = { bytes: data.slice(0, 100), timestamp: undefined, originalLength: data.length }
      return { ...record, interface: source }
    })
    fc.assert(
      fc.property(fc.array(simple), (items) => {
        expect(decodeCapture(encodeCapture(items))).toEqual(items.map(sameAs))
      }),
    )
  })

  it('pcapng, statistics', () => {
    const statistics = fc.record({
      kind: fc.constant('interface-statistics' as const),
      interface: interfaces,
      timestamp: uint64,
      startTime: maybe(uint64),
      endTime: maybe(uint64),
      received: maybe(uint64),
      dropped: maybe(uint64),
      acceptedByFilter: maybe(uint64),
      droppedBySystem: maybe(uint64),
      delivered: maybe(uint64),
      comments: fc.array(text, { maxLength: 2 }),
    })
    fc.assert(
      fc.property(statistics, (item: InterfaceStatisticsInput) => {
        const blocks: CaptureBlock[] = []
        decodeCapture(encodeCapture([item]), { onBlock: (block) => blocks.push(block) })
        expect(blocks.at(-1)).toEqual({ ...item, interface: expect.objectContaining(item.interface) })
      }),
    )
  })

  it.each([
    { precision: 'nanoseconds', unit: 1n },
    { precision: 'microseconds', unit: 1000n },
  ] as const)('pcap of $precision', ({ precision, unit }) => {
    const record = fc.record({
      bytes: packetBytes,
      timestamp: fc.bigInt({ min: 0n, max: 2n ** 32n * 1_000_000_000n - 1n }),
      beyond: lengthBeyond,
    })
    fc.assert(
      fc.property(fc.array(record), uint16, (drawn, linkType) => {
        const items = drawn.map(({ beyond, ...item }) => ({
          ...item,
          originalLength: item.bytes.length + beyond,
        }))
        const read = decodeCapture(encodeCapture(items, { format: 'pcap', precision, linkType }))
        expect(read).toEqual(
          items.map(({ timestamp, ...item }) =>
            expect.objectContaining({ ...item, linkType, timestamp: (timestamp / unit) * unit }),
          ),
        )
      }),
      { numRuns: 300 },
    )
  })
})

const samples = [
  ['pcap', officeStart],
  ['pcapng', bytes(variedCapture('little-endian'), variedCapture('big-endian'))],
  ['pcapng packed by gzip', new Uint8Array(gzipSync(variedCapture('big-endian')))],
] as const

/** Ends as it must: well, or with the one error that there is. */
function decodeIfPossible(file: Uint8Array): CaptureRecord[] | CaptureFormatError {
  try {
    return decodeCapture(file, { onBlock: () => {} })
  } catch (error) {
    if (!(error instanceof CaptureFormatError)) throw error
    expect(error.offset).toBeGreaterThanOrEqual(0)
    return error
  }
}

describe.each(samples)('%s', (_, sample) => {
  it('gives the same records in chunks of any length', async () => {
    const whole = decodeCapture(sample, { truncated: 'end' })
    expect(whole.length).toBeGreaterThan(5)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: sample.length })), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), sample.length]
        const chunks = places.slice(1).map((end, index) => sample.subarray(places[index], end))
        const read: CaptureRecord[] = []
        for await (const record of readCapture(chunks, { truncated: 'end' })) read.push(record)
        expect(read).toEqual(whole)
      }),
      { numRuns: 50 },
    )
  })

  it('gives records or an error that tells where, wherever it ends', () => {
    const times = decodeCapture(sample, { truncated: 'end' }).map(({ timestamp }) => timestamp)
    for (let length = 0; length < sample.length; length++) {
      const start = sample.subarray(0, length)
      const read = decodeIfPossible(start)
      if (read instanceof CaptureFormatError) expect(read.code).toBe('ERR_DPDK_CAPTURE_TRUNCATED')
      const ended = decodeCapture(start, { truncated: 'end' })
      expect(ended.map(({ timestamp }) => timestamp)).toEqual(times.slice(0, ended.length))
      if (!(read instanceof CaptureFormatError)) expect(read.length).toBe(ended.length)
    }
  })

  it('gives records or an error that tells where, whatever is changed in it', () => {
    const change = fc.record({
      at: fc.integer({ min: 0, max: sample.length - 1 }),
      value: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
    })
    let failed = 0
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const damaged = sample.slice()
        for (const { at, value } of changes) damaged[at] = value
        const read = decodeIfPossible(damaged)
        if (read instanceof CaptureFormatError) failed++
        // No more comes out than came in.
        else expect(read.reduce((sum, { bytes: { length } }) => sum + length, 0)).toBeLessThan(5000)
      }),
      { numRuns: 2000 },
    )
    expect(failed).toBeGreaterThan(100)
  })
})

it('blocks of any type with any contents give records or an error', () => {
  const lay = new Layout('little-endian')
  const start = bytes(lay.section(), lay.interface(1, 0, lay.option(9, Uint8Array.of(9))))
  const block = fc.tuple(fc.integer({ min: 0, max: 11 }), fc.uint8Array({ maxLength: 100 }))
  fc.assert(
    fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
      decodeIfPossible(bytes(start, ...blocks.map(([type, body]) => lay.block(type, body))))
    }),
    { numRuns: 2000 },
  )
})

it('a claimed length takes no memory', () => {
  const lay = new Layout('little-endian')
  const claim = bytes(lay.section(), lay.uint32(6, 2 ** 24, 0))
  const before = process.memoryUsage().arrayBuffers
  const errors = Array.from({ length: 50 }, () => decodeIfPossible(claim))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 22)
  expect(errors[0]).toMatchObject({ code: 'ERR_DPDK_CAPTURE_TRUNCATED', offset: 28 })
})
