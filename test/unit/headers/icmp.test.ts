import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ethernet } from '../../../lib/packet/builders/ethernet.js'
import { icmp } from '../../../lib/packet/builders/icmp.js'
import { ipv4 } from '../../../lib/packet/builders/ipv4.js'
import { udp } from '../../../lib/packet/builders/udp.js'
import { Frame } from '../../../lib/packet/frame.js'
import type { IcmpFields } from '../../../lib/packet/headers/icmp.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'
import { hex } from '../frames.js'

// Made with scapy: an echo request with identifier 0x1234 and sequence number 5 that carries "ping".
const IP = '4500 0020 0001 0000 4001 8ea6 c0000201 c6336401'
const echo = hex(`020000000002 020000000001 0800 ${IP} 0800 06f6 1234 0005 70696e67`)

function icmpOf(frame: Frame) {
  const found = frame.icmp
  if (found === undefined) throw new Error('not found')
  return found
}

const fields: fc.Arbitrary<Partial<IcmpFields>> = fc.oneof(
  fc.record({
    type: fc.constantFrom(0, 8, 13, 14, 15, 16, 17, 18),
    code: fc.nat(255),
    identifier: fc.nat(0xffff),
    sequenceNumber: fc.nat(0xffff),
  }),
  fc.record({ type: fc.constant(5), code: fc.nat(3), gateway: fc.ipV4() }),
  fc.nat(0xffffffff).map((restOfHeader) => ({ type: 3, code: 4, mtu: restOfHeader & 0xffff, restOfHeader })),
  fc
    .nat(0xffffffff)
    .map((restOfHeader) => ({ type: 12, code: 0, pointer: restOfHeader >>> 24, restOfHeader })),
  fc.record({ type: fc.constantFrom(3, 11), code: fc.constant(1), restOfHeader: fc.nat(0xffffffff) }),
  fc.record({ type: fc.integer({ min: 19, max: 255 }), code: fc.nat(255), restOfHeader: fc.nat(0xffffffff) }),
)

describe('the ICMP header', () => {
  it('is read', () => {
    const found = icmpOf(new Frame(echo))
    expect(found.toJSON()).toEqual({
      type: 8,
      code: 0,
      checksum: 0x06f6,
      identifier: 0x1234,
      sequenceNumber: 5,
    })
    expect(found.hasValidChecksum()).toBe(true)
    expect(Buffer.from(found.payload).toString()).toBe('ping')
    expect([found.mtu, found.gateway, found.pointer]).toEqual([undefined, undefined, undefined])
    expect(found.restOfHeader).toBe(0x12340005)
  })

  it('is written', () => {
    const found = icmpOf(new Frame(echo))
    found.type = 0
    found.code = 3
    found.restOfHeader = 0xfffefffd
    expect(found).toMatchObject({ type: 0, code: 3, identifier: 0xfffe, sequenceNumber: 0xfffd })
    expect(found.hasValidChecksum()).toBe(false)
    found.updateChecksum()
    expect(found.hasValidChecksum()).toBe(true)
  })

  it('gets another identifier, and keeps its checksum right', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff), (before, after) => {
        const found = icmpOf(Frame.build(ethernet(), ipv4(), icmp({ identifier: before }), 'odd'))
        found.replaceIdentifier(after)
        expect(found.identifier).toBe(after)
        expect(found.hasValidChecksum()).toBe(true)
      }),
    )
  })

  it('tells what an error says, and only where it says it', () => {
    const build = (given: Partial<IcmpFields>) => icmpOf(Frame.build(ethernet(), ipv4(), icmp(given)))
    expect(build({ type: 3, code: 4, mtu: 1400 }).mtu).toBe(1400)
    expect(build({ type: 3, code: 3, mtu: 1400 }).mtu).toBeUndefined()
    expect(build({ type: 5, gateway: '192.0.2.9' }).gateway).toBe('192.0.2.9')
    expect(build({ type: 12, pointer: 20 }).pointer).toBe(20)
    expect(build({ type: 3, identifier: 7 }).identifier).toBeUndefined()
  })

  it('comes back from its fields', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 40 }), (given, payload) => {
        const frame = Frame.build(ethernet(), ipv4(), icmp(given), payload)
        expect(frame.icmp?.toJSON()).toEqual({ ...given, checksum: frame.icmp?.checksum })
        expect(frame.icmp?.hasValidChecksum()).toBe(true)
        expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
      }),
    )
  })

  it('is not found in later fragments, nor cut off', () => {
    expect(Frame.build(ethernet(), ipv4({ fragmentOffset: 8 }), icmp()).icmp).toBeUndefined()
    const short = Frame.build(ethernet(), ipv4({ protocol: 1 }), hex('08000000 000000'))
    expect(short.icmp).toBeUndefined()
    expect(short.malformed).toBe('the packet ends within the ICMP header')
  })

  it.each([
    [{ identifier: -1 }, 'icmp.identifier'],
    [{ gateway: '::1' }, 'icmp.gateway'],
    [{ sequence: 1 }, 'icmp.sequence'],
  ])('refuses %j', (given, message) => {
    expect(() => Frame.build(icmp(given as object))).toThrow(message)
  })

  const quoted = [ipv4({ destination: '203.0.113.7' }), udp({ destinationPort: 53 })]
  it.each([
    [[icmp({ identifier: 7, sequenceNumber: 1 }), 'abcd'], 'ICMP echo request, id 7, seq 1, length 12'],
    [[icmp({ type: 0, identifier: 7 })], 'ICMP echo reply, id 7, seq 0, length 8'],
    [[icmp({ type: 3, code: 1 }), ...quoted], 'ICMP host 203.0.113.7 unreachable, length 36'],
    [[icmp({ type: 3, code: 3 }), ...quoted], 'ICMP 203.0.113.7 udp port 53 unreachable, length 36'],
    [[icmp({ type: 3, code: 3 })], 'ICMP destination port unreachable, length 8'],
    [
      [icmp({ type: 3, code: 4, mtu: 1400 }), ...quoted],
      'ICMP 203.0.113.7 unreachable - need to frag (mtu 1400), length 36',
    ],
    [
      [icmp({ type: 5, code: 1, gateway: '192.0.2.9' }), ...quoted],
      'ICMP redirect 203.0.113.7 to host 192.0.2.9, length 36',
    ],
    [[icmp({ type: 11 }), ...quoted], 'ICMP time exceeded in-transit, length 36'],
  ])('is summarized as tcpdump does: %#', (layers, text) => {
    const frame = Frame.build(ethernet(), ipv4(), ...layers)
    expect(frame.summary()).toBe(`IP 192.0.2.1 > 198.51.100.1: ${text}`)
  })

  it('is read within its bounds only', () => {
    const error = Frame.build(ethernet(), ipv4(), icmp({ type: 3, code: 3 }), ...quoted)
    expectBoundedHowever([echo, error.bytes])
  })
})
