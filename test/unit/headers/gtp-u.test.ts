import { describe, expect, it } from 'vitest'
import { ethernet, Frame, gtpU, ipv4, udp } from '../../../lib/packets.js'

type Fields = Parameters<typeof gtpU>[0]
const build = (fields: Fields) => Frame.build(ethernet(), ipv4(), udp(), gtpU(fields), ipv4())
/** Behind Ethernet, IPv4 and UDP. */
const bytes = (of: Frame, length: number) => Buffer.from(of.bytes.subarray(42, 42 + length)).toString('hex')
const header = (of: Frame) => {
  if (of.gtpU === undefined) throw new Error('no header')
  return of.gtpU
}

describe('a GTP-U header', () => {
  it.each([
    [{ teid: 0x01020304 }, '30ff001401020304'],
    [{ sequenceNumber: 0x1234 }, '32ff0018000000011234' + '0000'],
    [{ npduNumber: 0x56 }, '31ff001800000001' + '00005600'],
    [{ extensionHeaders: [] }, '34ff001800000001' + '00000000'],
    [{ extensionHeaders: [{ type: 0x85, hex: '0009' }] }, '34ff001c00000001' + '00000085' + '01000900'],
    [
      {
        extensionHeaders: [
          { type: 0x40, hex: '0868' },
          { type: 0xc0, hex: '010203040506' },
        ],
      },
      '34ff002400000001' + '00000040' + '010868c0' + '0201020304050600',
    ],
  ])('has the bytes of TS 29.281: %j', (fields, expected) => {
    const frame = build(fields)
    expect(bytes(frame, expected.length / 2)).toBe(expected)
    expect(header(frame).headerLength).toBe(expected.length / 2)
    expect(header(frame).toJSON()).toMatchObject(fields)
    expect(frame.inner?.ipv4?.ttl).toBe(64)
  })

  it('is behind either port 2152: an answer comes from there', () => {
    const answer = Frame.build(
      ethernet(),
      ipv4(),
      udp({ sourcePort: 2152, destinationPort: 5 }),
      gtpU({ messageType: 2 }),
    )
    expect(answer.gtpU?.messageType).toBe(2)
    expect(String(answer.gtpU)).toBe('GTP-U echo response, teid 0x1, length 0')
    expect(answer.inner).toBeUndefined()
  })

  it('carries a packet only in messages of type 255', () => {
    expect(build({ messageType: 254 }).inner).toBeUndefined()
  })

  it('is written in place', () => {
    const frame = build({ sequenceNumber: 1 })
    header(frame).teid = 0xfffffffe
    header(frame).messageType = 26
    header(frame).sequenceNumber = 0xabcd
    expect(header(frame).toJSON()).toEqual({
      messageType: 26,
      length: 24,
      teid: 0xfffffffe,
      sequenceNumber: 0xabcd,
    })
    const without = build({})
    header(without).sequenceNumber = 0xffff
    expect(without.equals(build({}))).toBe(true)
  })

  it.each([
    ['another version', 42, 0x50, 'the GTP-U header has another version'],
    ["GTP'", 42, 0x20, 'the GTP-U header has another version'],
    ['a length beyond the datagram', 44, 0x02, 'the GTP-U length exceeds the UDP payload'],
    ['an extension header without length', 54, 0x00, 'a GTP-U extension header has no length'],
    ['an extension header beyond the length', 54, 0x09, 'the GTP-U header exceeds its length, or the packet'],
  ])('is refused with %s', (_, at, value, fault) => {
    const frame = build({ extensionHeaders: [{ type: 0x85, hex: '0009' }] })
    frame.bytes[at] = value
    expect(frame.gtpU).toBeUndefined()
    expect(frame.malformed).toBe(fault)
  })

  it.each([
    [
      { extensionHeaders: [{ type: 0x85, hex: '00' }] },
      /gtpU\.extensionHeaders\[0\]\.hex must be a multiple of four/,
    ],
    [{ extensionHeaders: [{ type: 0, hex: '0000' }] }, /gtpU\.extensionHeaders\[0\]\.type/],
    [{ teid: 2 ** 32 }, /gtpU\.teid/],
  ])('is not built of %j', (fields, message) => {
    expect(() => build(fields)).toThrow(message)
  })
})
