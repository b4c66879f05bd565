import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arp } from '../../../lib/packet/builders/arp.js'
import { ethernet } from '../../../lib/packet/builders/ethernet.js'
import { Frame } from '../../../lib/packet/frame.js'
import type { ArpFields } from '../../../lib/packet/headers/arp.js'
import { MacAddress } from '../../../lib/packet/mac-address.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'
import { hex } from '../frames.js'

const ETHERNET = 'ffffffffffff 020000000001 0806'
// Ethernet, IPv4, 6, 4, request; 02:00:00:00:00:01 192.0.2.1 asks for 192.0.2.2.
const REQUEST = '0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202'
const request = hex(`${ETHERNET} ${REQUEST} ${'00'.repeat(18)}`)
/** Eight bytes of hardware address and two of protocol address, as of some other network. */
const exotic = hex(`${ETHERNET} 0020 1234 08 02 0002 0102030405060708 0a0b 1112131415161718 1a1b`)

function arpOf(bytes: Uint8Array) {
  const { arp } = new Frame(bytes)
  if (arp === undefined) throw new Error('not found')
  return arp
}

const digits = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex'))
const macs = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => new MacAddress(bytes).toString())
const ofLength = (length: number, special: number, arbitrary: fc.Arbitrary<string>) =>
  length === special ? arbitrary : digits(length)

const fields: fc.Arbitrary<ArpFields> = fc
  .tuple(fc.oneof(fc.constant(6), fc.nat(20)), fc.oneof(fc.constant(4), fc.nat(20)))
  .chain(([hardwareLength, protocolLength]) =>
    fc.record({
      hardwareType: fc.oneof(fc.constant(1), fc.nat(0xffff)),
      protocolType: fc.oneof(fc.constant(0x0800), fc.nat(0xffff)),
      hardwareLength: fc.constant(hardwareLength),
      protocolLength: fc.constant(protocolLength),
      operation: fc.oneof(fc.constantFrom(1, 2), fc.nat(0xffff)),
      senderHardwareAddress: ofLength(hardwareLength, 6, macs),
      senderProtocolAddress: ofLength(protocolLength, 4, fc.ipV4()),
      targetHardwareAddress: ofLength(hardwareLength, 6, macs),
      targetProtocolAddress: ofLength(protocolLength, 4, fc.ipV4()),
    }),
  )

describe('an ARP packet', () => {
  it('is read', () => {
    const found = arpOf(request)
    expect(found.isEthernetIpv4).toBe(true)
    expect(found.headerLength).toBe(28)
    expect(found.senderHardwareHigh).toBe(0x0200)
    expect(found.senderHardwareLow).toBe(1)
    expect(found.senderProtocolNumber).toBe(0xc0000201)
    expect(found.targetProtocolNumber).toBe(0xc0000202)
    expect(found.toJSON()).toEqual({
      hardwareType: 1,
      protocolType: 0x0800,
      hardwareLength: 6,
      protocolLength: 4,
      operation: 1,
      senderHardwareAddress: '02:00:00:00:00:01',
      senderProtocolAddress: '192.0.2.1',
      targetHardwareAddress: '00:00:00:00:00:00',
      targetProtocolAddress: '192.0.2.2',
    })
  })

  it('has nothing behind it: the rest is padding', () => {
    const frame = new Frame(request)
    expect(frame.arp?.payloadLength).toBe(0)
    expect(frame.layers().map(({ name }) => name)).toEqual(['ethernet', 'arp', 'trailer'])
    expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
  })

  it('is summarized as tcpdump does', () => {
    const frame = new Frame(request)
    expect(frame.summary()).toBe('ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28')
    const answer = Frame.build(ethernet(), arp({ operation: 2 }))
    expect(answer.summary()).toBe('ARP, Reply 192.0.2.1 is-at 02:00:00:00:00:01, length 28')
  })

  it('is turned into its answer in place', () => {
    const found = arpOf(request)
    found.operation = 2
    found.setTargetHardwareAddress(new MacAddress('02:00:00:00:00:01'))
    found.setTargetProtocolAddress(0xc0000201)
    found.setSenderHardwareAddress(hex('0200000000ff'))
    found.setSenderProtocolAddress(hex('c0000202'))
    expect(found.toJSON()).toMatchObject({
      operation: 2,
      senderHardwareAddress: '02:00:00:00:00:ff',
      senderProtocolAddress: '192.0.2.2',
      targetHardwareAddress: '02:00:00:00:00:01',
      targetProtocolAddress: '192.0.2.1',
    })
  })

  it('may be about other networks', () => {
    const found = arpOf(exotic)
    expect(found.isEthernetIpv4).toBe(false)
    expect(found.senderHardwareAddress).toBe('0102030405060708')
    expect(found.targetProtocolAddress).toBe('1a1b')
    expect([found.senderHardwareHigh, found.senderHardwareLow]).toEqual([undefined, undefined])
    expect([found.senderProtocolNumber, found.targetProtocolNumber]).toEqual([undefined, undefined])
    expect(() => found.setSenderHardwareAddress(MacAddress.BROADCAST)).toThrow(RangeError)
    expect(() => found.setTargetProtocolAddress(0xc0000201)).toThrow(RangeError)
    expect(arpOf(exotic).toJSON()).toEqual(found.toJSON())
  })

  it('is not found where the frame ends within it, whatever its lengths', () => {
    const shortened = hex(`${ETHERNET} 0001 0800 06 05 0001 ${'00'.repeat(20)}`)
    expect(new Frame(shortened).arp).toBeUndefined()
    expect(new Frame(shortened).malformed).toBe('the frame ends within the addresses of the ARP packet')
    expect(new Frame(hex(`${ETHERNET} 0001`)).malformed).toBe('the frame ends within the ARP packet')
  })

  it('comes back from its fields', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const frame = Frame.build(ethernet(), arp(given))
        expect(frame.arp?.toJSON()).toEqual(given)
        expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
      }),
    )
  })

  it.each([
    [{ operation: 65536 }, 'arp.operation'],
    [{ senderProtocolAddress: '192.0.2' }, 'arp.senderProtocolAddress'],
    [{ targetHardwareAddress: 'xyz' }, 'arp.targetHardwareAddress'],
    [{ operaton: 1 }, 'arp.operaton'],
  ])('refuses %j', (given, name) => {
    expect(() => Frame.build(arp(given as object))).toThrow(name)
  })

  it('is read within its bounds only', () => {
    expectBoundedHowever([request, exotic])
  })
})
