import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ethernet } from '../../../lib/packet/builders/ethernet.js'
import { icmpv6 } from '../../../lib/packet/builders/icmpv6.js'
import { ipv6 } from '../../../lib/packet/builders/ipv6.js'
import { hopByHop } from '../../../lib/packet/builders/ipv6-extensions.js'
import { udp } from '../../../lib/packet/builders/udp.js'
import { Frame } from '../../../lib/packet/frame.js'
import type { Icmpv6Fields } from '../../../lib/packet/headers/icmpv6-fields.js'
import { formatIpv6Address, parseIpv6Address } from '../../../lib/packet/ip-address.js'
import { MacAddress } from '../../../lib/packet/mac-address.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'
import { hex } from '../frames.js'

// Made with scapy: fe80::1 asks for fe80::2, and tells its own address.
const ADDRESSES = 'fe800000000000000000000000000001 ff0200000000000000000001ff000002'
const BODY = '00000000 fe800000000000000000000000000002 0101020000000001'
const solicitation = hex(`3333ff000002 020000000001 86dd 60000000 0020 3a ff ${ADDRESSES} 8700 7a97 ${BODY}`)

function icmpv6Of(frame: Frame) {
  const found = frame.icmpv6
  if (found === undefined) throw new Error('not found')
  return found
}

function build(given: Partial<Icmpv6Fields>, ...rest: Parameters<typeof Frame.build>): Frame {
  return Frame.build(ethernet(), ipv6(), icmpv6(given), ...rest)
}

const uint16 = fc.nat(0xffff)
const uint32 = fc.nat(0xffffffff)
const flag = fc.boolean()
const addresses = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatIpv6Address(bytes))
const sources = fc.array(addresses, { maxLength: 4 })
const digits = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex'))
const macs = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => new MacAddress(bytes).toString())

const prefixInformation = fc.record({
  type: fc.constant(3 as const),
  prefixLength: fc.nat(128),
  onLink: flag,
  autonomous: flag,
  validLifetime: uint32,
  preferredLifetime: uint32,
  prefix: addresses,
})
const knownOption = fc.oneof(
  fc.record({ type: fc.constantFrom(1 as const, 2 as const), linkLayerAddress: macs }),
  prefixInformation,
  fc.record({ type: fc.constant(5 as const), mtu: uint32 }),
  fc.record({
    type: fc.constant(25 as const),
    lifetime: uint32,
    addresses: fc.array(addresses, { minLength: 1, maxLength: 3 }),
  }),
)
const unknownOption = fc.record({
  type: fc.oneof(fc.integer({ min: 30, max: 255 }), fc.constantFrom(0, 4)),
  hex: fc.integer({ min: 1, max: 5 }).chain((words) => digits(8 * words - 2)),
})
const optionsOf = (option: typeof knownOption | fc.Arbitrary<{ type: number; hex: string }>) =>
  fc.array(option as typeof knownOption, { maxLength: 4 })

const record = fc.record({
  type: fc.integer({ min: 1, max: 6 }),
  group: addresses,
  sources,
  auxiliaryData: fc.nat(2).chain((words) => digits(4 * words)),
})

/** Messages with all fields of their types; options as `options` says. */
const messages = (options: ReturnType<typeof optionsOf>): fc.Arbitrary<Partial<Icmpv6Fields>> =>
  fc.oneof(
    fc.record({
      type: fc.constantFrom(128, 129),
      code: fc.constant(0),
      identifier: uint16,
      sequenceNumber: uint16,
    }),
    fc.record({ type: fc.constantFrom(1, 3), code: fc.nat(1), restOfHeader: uint32 }),
    fc.record({ type: fc.constant(2), code: fc.constant(0), mtu: uint32 }),
    fc.record({ type: fc.constant(4), code: fc.nat(2), pointer: uint32 }),
    fc.record({ type: fc.constant(133), code: fc.constant(0), options }),
    fc.record({
      type: fc.constant(134),
      code: fc.constant(0),
      currentHopLimit: fc.nat(255),
      managedAddressConfiguration: flag,
      otherConfiguration: flag,
      homeAgent: flag,
      routerPreference: fc.nat(3),
      routerLifetime: uint16,
      reachableTime: uint32,
      retransmissionTimer: uint32,
      options,
    }),
    fc.record({ type: fc.constant(135), code: fc.constant(0), target: addresses, options }),
    fc.record({
      type: fc.constant(136),
      code: fc.constant(0),
      router: flag,
      solicited: flag,
      override: flag,
      target: addresses,
      options,
    }),
    fc.record({
      type: fc.constant(137),
      code: fc.constant(0),
      target: addresses,
      destination: addresses,
      options,
    }),
    fc.record({
      type: fc.constantFrom(130, 131, 132),
      code: fc.constant(0),
      maximumResponseCode: uint16,
      group: addresses,
    }),
    fc.record({
      type: fc.constant(130),
      code: fc.constant(0),
      maximumResponseCode: uint16,
      group: addresses,
      suppressRouterSideProcessing: flag,
      querierRobustnessVariable: fc.nat(7),
      querierQueryIntervalCode: fc.nat(255),
      sources,
    }),
    fc.record({ type: fc.constant(143), code: fc.constant(0), records: fc.array(record, { maxLength: 4 }) }),
  )

