import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ethernet } from '../../../lib/packet/builders/ethernet.js'
import { ipv6 } from '../../../lib/packet/builders/ipv6.js'
import { fragment, hopByHop, mobility, routing } from '../../../lib/packet/builders/ipv6-extensions.js'
import { udp } from '../../../lib/packet/builders/udp.js'
import { Frame } from '../../../lib/packet/frame.js'
import { formatIpv6Address, parseIpv6Address } from '../../../lib/packet/ip-address.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'
import { hex } from '../frames.js'

// Version 6, DSCP 46, ECN 1, flow label 0xabcde; payload length 9, UDP, hop limit 63.
const HEADER = '6b9abcde 0009 11 3f 20010db8000000000000000000000001 20010db8000100000000000000000002'
const frame = hex(`020000000002 020000000001 86dd ${HEADER} c000 0009 0009 0000 41`)

function ipv6Of(bytes: Uint8Array) {
  const found = new Frame(bytes).ipv6
  if (found === undefined) throw new Error('not found')
  return found
}

const addresses = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatIpv6Address(bytes))

const fields = fc.record({
  dscp: fc.nat(63),
  ecn: fc.nat(3),
  flowLabel: fc.nat(0xfffff),
  nextHeader: fc.constantFrom(6, 17, 50, 58, 59, 99, 255),
  hopLimit: fc.nat(255),
  source: addresses,
  destination: addresses,
})

describe('the IPv6 header', () => {
  it('is read', () => {
    const found = ipv6Of(frame)
    expect(found.toJSON()).toEqual({
      dscp: 46,
      ecn: 1,
      flowLabel: 0xabcde,
      payloadLength: 9,
      nextHeader: 17,
      hopLimit: 63,
      source: '2001:db8::1',
      destination: '2001:db8:1::2',
    })
    expect(found.trafficClass).toBe(0xb9)
    expect(found.headerLength).toBe(40)
    expect(found.payload).toHaveLength(9)
    expect([0, 1, 2, 3].map((index) => found.sourceWord(index))).toEqual([0x20010db8, 0, 0, 1])
    expect([0, 1, 2, 3].map((index) => found.destinationWord(index))).toEqual([0x20010db8, 0x10000, 0, 2])
    expect(found.sourceEquals(parseIpv6Address('2001:db8::1'))).toBe(true)
    expect(found.sourceEquals(parseIpv6Address('2001:db8::3'))).toBe(false)
    expect(found.destinationEquals(parseIpv6Address('2001:db8:1::2'))).toBe(true)
    expect(found.destinationEquals(hex('20010db8'))).toBe(false)
    expect(() => found.sourceWord(4)).toThrow(RangeError)
  })

  it('is written, field by field, and nothing else with it', () => {
    const setters = { dscp: 63, ecn: 3, trafficClass: 255, flowLabel: 0xfffff, hopLimit: 255 } as const
    fc.assert(
      fc.property(
        fields,
        fc.constantFrom(...(Object.keys(setters) as (keyof typeof setters)[])),
        fc.nat(),
        (given, name, number) => {
          const found = ipv6Of(Frame.build(ethernet(), ipv6(given)).bytes)
          const value = number % (setters[name] + 1)
          found[name] = value
          expect(found[name]).toBe(value)
          const changed = name === 'trafficClass' ? { dscp: value >> 2, ecn: value & 3 } : { [name]: value }
          expect(found.toJSON()).toEqual({ ...given, payloadLength: 0, ...changed })
        },
      ),
    )
  })

  it('has its hop limit decremented down to 0', () => {
    const found = ipv6Of(frame)
    found.hopLimit = 2
    expect([found.decrementHopLimit(), found.decrementHopLimit(), found.decrementHopLimit()]).toEqual([
      1, 0, 0,
    ])
  })

  it('may be padded by Ethernet', () => {
    const padded = new Frame(Uint8Array.from([...frame, 0, 0, 0]))
    expect(padded.udp?.payloadLength).toBe(1)
    expect(padded.layers().at(-1)?.name).toBe('trailer')
  })

  it.each([
    ['another version', 14, 0x4b, 'the IPv6 header has another version'],
    ['a payload beyond the frame', 19, 10, 'the IPv6 payload length exceeds the frame'],
  ])('is not found where it claims %s', (_, at, value, fault) => {
    const wrong = Uint8Array.from(frame)
    wrong[at] = value
    expect(new Frame(wrong).ipv6).toBeUndefined()
    expect(new Frame(wrong).malformed).toBe(fault)
  })

  it('comes back from its fields', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 40 }), (given, payload) => {
        const built = Frame.build(ethernet(), ipv6(given), payload)
        expect(built.ipv6?.toJSON()).toEqual({ ...given, payloadLength: payload.length })
        expect(built.equals(Frame.build(...built.layers()))).toBe(true)
      }),
    )
  })

  it('is followed by nothing, where nothing follows', () => {
    expect(Frame.build(ethernet(), ipv6()).ipv6?.nextHeader).toBe(59)
  })

  it.each([
    [{ flowLabel: 1 << 20 }, 'ipv6.flowLabel'],
    [{ source: '192.0.2.1' }, 'ipv6.source must be an IPv6 address'],
    [{ destination: 'fe80::1%eth0' }, 'ipv6.destination must be an IPv6 address'],
    [{ ttl: 1 }, 'ipv6.ttl'],
  ])('refuses %j', (given, message) => {
    expect(() => Frame.build(ipv6(given as object))).toThrow(message)
  })

  it('is summarized as tcpdump does', () => {
    expect(new Frame(frame).summary()).toBe('IP6 2001:db8::1.49152 > 2001:db8:1::2.9: UDP, length 1')
  })
})

