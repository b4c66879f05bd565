import { describe, expect, it } from 'vitest'
import { ethernet, Frame, ipv4, mpls } from '../../../lib/packets.js'

const stack = () =>
  Frame.build(ethernet(), mpls({ label: 0xabcde, trafficClass: 5, ttl: 9 }), mpls({ label: 17 }), ipv4())
const top = (of: Frame) => {
  if (of.mpls === undefined) throw new Error('no label')
  return of.mpls
}

describe('an MPLS label stack', () => {
  it('has the bytes of RFC 3032', () => {
    expect(Buffer.from(stack().bytes.subarray(12, 22)).toString('hex')).toBe('8847abcdea0900011140')
  })

  it('is gone through from its top to its bottom', () => {
    const frame = stack()
    expect(top(frame).toJSON()).toEqual({ label: 0xabcde, trafficClass: 5, isBottom: false, ttl: 9 })
    expect(top(frame).next?.toJSON()).toEqual({ label: 17, trafficClass: 0, isBottom: true, ttl: 64 })
    expect(top(frame).next?.next).toBeUndefined()
    expect(String(top(frame).next)).toBe('MPLS (label 17, tc 0, [S], ttl 64)')
  })

  it('carries the same for each of its entries', () => {
    const frame = stack()
    expect(top(frame).next?.inner).toBe(frame.inner)
    expect(frame.inner?.ipv4?.ttl).toBe(64)
  })

  it.each([
    ['IPv6', [0x60], true],
    ['a pseudowire', [0x00], false],
    ['nothing', [], false],
  ])('tells by the first four bits what it carries: %s', (_, first, isThere) => {
    const { inner } = Frame.build(ethernet(), mpls(), Uint8Array.from(first))
    expect(inner !== undefined).toBe(isThere)
    expect(inner?.ipv4).toBeUndefined()
  })

  it('is written in place, each field without the others', () => {
    const frame = stack()
    const entry = top(frame)
    entry.label = 0x54321
    expect(entry.toJSON()).toEqual({ label: 0x54321, trafficClass: 5, isBottom: false, ttl: 9 })
    entry.trafficClass = 2
    entry.ttl = 255
    expect(entry.toJSON()).toEqual({ label: 0x54321, trafficClass: 2, isBottom: false, ttl: 255 })
  })

  it('is not there without a bottom', () => {
    const frame = Frame.build(ethernet(), mpls({ isBottom: false }), mpls({ isBottom: false }))
    expect(frame.mpls).toBeUndefined()
    expect(frame.malformed).toBe('the packet ends within the MPLS label stack')
  })

  it('may be sent to a group', () => {
    expect(Frame.build(ethernet({ etherType: 0x8848 }), mpls({ label: 99 }), ipv4()).mpls?.label).toBe(99)
  })
})
