import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ethernet,
  Frame,
  ipv4,
  payload,
  type TcpFields,
  type TcpHeader,
  type TcpOption,
  tcp,
} from '../../../lib/packets.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'

/** A SYN of Linux: MSS 1460, SACK permitted, timestamps, NOP, window scale 7. Its checksums are 0. */
const SYN = Uint8Array.from(
  Buffer.from(
    [
      '020000000002 020000000001 0800',
      '4500003c 1c464000 40060000 c0000201 c6336401',
      'c0000050 39a5f1dc 00000000 a002faf0 00000000',
      '020405b4 0402 080a000186a000000000 01 030307',
    ]
      .join('')
      .replaceAll(' ', ''),
    'hex',
  ),
)

function syn(): { frame: Frame; header: TcpHeader } {
  const frame = new Frame(SYN)
  const header = frame.tcp
  if (header === undefined) throw new Error(`no TCP header: ${frame.malformed}`)
  return { frame, header }
}

function build(fields: Partial<TcpFields>, content: Uint8Array | string = ''): Frame {
  return Frame.build(ethernet(), ipv4(), tcp(fields), payload(content))
}

describe('a TCP header', () => {
  it('has every field of a SYN', () => {
    const { header } = syn()
    expect(header.toJSON()).toEqual({
      sourcePort: 49152,
      destinationPort: 80,
      sequenceNumber: 0x39a5f1dc,
      acknowledgementNumber: 0,
      reserved: 0,
      ...{ ae: false, cwr: false, ece: false, urg: false, ack: false, psh: false, rst: false, syn: true },
      fin: false,
      window: 64240,
      checksum: 0,
      urgentPointer: 0,
      options: [
        { kind: 'maximumSegmentSize', value: 1460 },
        { kind: 'sackPermitted' },
        { kind: 'timestamps', value: 100_000, echo: 0 },
        { kind: 'nop' },
        { kind: 'windowScale', shift: 7 },
      ],
    })
    expect([header.headerLength, header.dataOffset, header.flags]).toEqual([40, 10, 2])
    expect([header.maximumSegmentSize, header.windowScale, header.sackPermitted]).toEqual([1460, 7, true])
    expect([header.timestampValue, header.timestampEcho]).toEqual([100_000, 0])
  })

  it('has no values of options that are not there', () => {
    const header = build({ options: [{ kind: 'nop' }] }).tcp
    expect([header?.maximumSegmentSize, header?.windowScale, header?.sackPermitted]).toEqual([
      undefined,
      undefined,
      false,
    ])
    expect([header?.timestampValue, header?.timestampEcho]).toEqual([undefined, undefined])
  })

  it.each(['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ae'] as const)(
    'sets and clears %s',
    (name) => {
      const { header } = syn()
      for (const others of [0, 0xfff]) {
        header.flags = others
        header[name] = true
        expect(header[name]).toBe(true)
        header[name] = false
        expect(header[name]).toBe(false)
        expect(header.toJSON()).toMatchObject({ [name]: false, window: 64240, reserved: others >> 9 })
        expect(header.dataOffset).toBe(10)
      }
    },
  )

  it('sets numbers, and leaves what is beside them', () => {
    const { frame, header } = syn()
    header.sourcePort = 0x0102
    header.destinationPort = 0x0304
    header.sequenceNumber = 0xfedcba98
    header.acknowledgementNumber = 0x87654321
    header.flags = 0x0112
    header.window = 0x1234
    header.checksum = 0xabcd
    header.urgentPointer = 0x5678
    const expected = '01020304fedcba98' + '87654321a1121234' + 'abcd5678'
    expect(Buffer.from(frame.bytes.subarray(34, 54)).toString('hex')).toBe(expected)
    expect([...frame.bytes.subarray(54)]).toEqual([...SYN.subarray(54)])
    expect([header.sequenceNumber, header.acknowledgementNumber]).toEqual([0xfedcba98, 0x87654321])
    expect([header.flags, header.window, header.urgentPointer]).toEqual([0x0112, 0x1234, 0x5678])
  })

  it('replaces ports with the checksum kept right, or wrong', () => {
    for (const wrong of [0, 1]) {
      const { header } = syn()
      header.updateChecksum()
      header.checksum ^= wrong
      header.replaceSourcePort(65535)
      header.replaceDestinationPort(1)
      expect([header.sourcePort, header.destinationPort]).toEqual([65535, 1])
      expect(header.hasValidChecksum()).toBe(wrong === 0)
    }
  })

  it('is not there when it is cut off or says that it is too short', () => {
    expect(new Frame(SYN.subarray(0, 60)).malformed).toBe('the IPv4 total length exceeds the frame')
    const { frame } = syn()
    frame.bytes[46] = 0x40
    expect(frame.tcp).toBeUndefined()
    expect(frame.malformed).toBe('the TCP header says that it is shorter than 20 bytes')
    frame.bytes[46] = 0xf0
    expect(frame.malformed).toBe('the packet ends within the TCP header')
  })
})

