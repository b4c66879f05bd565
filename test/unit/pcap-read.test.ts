// Reading captures: formats laid by hand, and what is refused.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DpdkError } from '../../lib/errors.js'
import {
  type CaptureBlock,
  CaptureFormatError,
  decodeCapture,
  encodeCapture,
  LinkType,
  readCaptureFile,
} from '../../lib/pcap/index.js'
import { useTemporaryFolder } from '../support/eal.js'
import { BYTE_ORDERS, bytes, frame, Layout, variedCapture } from './pcap-blocks.js'

const folder = useTemporaryFolder()
const lay = new Layout('little-endian')

function failure(read: () => unknown): CaptureFormatError {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureFormatError)
    return error as CaptureFormatError
  }
  throw new Error('it was read')
}

describe('the package', () => {
  it('exports it, and loads no addon with it', () => {
    const script = `
      import { decodeCapture, encodeCapture } from 'dpdk-node/pcap'
      import { readFileSync } from 'node:fs'
      const [{ timestamp }] = decodeCapture(encodeCapture([{ bytes: new Uint8Array(1), timestamp: 7n }]))
      console.log(timestamp, /\\.node$/m.test(readFileSync('/proc/self/maps', 'utf8')))`
    const project = fileURLToPath(new URL('../..', import.meta.url))
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: project })
    expect(output.toString()).toBe('7n false\n')
  })
})

describe.each(BYTE_ORDERS)('a pcap file, %s', (order) => {
  const ordered = new Layout(order)

  it.each([
    { magic: 0xa1b2c3d4, unit: 'microseconds', timestamp: 1_700_000_000_000_000_007_000n / 1000n },
    { magic: 0xa1b23c4d, unit: 'nanoseconds', timestamp: 1_700_000_000_000_000_007n },
  ])('of $unit', ({ magic, unit, timestamp }) => {
    const file = bytes(
      ordered.pcapHeader(magic, 101),
      ordered.uint32(1_700_000_000, 7, 3, 1500),
      Uint8Array.of(1, 2, 3),
      ordered.uint32(0xffffffff, 0, 0, 0),
    )
    const [first, second, ...others] = decodeCapture(file)
    expect(first).toMatchObject({
      bytes: Uint8Array.of(1, 2, 3),
      timestamp: unit === 'nanoseconds' ? timestamp : 1_700_000_000_000_007_000n,
      originalLength: 1500,
      linkType: LinkType.RAW,
      interface: {
        index: 0,
        linkType: 101,
        snapLength: 65_535,
        section: { format: 'pcap', byteOrder: order },
      },
      comments: [],
    })
    // Seconds have no sign.
    expect(second).toMatchObject({ bytes: new Uint8Array(), timestamp: 4_294_967_295_000_000_000n })
    expect(second?.interface).toBe(first?.interface)
    expect(others).toEqual([])
  })

  it('whose link type tells the length of frame check sequences, too', () => {
    const file = bytes(ordered.pcapHeader(0xa1b2c3d4, 0x24000001), ordered.uint32(0, 0, 0, 0))
    expect(decodeCapture(file)[0]?.linkType).toBe(LinkType.ETHERNET)
  })
})