describe('an ICMPv6 message', () => {
  it('is read', () => {
    const frame = new Frame(solicitation)
    const found = icmpv6Of(frame)
    expect(found.toJSON()).toEqual({
      type: 135,
      code: 0,
      checksum: 0x7a97,
      target: 'fe80::2',
      options: [{ type: 1, linkLayerAddress: '02:00:00:00:00:01' }],
    })
    expect(found.hasValidChecksum()).toBe(true)
    expect(found.headerLength).toBe(32)
    expect([0, 1, 2, 3].map((index) => found.targetWord(index))).toEqual([0xfe800000, 0, 0, 2])
    expect(() => found.targetWord(4)).toThrow(RangeError)
    expect(found.targetEquals(parseIpv6Address('fe80::2'))).toBe(true)
    expect(found.targetEquals(parseIpv6Address('fe80::3'))).toBe(false)
    expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
  })

  it('has nothing that its type does not have', () => {
    const { type, code, checksum, ...rest } =
      build({ type: 128, identifier: 1, sequenceNumber: 2 }).icmpv6?.toJSON() ?? {}
    expect([type, code, typeof checksum]).toEqual([128, 0, 'number'])
    expect(rest).toEqual({ identifier: 1, sequenceNumber: 2 })
    const echo = icmpv6Of(build({}))
    expect([echo.target, echo.targetWord(0), echo.mtu, echo.options, echo.records, echo.group]).toEqual(
      Array.from({ length: 6 }),
    )
    expect(echo.targetEquals(parseIpv6Address('::'))).toBe(false)
  })

  it('is written', () => {
    const found = icmpv6Of(build({ identifier: 5 }, 'abc'))
    found.replaceIdentifier(0xffff)
    expect(found.identifier).toBe(0xffff)
    expect(found.hasValidChecksum()).toBe(true)
    found.code = 1
    expect(found.code).toBe(1)
    expect(found.hasValidChecksum()).toBe(false)
    found.updateChecksum()
    expect(found.hasValidChecksum()).toBe(true)
    found.checksum = 0
    expect(found.checksum).toBe(0)
  })

  it('keeps its checksum right when an address is replaced', () => {
    const frame = build({ type: 135 })
    frame.ipv6?.replaceSource(parseIpv6Address('fe80::1234'))
    frame.ipv6?.replaceDestination(parseIpv6Address('ff02::1'))
    expect(frame.icmpv6?.hasValidChecksum()).toBe(true)
  })

  it('comes back from its fields', () => {
    const all = messages(optionsOf(fc.oneof(knownOption, unknownOption) as typeof knownOption))
    fc.assert(
      fc.property(all, (given) => {
        const frame = build(given)
        expect(frame.icmpv6?.toJSON()).toEqual({ ...given, checksum: frame.icmpv6?.checksum })
        expect(frame.icmpv6?.hasValidChecksum()).toBe(true)
        expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps options of unusual form as they are', () => {
    const options = [
      { type: 1, hex: '0102030405060708090a0b0c0d0e' },
      { type: 5, hex: 'ffff00000500' },
      { type: 3, hex: '400100000000' },
      { type: 25, hex: '000000000001' },
    ]
    expect(build({ type: 133, options }).icmpv6?.options).toEqual([
      ...options.slice(0, 3),
      { type: 25, lifetime: 1, addresses: [] },
    ])
  })

  it('of an unknown type has four bytes', () => {
    const frame = build({ type: 155, code: 2 }, hex('0102'))
    expect(frame.icmpv6?.toJSON()).toEqual({ type: 155, code: 2, checksum: frame.icmpv6?.checksum })
    expect([...(frame.icmpv6?.payload ?? [])]).toEqual([1, 2])
    expect(frame.icmpv6?.hasValidChecksum()).toBe(true)
  })

  const cutOff = 'the packet ends within the ICMPv6 message'
  const tooLong = 'the ICMPv6 message is not as long as its options, sources or records'
  it.each([
    ['less than four bytes', '800000', cutOff],
    ['an echo of seven', '8000000000 0000', cutOff],
    ['an option of length 0', '85000000 00000000 0100 000000000000', tooLong],
    ['an option that exceeds it', '85000000 00000000 0102 000000000000', tooLong],
    ['a byte behind its options', '85000000 00000000 0101 000000000000 01', tooLong],
    ['fewer sources than it says', `82000000 00000000 ${'00'.repeat(16)} 02 7d 0001`, tooLong],
    ['fewer records than it says', '8f000000 0000 0001', tooLong],
  ])('is not found with %s', (_, bytes, fault) => {
    const frame = Frame.build(ethernet(), ipv6({ nextHeader: 58 }), hex(bytes))
    expect(frame.icmpv6).toBeUndefined()
    expect(frame.malformed).toBe(fault)
  })

  it.each([
    [{ type: 135, target: '192.0.2.1' }, 'icmpv6.target must be an IPv6 address'],
    [{ type: 133, options: [{ type: 1, linkLayerAddress: 'x' }] }, 'must be a MAC address'],
    [{ type: 133, options: [{ type: 3, prefixLength: 300 }] }, 'icmpv6.options[0].prefixLength'],
    [{ type: 133, options: [{ type: 5, lifetime: 1 }] }, 'icmpv6.options[0].lifetime is not an option'],
    [{ type: 133, options: [{ type: 25, addresses: ['::1', 5] }] }, 'icmpv6.options[0].addresses[1]'],
    [{ type: 133, options: [{ type: 99, hex: '00' }] }, 'icmpv6.options[0].hex must be such that'],
    [{ type: 143, records: [{ group: '239.0.0.1' }] }, 'icmpv6.records[0].group must be an IPv6 address'],
    [{ sequence: 1 }, 'icmpv6.sequence'],
  ])('refuses %j', (given, message) => {
    expect(() => build(given as object)).toThrow(message)
  })

  const quoted = [ipv6({ destination: '2001:db8::7' }), udp()]
  it.each([
    [[icmpv6({ identifier: 7, sequenceNumber: 1 }), 'abcd'], 'echo request, id 7, seq 1, length 12'],
    [[icmpv6({ type: 129 })], 'echo reply, id 0, seq 0, length 8'],
    [
      [icmpv6({ type: 1, code: 4 }), ...quoted],
      'destination unreachable, unreachable port, 2001:db8::7 udp port 9, length 56',
    ],
    [[icmpv6({ type: 2, mtu: 1400 }), ...quoted], 'packet too big, mtu 1400, length 56'],
    [[icmpv6({ type: 3 }), ...quoted], 'time exceeded in-transit for 2001:db8::7, length 56'],
    [[icmpv6({ type: 4, pointer: 6 })], 'parameter problem, octet 6, length 8'],
    [[icmpv6({ type: 133 })], 'router solicitation, length 8'],
    [[icmpv6({ type: 134 })], 'router advertisement, length 16'],
    [[icmpv6({ type: 135, target: 'fe80::1' })], 'neighbor solicitation, who has fe80::1, length 24'],
    [[icmpv6({ type: 136, target: 'fe80::1' })], 'neighbor advertisement, tgt is fe80::1, length 24'],
    [[icmpv6({ type: 137, target: 'fe80::1' })], 'redirect, 2001:db8::3 to fe80::1, length 40'],
    [[icmpv6({ type: 130 })], 'multicast listener query max resp delay: 0 addr: ::, length 24'],
    [[icmpv6({ type: 130, sources: [] })], 'multicast listener query v2 [gaddr ::], length 28'],
    [
      [icmpv6({ type: 131, group: 'ff02::fb' })],
      'multicast listener report max resp delay: 0 addr: ff02::fb, length 24',
    ],
    [
      [icmpv6({ type: 132, group: 'ff02::fb' })],
      'multicast listener done max resp delay: 0 addr: ff02::fb, length 24',
    ],
    [[icmpv6({ type: 143 })], 'multicast listener report v2, 0 group record(s), length 8'],
    [[icmpv6({ type: 200, code: 1 })], 'type 200, code 1, length 4'],
  ])('is summarized as tcpdump does: %#', (layers, text) => {
    const frame = Frame.build(ethernet(), ipv6(), ...layers)
    expect(frame.summary()).toBe(`IP6 2001:db8::1 > 2001:db8::2: ICMP6, ${text}`)
  })

  it('is found behind extension headers', () => {
    const frame = Frame.build(ethernet(), ipv6(), hopByHop(), icmpv6({ type: 143 }))
    expect(frame.summary()).toBe(
      'IP6 2001:db8::1 > 2001:db8::2: HBH ICMP6, multicast listener report v2, 0 group record(s), length 8',
    )
  })

  it('is read within its bounds only', () => {
    const options = [
      { type: 3 as const, prefix: 'fe80::' } as never,
      { type: 25 as const, lifetime: 1, addresses: ['::1', '::2'] },
      { type: 99, hex: '010203040506' },
    ]
    const records = [{ type: 4, group: 'ff02::fb', sources: ['fe80::1'], auxiliaryData: '01020304' }]
    expectBoundedHowever([
      solicitation,
      build({ type: 134, options }).bytes,
      build({ type: 130, sources: ['fe80::1', 'fe80::2'] }).bytes,
      build({ type: 143, records }).bytes,
    ])
  })
})