describe('clamping the maximum segment size', () => {
  const options: TcpOption[] = [{ kind: 'maximumSegmentSize', value: 1460 }]

  it.each([0, 1, 2, 3])('lowers it behind %d NOPs, with the checksum kept right', (nops) => {
    const before = Array.from({ length: nops }, (): TcpOption => ({ kind: 'nop' }))
    const frame = build({ syn: true, options: [...before, ...options] }, 'x')
    expect(frame.tcp?.clampMaximumSegmentSize(1219)).toBe(true)
    expect(frame.tcp?.maximumSegmentSize).toBe(1219)
    expect(frame.tcp?.hasValidChecksum()).toBe(true)
    expect(frame.tcp?.options.slice(0, nops)).toEqual(before)
    const expected = build(
      { syn: true, options: [...before, { kind: 'maximumSegmentSize', value: 1219 }] },
      'x',
    )
    expect(frame.toJSON()).toEqual(expected.toJSON())
  })

  it('never raises it, and leaves alone what is no SYN or has no such option', () => {
    for (const fields of [{ syn: true, options }, { ack: true, options }, { syn: true }]) {
      const frame = build(fields)
      const before = Uint8Array.from(frame.bytes)
      expect(frame.tcp?.clampMaximumSegmentSize(fields.options && fields.syn ? 1460 : 100)).toBe(false)
      expect(frame.equals(before)).toBe(true)
    }
  })

  it.each([-1, 65536, 1.5, Number.NaN])('refuses %d', (bytes) => {
    expect(() => syn().header.clampMaximumSegmentSize(bytes)).toThrow(
      /^bytes must be an integer from 0 to 65535/,
    )
  })
})