describe.each(BYTE_ORDERS)('a pcapng file, %s', (order) => {
  const blocks: CaptureBlock[] = []
  const records = decodeCapture(variedCapture(order), { onBlock: (block) => blocks.push(block) })

  it('gives the packets of all kinds of blocks', () => {
    const seen = records.map(
      ({ bytes: { length }, timestamp, originalLength, linkType, interface: { name } }) => [
        name,
        linkType,
        timestamp,
        length,
        originalLength,
      ],
    )
    expect(seen).toEqual([
      ['micro', 1, 1_700_000_000_123_456_000n, 40, 40],
      ['nano', 1, 1_700_000_000_123_456_789n, 61, 1500],
      ['binary', 101, 1_700_000_001_500_000_000n, 20, 20],
      ['offset', 1, 1_700_000_001_500_000_000n, 62, 62],
      ['micro', 1, undefined, 40, 100],
      ['micro', 1, undefined, 21, 21],
      ['offset', 1, 1_700_000_002_500_000_000n, 63, 63],
      ['nano', 1, 1_700_000_000_123_456_790n, 64, 64],
    ])
    expect(records[1]?.bytes).toEqual(frame(61))
    expect(records[4]?.bytes).toEqual(frame(40))
    expect(records[6]?.bytes).toEqual(frame(63))
  })

  it('gives what is known about packets', () => {
    expect(records[1]).toMatchObject({
      comments: ['first', 'second'],
      flags: {
        direction: 'outbound',
        reception: 'unicast',
        frameCheckSequenceLength: 4,
        checksumNotReady: false,
        checksumValid: true,
        segmentationOffloaded: true,
        errors: 0x105,
      },
      queue: 6,
      packetId: 5n,
      dropCount: 4n,
    })
    expect(records[6]).toMatchObject({ flags: { direction: 'inbound' }, dropCount: 9n })
    expect(records[7]?.dropCount).toBeUndefined()
    expect(records[0]).toMatchObject({
      comments: [],
      flags: undefined,
      queue: undefined,
      packetId: undefined,
    })
  })

  it('describes interfaces and their section', () => {
    const [micro, , binary, offset] = [0, 1, 2, 3].map((index) => records[index]?.interface)
    expect(micro).toMatchObject({
      index: 0,
      snapLength: 40,
      ticksPerSecond: 1_000_000n,
      comments: ['about it'],
    })
    expect(binary).toMatchObject({ index: 2, ticksPerSecond: 2n ** 20n })
    expect(offset).toMatchObject({
      description: 'starts later',
      filter: 'icmp or arp',
      hardware: 'a card',
      operatingSystem: 'another system',
      macAddress: '02:00:00:00:00:09',
      speed: 10_000_000_000n,
    })
    expect(micro?.section).toEqual({
      index: 0,
      format: 'pcapng',
      byteOrder: order,
      hardware: 'a machine',
      operatingSystem: 'a system',
      application: 'an application',
      comments: ['a comment'],
    })
    expect(offset?.section).toBe(micro?.section)
    expect(records[5]?.interface).toBe(micro)
  })

  it('hands over what is no packet', () => {
    expect(blocks.map(({ kind }) => kind)).toEqual([
      'section',
      ...Array(4).fill('interface'),
      ...Array(4).fill('other'),
      'interface-statistics',
    ])
    expect(blocks.flatMap((block) => (block.kind === 'other' ? [block.type] : []))).toEqual([
      4, 10, 0xbad, 0x80000123,
    ])
    expect(blocks[8]).toMatchObject({
      body: bytes(Buffer.from('local\0\0\0')),
      section: { byteOrder: order },
    })
    expect(blocks[9]).toMatchObject({
      interface: { name: 'nano' },
      timestamp: 1_700_000_002_000_000_000n,
      startTime: 1_700_000_000_000_000_000n,
      endTime: undefined,
      received: 2n,
      dropped: 1n,
      comments: ['counted'],
    })
  })
})

describe('pcapng', () => {
  it('has sections of different byte orders, each with its own interfaces', () => {
    const file = bytes(...BYTE_ORDERS.map(variedCapture), variedCapture('little-endian'))
    const records = decodeCapture(file)
    expect(records).toHaveLength(24)
    expect(records.map(({ interface: source }) => source.section.index)).toEqual(
      [0, 1, 2].flatMap((n) => Array(8).fill(n)),
    )
    expect(records[8]?.interface).toMatchObject({ index: 0, section: { byteOrder: 'big-endian' } })
    expect(records[8]).toMatchObject({ timestamp: records[0]?.timestamp, bytes: records[0]?.bytes })
  })

  it('cuts off what is finer than nanoseconds, also of a resolution of 2 to the power of -127', () => {
    const resolutions = [12, 0x80 | 33, 127, 0xff, 0, 0x80]
    const file = bytes(
      lay.section(),
      ...resolutions.map((resolution) => lay.interface(1, 0, lay.option(9, Uint8Array.of(resolution)))),
      ...resolutions.map((_, source) => lay.enhancedPacket({ source, ticks: 1_700_000_001_999n }, frame(1))),
    )
    expect(decodeCapture(file).map(({ timestamp }) => timestamp)).toEqual([
      1_700_000_001n,
      (1_700_000_001_999n * 1_000_000_000n) >> 33n,
      0n,
      0n,
      1_700_000_001_999_000_000_000n,
      1_700_000_001_999_000_000_000n,
    ])
  })

  it('has times before the epoch, by an offset', () => {
    const before = BigInt.asUintN(64, -2n)
    const file = bytes(
      lay.section(),
      lay.interface(1, 0, lay.option(14, lay.uint64(before))),
      lay.enhancedPacket({ ticks: 500_000n }, frame(1)),
    )
    expect(decodeCapture(file)[0]?.timestamp).toBe(-1_500_000_000n)
  })

  it('ends texts at a zero byte, and takes what is no UTF-8 for U+FFFD', () => {
    const file = bytes(
      lay.section(lay.option(4, 'name\0rubbish')),
      lay.interface(1, 0),
      lay.enhancedPacket({}, frame(1), lay.option(1, Uint8Array.of(0x61, 0xff))),
    )
    expect(decodeCapture(file)[0]).toMatchObject({
      comments: ['a\ufffd'],
      interface: { section: { application: 'name' } },
    })
  })

  it('treats version 1.2 as 1.0', () => {
    const file = bytes(lay.section(), lay.interface(1, 0), lay.enhancedPacket({}, frame(1)))
    file[14] = 2
    expect(decodeCapture(file)).toHaveLength(1)
  })

  it('never has packets longer than they were', () => {
    const file = bytes(lay.section(), lay.interface(1, 0), lay.enhancedPacket({ length: 5 }, frame(20)))
    expect(decodeCapture(file)[0]?.originalLength).toBe(20)
  })
})

