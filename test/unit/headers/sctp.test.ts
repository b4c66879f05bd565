import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32cOf, crc32cOver } from '../../../lib/packet/crc32c.js'
import {
  ethernet,
  Frame,
  ipv4,
  type SctpChunk,
  type SctpFields,
  type SctpHeader,
  sctp,
  sctpChunk,
} from '../../../lib/packets.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'

function build(fields: Partial<SctpFields>, chunks: readonly Partial<SctpChunk>[] = []): Frame {
  return Frame.build(ethernet(), ipv4(), sctp(fields), ...chunks.map(sctpChunk))
}

function headerOf(frame: Frame): SctpHeader {
  const header = frame.sctp
  if (header === undefined) throw new Error(`no SCTP header: ${frame.malformed}`)
  return header
}

describe('CRC32c', () => {
  // RFC 3720, appendix B.4; the last one is the check value of catalogues.
  it.each([
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    [new TextEncoder().encode('123456789'), 0xe3069283],
  ])('has known values (%#)', (bytes, expected) => {
    expect(crc32cOf(crc32cOver(bytes, 0, bytes.length))).toBe(expected)
  })
})

describe('an SCTP header', () => {
  const chunks = [
    { type: 3, flags: 0, hex: '00000001' },
    { type: 0, flags: 3, hex: '000000010002000300000000ff' },
    { type: 200, flags: 255, hex: '' },
  ]

  it('has its fields and chunks', () => {
    const header = headerOf(
      build({ sourcePort: 36412, destinationPort: 2, verificationTag: 0xfedcba98 }, chunks),
    )
    expect(header.toJSON()).toMatchObject({
      sourcePort: 36412,
      destinationPort: 2,
      verificationTag: 0xfedcba98,
    })
    expect(header.chunks).toEqual([
      { ...chunks[0], length: 8 },
      { ...chunks[1], length: 17 },
      { ...chunks[2], length: 4 },
    ])
    expect([header.headerLength, header.payloadLength]).toEqual([12, 32])
    expect(String(header)).toBe('sctp (1) [SACK] (2) [DATA] (3) [type 200]')
  })

  it('sets fields, and leaves what is beside them', () => {
    const frame = build({}, chunks)
    const header = headerOf(frame)
    const behind = Buffer.from(header.payload).toString('hex')
    header.sourcePort = 0x0102
    header.destinationPort = 0x0304
    header.verificationTag = 0x89abcdef
    header.checksum = 0xfedcba98
    expect(Buffer.from(frame.bytes.subarray(34, 46)).toString('hex')).toBe('0102030489abcdeffedcba98')
    expect([header.verificationTag, header.checksum]).toEqual([0x89abcdef, 0xfedcba98])
    expect(Buffer.from(header.payload).toString('hex')).toBe(behind)
  })

  it('knows whether its checksum fits, and computes it anew', () => {
    const frame = build({}, chunks)
    const header = headerOf(frame)
    const before = header.checksum
    expect(header.hasValidChecksum()).toBe(true)
    for (let at = 34; at < frame.length; at++) {
      frame.bytes[at] = (frame.bytes[at] as number) ^ 0x10
      expect(header.hasValidChecksum(), `with another byte ${at}`).toBe(false)
      frame.bytes[at] = (frame.bytes[at] as number) ^ 0x10
    }
    header.sourcePort = 1
    header.updateChecksum()
    expect(header.hasValidChecksum()).toBe(true)
    expect(header.checksum).not.toBe(before)
  })

  it.each([
    ['says less than its own four bytes', { type: 0, length: 3, hex: '00' }],
    ['goes on behind the packet', { type: 0, length: 9, hex: '00000000' }],
  ])('ends its chunks at one that %s', (_, chunk) => {
    expect(headerOf(build({}, [{ type: 11 }, chunk])).chunks).toEqual([
      { type: 11, flags: 0, length: 4, hex: '' },
    ])
  })

  it('is not there when it is cut off', () => {
    const frame = build({})
    expect(headerOf(frame).chunks).toEqual([])
    const cut = Uint8Array.from(frame.bytes.subarray(0, 45))
    cut[17] = 31
    expect(new Frame(cut).sctp).toBeUndefined()
    expect(new Frame(cut).malformed).toBe('the packet ends within the SCTP header')
  })

  it('is read without an exception or an access outside the packet, whatever it says', () => {
    const frame = build({}, chunks).bytes
    expectBoundedHowever([frame])
  })
})

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
const fields = fc.record({
  ...{ sourcePort: uint(16), destinationPort: uint(16), verificationTag: uint(32), checksum: uint(32) },
})
const chunk = fc.record({
  ...{ type: uint(8), flags: uint(8) },
  hex: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('hex')),
})

describe('built SCTP packets', () => {
  it('are read as they were given', () => {
    fc.assert(
      fc.property(fields, fc.array(chunk, { maxLength: 4 }), (given, chunks) => {
        const frame = build(given, chunks)
        const header = headerOf(frame)
        expect(header.toJSON()).toEqual(given)
        expect(header.chunks).toEqual(chunks.map((each) => ({ ...each, length: 4 + each.hex.length / 2 })))
        expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
      }),
    )
  })

  it('refuse what does not fit', () => {
    expect(() => build({ verificationTag: -1 })).toThrow(
      /^sctp\.verificationTag must be an integer from 0 to/,
    )
    expect(() => build({}, [{ type: 256 }])).toThrow(/^sctpChunk\.type must be an integer from 0 to 255/)
    expect(() => sctpChunk({ value: '' } as never)).toThrow(/^sctpChunk\.value is not an option/)
  })
})

describe('an SCTP packet', () => {
  it('is summarized as tcpdump does', () => {
    const frame = build({}, [{ type: 11 }])
    expect(frame.summary()).toBe('IP 192.0.2.1.49152 > 198.51.100.1.9: sctp (1) [COOKIE ACK]')
  })
})
