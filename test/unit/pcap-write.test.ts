// Writing captures, and what is refused.

import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type CaptureBlock,
  type CaptureRecordInput,
  decodeCapture,
  encodeCapture,
  LinkType,
  readCaptureFile,
  writeCaptureFile,
} from '../../lib/pcap/index.js'
import { useTemporaryFolder } from '../support/eal.js'
import { frame } from './pcap-blocks.js'

const folder = useTemporaryFolder()

describe('a capture that is written', () => {
  const record = { bytes: frame(60), timestamp: 1_700_000_000_123_456_789n }

  it('has what the options say about it', () => {
    const options = { comments: ['one', 'two'], hardware: 'h', operatingSystem: 'o', application: 'a' }
    const [read] = decodeCapture(encodeCapture([record], options))
    expect(read?.interface.section).toMatchObject({
      ...options,
      format: 'pcapng',
      byteOrder: 'little-endian',
    })
  })

  it('has an interface for each object, in the order of their first packets behind those of the options', () => {
    const [a, b, c] = [{ name: 'same' }, { name: 'same' }, { name: 'c', linkType: LinkType.RAW }]
    const sources = [c, b, undefined, c, b]
    const file = encodeCapture(
      sources.map((source) => ({ ...record, interface: source })),
      { interfaces: [a] },
    )
    const read = decodeCapture(file)
    expect(read.map(({ interface: { index } }) => index)).toEqual([1, 2, 0, 1, 2])
    expect(read.map(({ linkType }) => linkType)).toEqual([101, 1, 1, 101, 1])
  })

  it.each([
    { format: 'pcapng', precision: 'nanoseconds', timestamp: record.timestamp },
    { format: 'pcapng', precision: 'microseconds', timestamp: 1_700_000_000_123_456_000n },
    { format: 'pcap', precision: 'nanoseconds', timestamp: record.timestamp },
    { format: 'pcap', precision: 'microseconds', timestamp: 1_700_000_000_123_456_000n },
  ] as const)('$format has $precision', ({ timestamp, ...options }) => {
    expect(decodeCapture(encodeCapture([record], options))[0]?.timestamp).toBe(timestamp)
  })

  it.each(['pcapng', 'pcap'] as const)('%s cuts packets at the shorter snap length', (format) => {
    const lengths = (snapLength: number | undefined, ofInterface: number | undefined, size = 60) => {
      const source = { snapLength: ofInterface }
      const options = { format, ...(snapLength === undefined ? {} : { snapLength }) }
      const [read] = decodeCapture(
        encodeCapture([{ bytes: frame(size), timestamp: 0n, interface: source }], options),
      )
      return [read?.bytes.length, read?.originalLength, read?.interface.snapLength]
    }
    expect(lengths(40, undefined)).toEqual([40, 60, 40])
    expect(lengths(40, 50)).toEqual([40, 60, 40])
    expect(lengths(50, 40)).toEqual([40, 60, 40])
    expect(lengths(undefined, 50)).toEqual([50, 60, 50])
    expect(lengths(50, 0)).toEqual([50, 60, 50])
    expect(lengths(undefined, undefined, 300_000)).toEqual([262_144, 300_000, 262_144])
    expect(lengths(0, undefined, 300_000).slice(0, 2)).toEqual([300_000, 300_000])
  })

  it('pcap has the link type of the first packet, the options, or Ethernet', () => {
    const linkType = (items: CaptureRecordInput[], options = {}) => {
      const file = encodeCapture(items, { format: 'pcap', ...options })
      return new DataView(file.buffer).getUint32(20, true)
    }
    expect(linkType([{ ...record, interface: { linkType: 228 } }])).toBe(228)
    expect(linkType([], { linkType: 101 })).toBe(101)
    expect(linkType([], { interfaces: [{ linkType: 113 }] })).toBe(113)
    expect(linkType([])).toBe(1)
  })

  it('has statistics, in pcapng', () => {
    const source = { name: 'left' }
    const statistics = {
      kind: 'interface-statistics',
      interface: source,
      timestamp: 5n,
      startTime: 1n,
      endTime: 4n,
      received: 10n,
      dropped: 2n,
      acceptedByFilter: 7n,
      droppedBySystem: 1n,
      delivered: 6n,
      comments: ['at the end'],
    } as const
    const blocks: CaptureBlock[] = []
    const items = [{ ...record, interface: source }, statistics]
    decodeCapture(encodeCapture(items), { onBlock: (block) => blocks.push(block) })
    expect(blocks.at(-1)).toEqual({ ...statistics, interface: expect.objectContaining(source) })
    expect(decodeCapture(encodeCapture(items, { format: 'pcap' }))).toHaveLength(1)
  })

  it('is a file', () => {
    const file = path.join(folder, 'written.pcapng')
    writeCaptureFile(file, [record])
    expect(readCaptureFile(file)).toMatchObject([record])
    expect(readCaptureFile(new URL(`file://${file}`))).toMatchObject([record])
  })
})