describe('records', () => {
  it('have bytes of their own', () => {
    const file = bytes(lay.section(), lay.interface(1, 0), lay.enhancedPacket({}, frame(20)))
    const record = decodeCapture(file)[0]
    file.fill(0)
    expect(record?.bytes).toEqual(frame(20))
    expect(record?.bytes.buffer.byteLength).toBe(20)
    expect(record?.bytes.constructor).toBe(Uint8Array)
  })
})

describe('a capture that cannot be read', () => {
  const start = bytes(lay.section(), lay.interface(1, 0))
  const at = start.length

  it.each([
    ['nothing', new Uint8Array(), 'ERR_DPDK_CAPTURE_TRUNCATED', 0, 'found 0 bytes, then the end'],
    ['two bytes', Uint8Array.of(0x0a, 0x0d), 'ERR_DPDK_CAPTURE_TRUNCATED', 0, 'found 2 bytes, then the end'],
    ['text', Buffer.from('#!/bin/sh'), 'ERR_DPDK_CAPTURE_UNKNOWN_FORMAT', 0, 'begins with 23212f62'],
    [
      "Kuznetzov's variant",
      lay.pcapHeader(0xa1b2cd34),
      'ERR_DPDK_CAPTURE_UNSUPPORTED',
      0,
      "found Kuznetzov's variant of pcap",
    ],
    [
      'a capture of snoop',
      Buffer.from('snoop\0\0\0'),
      'ERR_DPDK_CAPTURE_UNSUPPORTED',
      0,
      'found a capture of snoop',
    ],
    [
      'pcap 2.2',
      lay.pcapHeader(0xa1b2c3d4, 1, [2, 2]),
      'ERR_DPDK_CAPTURE_UNSUPPORTED',
      0,
      'expected pcap of version 2.4; found version 2.2',
    ],
    [
      'a pcap record of 4 GiB',
      bytes(lay.pcapHeader(0xa1b2c3d4), lay.uint32(0, 0, 0xffffffff, 60)),
      'ERR_DPDK_CAPTURE_TOO_LARGE',
      24,
      'at byte 24: expected a record of at most 16777216 bytes; found one that claims to have 4294967295',
    ],
    [
      'a pcap record that is cut off',
      bytes(lay.pcapHeader(0xa1b2c3d4), lay.uint32(0, 0, 60, 60), frame(59)),
      'ERR_DPDK_CAPTURE_TRUNCATED',
      24,
      'expected a record of 76 bytes; found 75 bytes, then the end',
    ],
    [
      'a pcapng block of 4 GiB',
      bytes(start, lay.uint32(6, 0xfffffffc, 0)),
      'ERR_DPDK_CAPTURE_TOO_LARGE',
      at,
      `at byte ${at}: expected a block of 12 to 16777216 bytes, a multiple of 4; found one that claims to have 4294967292`,
    ],
    [
      'a block of 8 bytes',
      bytes(start, lay.uint32(6, 8, 8)),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at,
      'claims to have 8',
    ],
    [
      'a block of 13 bytes',
      bytes(start, lay.uint32(6, 13, 0)),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at,
      'a multiple of 4',
    ],
    [
      'two lengths that differ',
      bytes(start, lay.uint32(9, 16, 0, 20)),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at,
      'expected the block to end with its length, 16; found 20',
    ],
    [
      'a wrong byte-order magic',
      bytes(lay.uint32(0x0a0d0d0a, 28, 0x12345678), new Uint8Array(16)),
      'ERR_DPDK_CAPTURE_MALFORMED',
      0,
      'found 78563412',
    ],
    [
      'pcapng 2.0',
      lay.block(0x0a0d0d0a, lay.uint32(0x1a2b3c4d), lay.uint16(2, 0), lay.uint64(0n)),
      'ERR_DPDK_CAPTURE_UNSUPPORTED',
      0,
      'found version 2.0',
    ],
    [
      'a packet of an interface that is not there',
      bytes(start, lay.enhancedPacket({ source: 1 }, frame(4))),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at,
      'one of the 1 interfaces that the section described so far; found number 1',
    ],
    [
      'an interface of the section before',
      bytes(start, lay.section(), lay.simplePacket(1, frame(4))),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at + 28,
      'one of the 0 interfaces',
    ],
    [
      'a packet longer than its block',
      bytes(start, lay.block(6, lay.uint32(0, 0, 0, 100, 100), frame(40))),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at,
      "expected 100 bytes more at byte 20 of the block's contents; found 40 to its end",
    ],
    [
      'a block too short for its fields',
      bytes(start, lay.block(6, lay.uint32(0, 0))),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at,
      'found 0 to its end',
    ],
    [
      'an option longer than its block',
      bytes(start, lay.enhancedPacket({}, frame(4), lay.uint16(1, 9), lay.uint32(0))),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at,
      'expected 9 bytes more',
    ],
    [
      'an option of a wrong length',
      bytes(start, lay.interface(1, 0, lay.option(9, 'ab'))),
      'ERR_DPDK_CAPTURE_MALFORMED',
      at,
      'expected option 9 to have 1 bytes; found 2',
    ],
  ] as const)('%s', (_, file, code, offset, message) => {
    const error = failure(() => decodeCapture(file, { onBlock: () => {} }))
    expect(error).toMatchObject({ name: 'CaptureFormatError', code, offset, file: undefined })
    expect(error).toBeInstanceOf(DpdkError)
    expect(error.message).toContain(message)
    expect(error.message).toBe(
      `the capture, at byte ${offset}: expected ${error.expected}; found ${error.received}`,
    )
  })

  it('has too many interfaces', () => {
    const source = lay.interface(1, 0)
    const file = bytes(lay.section(), new Uint8Array(Buffer.alloc(source.length * 65_537, source)))
    const error = failure(() => decodeCapture(file))
    expect(error).toMatchObject({ code: 'ERR_DPDK_CAPTURE_TOO_LARGE', offset: 28 + 65_536 * source.length })
  })

  it('names its file', () => {
    const file = path.join(folder, 'cut.pcapng')
    writeFileSync(file, bytes(start, lay.enhancedPacket({}, frame(60)).subarray(0, -1)))
    const error = failure(() => readCaptureFile(file))
    expect(error).toMatchObject({ code: 'ERR_DPDK_CAPTURE_TRUNCATED', file, offset: at })
    expect(error.message).toContain(`${file}, at byte ${at}: expected a record of 92 bytes; found 91 bytes`)
    expect(error.hint).toContain("truncated: 'end'")
  })

  it('is not there', () => {
    expect(() => readCaptureFile(path.join(folder, 'none.pcap'))).toThrow(/ENOENT/)
  })
})

describe('a capture that is cut off', () => {
  const whole = bytes(lay.section(), lay.interface(1, 0), lay.enhancedPacket({}, frame(60)))

  it.each([0, 3, 11, whole.length - 1])('just ends after %i bytes, if that is asked for', (length) => {
    const file = bytes(whole, whole.subarray(0, length))
    expect(decodeCapture(file, { truncated: 'end' })).toHaveLength(1)
    expect(decodeCapture(whole.subarray(0, length), { truncated: 'end' })).toEqual([])
  })
})

describe('maximumBlockLength', () => {
  it('decides what is too long', () => {
    const file = encodeCapture([{ bytes: frame(2000), timestamp: 0n }])
    expect(failure(() => decodeCapture(file, { maximumBlockLength: 1024 }))).toMatchObject({
      code: 'ERR_DPDK_CAPTURE_TOO_LARGE',
    })
    expect(decodeCapture(file, { maximumBlockLength: 2032 })).toHaveLength(1)
  })
})