describe('a replaced IPv6 address', () => {
  const segments = `00000000${'20010db8000000000000000000000009'}`
  it.each([
    ['UDP', [udp(), 'abc']],
    ['UDP behind extension headers', [hopByHop(), routing({ type: 0, data: segments }), udp(), 'abc']],
    [
      'UDP on its way through segments',
      [routing({ type: 0, segmentsLeft: 1, data: segments }), udp(), 'abc'],
    ],
    ['UDP with segment routing', [routing({ segmentsLeft: 1, data: segments }), udp(), 'abc']],
  ])('keeps the checksum of %s right', (_, parts) => {
    fc.assert(
      fc.property(addresses, addresses, (source, destination) => {
        const built = Frame.build(ethernet(), ipv6(), ...parts)
        expect(built.udp?.hasValidChecksum()).toBe(true)
        built.ipv6?.replaceSource(parseIpv6Address(source))
        built.ipv6?.replaceDestination(parseIpv6Address(destination))
        expect(built.ipv6).toMatchObject({ source, destination })
        expect(built.udp?.hasValidChecksum()).toBe(true)
        const recomputed = built.udp?.checksum
        built.udp?.updateChecksum()
        expect(built.udp?.checksum).toBe(recomputed)
      }),
    )
  })

  it('keeps the checksum of a mobility header right', () => {
    const built = Frame.build(ethernet(), ipv6(), mobility({ type: 5, data: '00010000ffff00000000' }))
    expect(built.ipv6?.mobility?.hasValidChecksum()).toBe(true)
    built.ipv6?.replaceSource(parseIpv6Address('fe80::1'))
    expect(built.ipv6?.mobility?.hasValidChecksum()).toBe(true)
    built.ipv6?.setSource(parseIpv6Address('fe80::2'))
    expect(built.ipv6?.mobility?.hasValidChecksum()).toBe(false)
  })

  it('leaves a later fragment alone', () => {
    const parts = [ethernet(), ipv6(), fragment({ nextHeader: 17, fragmentOffset: 8 }), 'abcdefgh']
    const built = Frame.build(...parts)
    built.ipv6?.replaceSource(parseIpv6Address('::'))
    expect(built.udp).toBeUndefined()
    expect(built.equals(Frame.build(ethernet(), ipv6({ source: '::' }), ...parts.slice(2)))).toBe(true)
  })

  it('leaves a wrong checksum wrong', () => {
    const built = Frame.build(ethernet(), ipv6(), udp({ checksum: 1 }), 'abc')
    built.ipv6?.replaceDestination(parseIpv6Address('fe80::1'))
    expect(built.udp?.hasValidChecksum()).toBe(false)
  })

  it('is set without the checksum', () => {
    const built = Frame.build(ethernet(), ipv6(), udp(), 'abc')
    built.ipv6?.setDestination(parseIpv6Address('fe80::1'))
    expect(built.ipv6?.destination).toBe('fe80::1')
    expect(built.udp?.hasValidChecksum()).toBe(false)
    expect(() => built.ipv6?.setSource(hex('00'))).toThrow(RangeError)
  })
})

describe('IPv6', () => {
  it('is read within its bounds only', () => {
    expectBoundedHowever([frame])
  })
})
