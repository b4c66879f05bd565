import { describe, expect, it } from 'vitest'
import { ethernet, Frame, gre, ipv4 } from '../../../lib/packets.js'
import { internetChecksum } from '../../support/frames.js'
import { hex } from '../frames.js'

type Fields = Parameters<typeof gre>[0]
const build = (fields: Fields) =>
  Frame.build(ethernet(), ipv4(), gre({ protocolType: 0x88b5, ...fields }), 'abc')
/** What is behind Ethernet and IPv4. */
const bytes = (of: Frame) => Buffer.from(of.bytes.subarray(34)).toString('hex')
const header = (of: Frame) => {
  if (of.gre === undefined) throw new Error('no header')
  return of.gre
}

describe('a GRE header', () => {
  it.each([
    [{}, '000088b5', 4],
    [{ key: 0x01020304 }, '200088b501020304', 8],
    [{ sequenceNumber: 9 }, '100088b500000009', 8],
    [
      { checksum: 0x1234, reserved1: 5, key: 6, sequenceNumber: 7 },
      'b00088b512340005' + '0000000600000007',
      16,
    ],
    [{ reserved0: 0x7f }, '03f888b5', 4],
  ])('has the bytes of RFC 2890: %j', (fields, expected, length) => {
    const frame = build(fields)
    expect(bytes(frame)).toBe(`${expected}616263`)
    expect(header(frame).headerLength).toBe(length)
    expect(header(frame).toJSON()).toMatchObject(fields)
  })

  it('has a checksum over itself and its payload', () => {
    const frame = build({ hasChecksum: true, key: 1 })
    expect(header(frame).checksum).toBe(internetChecksum(hex('a00088b5 0000 0000 00000001 616263')))
    expect(header(frame).hasValidChecksum()).toBe(true)
    frame.bytes[frame.length - 1] = 0
    expect(header(frame).hasValidChecksum()).toBe(false)
    header(frame).updateChecksum()
    expect(header(frame).hasValidChecksum()).toBe(true)
    header(frame).replaceUint16(2, 0x0800)
    expect(header(frame).hasValidChecksum()).toBe(true)
  })

  it('has nothing to check without one', () => {
    const frame = build({ key: 1 })
    const before = bytes(frame)
    header(frame).updateChecksum()
    header(frame).checksum = 0xffff
    header(frame).sequenceNumber = 0xffff
    expect(bytes(frame)).toBe(before)
    expect(header(frame).hasValidChecksum()).toBe(true)
    header(frame).replaceUint16(2, 0x1234)
    expect(header(frame).protocolType).toBe(0x1234)
  })

  it('is written in place', () => {
    const frame = build({ hasChecksum: true, key: 1, sequenceNumber: 2 })
    header(frame).key = 0xfffffffe
    header(frame).sequenceNumber = 0xfffffffd
    header(frame).checksum = 0xabcd
    expect(header(frame).toJSON()).toMatchObject({
      key: 0xfffffffe,
      sequenceNumber: 0xfffffffd,
      checksum: 0xabcd,
    })
    expect(String(header(frame))).toBe('GREv0, key=0xfffffffe, seq 4294967293, length 19')
  })

  it.each([
    ['another version', 0x0001, 'the GRE header has another version than 0'],
    ['routing', 0x4000, 'the GRE header has fields that RFC 2784 has abolished'],
    ['strict source route', 0x0800, 'the GRE header has fields that RFC 2784 has abolished'],
    ['a key behind the end', 0x3000, 'the packet ends within the GRE header'],
  ])('is refused with %s', (_, flags, fault) => {
    const frame = build({})
    frame.bytes[34] = flags >> 8
    frame.bytes[35] = flags
    expect(frame.gre).toBeUndefined()
    expect(frame.malformed).toBe(fault)
    expect(frame.inner).toBeUndefined()
  })

  it('is not built with a checksum that is not there', () => {
    expect(() => gre({ hasChecksum: false, checksum: 1 })).toThrow(/gre\.hasChecksum must be true/)
  })
})