describe('TCP options', () => {
  const parse = (hex: string) => {
    const header = build({ options: [{ kind: 'malformed', hex }] }).tcp
    return header?.options
  }

  it.each<[string, TcpOption[]]>([
    ['01010101', [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'nop' }, { kind: 'nop' }]],
    ['00000000', [{ kind: 'end' }]],
    ['0000000000000000', [{ kind: 'end', padding: '00000000000000' }]],
    ['01000102', [{ kind: 'nop' }, { kind: 'end', padding: '0102' }]],
    ['020605b40000', [{ kind: 2, hex: '05b40000' }, { kind: 'end' }]],
    ['02010000', [{ kind: 'malformed', hex: '02010000' }]],
    ['01010205', [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'malformed', hex: '0205' }]],
    [
      '01010102',
      [...Array.from({ length: 3 }, (): TcpOption => ({ kind: 'nop' })), { kind: 'malformed', hex: '02' }],
    ],
    [
      '050a00000001fffffffe0000',
      [{ kind: 'sack', blocks: [{ left: 1, right: 0xfffffffe }] }, { kind: 'end' }],
    ],
    ['2204abcd', [{ kind: 34, hex: 'abcd' }]],
    ['1d04abcd', [{ kind: 29, hex: 'abcd' }]],
  ])('reads %s', (hex, expected) => {
    expect(parse(hex)).toEqual(expected)
  })

  it.each([
    [{ kind: 'mss', value: 1 }, /^tcp\.options\[0\]\.kind must be an option's name/],
    [{ kind: 1, hex: '' }, /^tcp\.options\[0\]\.kind must be an integer from 2 to 255/],
    [{ kind: 'windowScale', value: 1 }, /^tcp\.options\[0\]\.value is not an option; known are kind, shift/],
    [{ kind: 'windowScale', shift: 256 }, /^tcp\.options\[0\]\.shift must be an integer from 0 to 255/],
    [{ kind: 'sack', blocks: [{ left: -1 }] }, /^tcp\.options\[0\]\.blocks\[0\]\.left must be/],
    [{ kind: 254, hex: 'xy' }, /^tcp\.options\[0\]\.hex must be bytes/],
    [undefined, /^tcp\.options\[0\] must be an object/],
  ])('refuses to build %j', (option, message) => {
    expect(() => tcp({ options: [option as unknown as TcpOption] })).toThrow(message)
  })

  it('refuses to build more than 40 bytes', () => {
    expect(() => tcp({ options: [{ kind: 254, hex: '00'.repeat(38) }, { kind: 'nop' }] })).toThrow(
      /^tcp\.options must be 40 bytes long at most; received '41 bytes'/,
    )
  })
})

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
const hexDigits = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('hex'))
const option: fc.Arbitrary<TcpOption> = fc.oneof(
  fc.constant<TcpOption>({ kind: 'nop' }),
  fc.constant<TcpOption>({ kind: 'sackPermitted' }),
  fc.record({ kind: fc.constant('maximumSegmentSize' as const), value: uint(16) }),
  fc.record({ kind: fc.constant('windowScale' as const), shift: uint(8) }),
  fc.record({ kind: fc.constant('timestamps' as const), value: uint(32), echo: uint(32) }),
  fc.record({
    kind: fc.constant('sack' as const),
    blocks: fc.array(fc.record({ left: uint(32), right: uint(32) }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constantFrom(9, 28, 34, 200, 200, 200, 255), hex: hexDigits(8) }),
)
const fields: fc.Arbitrary<TcpFields> = fc
  .record({
    ...{ sourcePort: uint(16), destinationPort: uint(16), sequenceNumber: uint(32), reserved: uint(3) },
    ...{ acknowledgementNumber: uint(32), ae: fc.boolean(), cwr: fc.boolean(), ece: fc.boolean() },
    ...{ urg: fc.boolean(), ack: fc.boolean(), psh: fc.boolean(), rst: fc.boolean(), syn: fc.boolean() },
    ...{ fin: fc.boolean(), window: uint(16), checksum: uint(16), urgentPointer: uint(16) },
    options: fc.array(option, { minLength: 1, maxLength: 5 }),
  })
  .filter(({ options }) => sizeOf(options) <= 40)

function sizeOf(options: readonly TcpOption[]): number {
  const size = (each: TcpOption) => {
    if (each.kind === 'sack') return 2 + 8 * (each as { blocks: object[] }).blocks.length
    if ('hex' in each) return 2 + each.hex.length / 2
    return { nop: 1, sackPermitted: 2, maximumSegmentSize: 4, windowScale: 3, timestamps: 10, end: 1 }[
      each.kind as 'nop'
    ]
  }
  return options.reduce((sum, each) => sum + size(each), 0)
}

describe('built TCP headers', () => {
  it('are read as they were given, padded to whole words by an end of the list', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 20 }), (given, content) => {
        const frame = build(given, content)
        const isPadded = sizeOf(given.options ?? []) % 4 !== 0
        const options = [...(given.options ?? []), ...(isPadded ? [{ kind: 'end' }] : [])]
        expect(frame.tcp?.toJSON()).toEqual({ ...given, options })
        expect([...(frame.tcp?.payload ?? [])]).toEqual([...content])
        expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
      }),
    )
  })

  it('are built again with the same bytes, whatever stands in their options', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 40 }), (bytes) => {
        const whole = bytes.subarray(0, bytes.length & ~3)
        const frame = build({ options: [{ kind: 'malformed', hex: Buffer.from(whole).toString('hex') }] })
        expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
      }),
    )
  })

  it('have a checksum that fits, unless it was given', () => {
    expect(build({}, 'odd').tcp?.hasValidChecksum()).toBe(true)
    expect(build({ checksum: 7 }).tcp?.checksum).toBe(7)
    expect(Frame.build(tcp()).length).toBe(20)
  })

  it('refuses what does not fit', () => {
    expect(() => build({ sequenceNumber: 2 ** 32 })).toThrow(
      /^tcp\.sequenceNumber must be an integer from 0 to/,
    )
    expect(() => tcp({ syn: 1 as never })).toThrow(/^tcp\.syn must be true or false/)
    expect(() => tcp({ flags: 2 } as never)).toThrow(/^tcp\.flags is not an option/)
  })
})

describe('hostile TCP headers', () => {
  it('are read without an exception or an access outside the packet', () => {
    const frame = build({ syn: true, urg: true, options: syn().header.options }, 'some content').bytes
    expectBoundedHowever([frame])
  })

  it('stay inside when their header is written over', () => {
    const { frame, header } = syn()
    header.setUint8(12, 0xff)
    expect(header.headerLength).toBe(40)
    header.setUint8(12, 0)
    expect([header.headerLength, header.options.length, header.payload.length]).toEqual([20, 0, 20])
    expect(frame.tcp).toBeUndefined()
  })
})