describe('a wrong argument', () => {
  const record = { bytes: frame(60), timestamp: 0n }
  const encode =
    (item: object, options = {}) =>
    () =>
      encodeCapture([{ ...record, ...item }], options)

  const refused: [() => unknown, string, string][] = [
    [() => encodeCapture(5 as never), 'ERR_INVALID_ARG_TYPE', 'items must be an iterable of records'],
    [() => encodeCapture([null as never]), 'ERR_INVALID_ARG_TYPE', 'item must be a record or statistics'],
    [
      () => encodeCapture([], { fromat: 'pcap' } as never),
      'ERR_INVALID_ARG_VALUE',
      'options.fromat is not an option',
    ],
    [() => encodeCapture([], { format: 'snoop' } as never), 'ERR_INVALID_ARG_VALUE', "'pcapng' or 'pcap'"],
    [() => encodeCapture([], { linkType: 70_000 }), 'ERR_OUT_OF_RANGE', 'options.linkType'],
    [
      () => encodeCapture([], { interfaces: [{ speed: 5 }] } as never),
      'ERR_INVALID_ARG_TYPE',
      'options.interfaces[0].speed',
    ],
    [encode({ bytes: [1, 2] }), 'ERR_INVALID_ARG_TYPE', 'record.bytes must be a Uint8Array'],
    [
      encode({ timestamp: 5 }),
      'ERR_INVALID_ARG_TYPE',
      'Milliseconds become BigInt(milliseconds) * 1_000_000n',
    ],
    [encode({ timestamp: -1n }), 'ERR_OUT_OF_RANGE', 'record.timestamp'],
    [encode({ timestamp: 2n ** 64n }), 'ERR_OUT_OF_RANGE', 'record.timestamp'],
    [encode({ timestamp: 2n ** 32n * 10n ** 9n }, { format: 'pcap' }), 'ERR_OUT_OF_RANGE', 'the year 2106'],
    [
      encode({ timestamp: undefined }, { format: 'pcap' }),
      'ERR_INVALID_ARG_VALUE',
      'a bigint in a pcap file',
    ],
    [encode({ timestamp: undefined, comments: ['x'] }), 'ERR_INVALID_ARG_VALUE', 'without options'],
    [encode({ timestamp: undefined, originalLength: 61 }), 'ERR_INVALID_ARG_VALUE', 'record.timestamp'],
    [encode({ originalLength: 59 }), 'ERR_OUT_OF_RANGE', 'record.originalLength must be an integer from 60'],
    [encode({ comments: 'x' }), 'ERR_INVALID_ARG_TYPE', 'record.comments must be an array'],
    [encode({ comments: ['x\0'] }), 'ERR_INVALID_ARG_VALUE', 'record.comments[0]'],
    [encode({ comments: ['ö'.repeat(32_768)] }), 'ERR_OUT_OF_RANGE', 'fewer than 65535 bytes'],
    [encode({ interface: 'eth0' }), 'ERR_INVALID_ARG_TYPE', 'record.interface must be an object'],
    [encode({ interface: { name: 5 } }), 'ERR_INVALID_ARG_TYPE', 'record.interface.name'],
    [encode({ interface: { macAddress: '02:00' } }), 'ERR_INVALID_ARG_VALUE', 'record.interface.macAddress'],
    [encode({ interface: { macAddress: frame(6) } }), 'ERR_INVALID_ARG_TYPE', 'a MAC address'],
    [
      encode({ interface: { snapLength: -1 } }, { format: 'pcap' }),
      'ERR_OUT_OF_RANGE',
      'record.interface.snapLength',
    ],
    [encode({ flags: { direction: 'up' } }), 'ERR_INVALID_ARG_VALUE', "'inbound' or 'outbound'"],
    [encode({ flags: { fcs: 4 } }), 'ERR_INVALID_ARG_VALUE', 'record.flags.fcs is not an option'],
    [encode({ queue: -1 }), 'ERR_OUT_OF_RANGE', 'record.queue'],
    [encode({ packetId: 5 }), 'ERR_INVALID_ARG_TYPE', 'record.packetId must be a bigint'],
    [
      () => encodeCapture([{ kind: 'interface-statistics', timestamp: 0n, received: 5 } as never]),
      'ERR_INVALID_ARG_TYPE',
      'statistics.received',
    ],
    [() => decodeCapture('x' as never), 'ERR_INVALID_ARG_TYPE', 'bytes must be a Uint8Array'],
    [
      () => decodeCapture(frame(1), { truncated: 'yes' } as never),
      'ERR_INVALID_ARG_VALUE',
      "'error' or 'end'",
    ],
    [
      () => decodeCapture(frame(1), { maximumBlockLength: 5 }),
      'ERR_OUT_OF_RANGE',
      'options.maximumBlockLength',
    ],
    [() => readCaptureFile(''), 'ERR_INVALID_ARG_VALUE', 'path must be'],
  ]

  it.each(refused.map(([call, code, message]) => ({ call, code, message })))(
    '$message',
    ({ call, code, message }) => {
      expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
    },
  )

  it('a second link type in a pcap file', () => {
    const items = [record, { ...record, interface: { linkType: LinkType.RAW } }]
    expect(() => encodeCapture(items, { format: 'pcap' })).toThrow(/must be 1, as that of the records before/)
  })
})
