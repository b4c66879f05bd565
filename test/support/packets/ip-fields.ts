// Fields of ARP, of IPv6 extension headers, and of ICMP, ICMPv6 and IGMP, at random.

import fc, { type Arbitrary } from 'fast-check'
import { Frame, ipv4, ipv6, udp } from '../../../lib/packets.js'
import { hexadecimal, ipv4Address, ipv6Address, mac, optional, uint } from './fields.js'

/** Of Ethernet and IPv4, and of networks that tshark knows nothing more about. */
export const arpFields = fc
  .record({ hardwareLength: fc.constantFrom(6, 0, 8, 20), protocolLength: fc.constantFrom(4, 0, 16) })
  .chain(({ hardwareLength, protocolLength }) => {
    const hardware = hardwareLength === 6 ? mac : hexadecimal(hardwareLength, hardwareLength)
    const protocol = protocolLength === 4 ? ipv4Address : hexadecimal(protocolLength, protocolLength)
    return fc.record({
      ...{ hardwareType: fc.constantFrom(1, 1, 0x8000), protocolType: fc.constantFrom(0x0800, 0x88b5) },
      ...{ hardwareLength: fc.constant(hardwareLength), protocolLength: fc.constant(protocolLength) },
      ...{ operation: fc.constantFrom(1, 2, 1000) },
      ...{ senderHardwareAddress: hardware, senderProtocolAddress: protocol },
      ...{ targetHardwareAddress: hardware, targetProtocolAddress: protocol },
    })
  })

/** For experiments, which padding follows up to a multiple of 8 bytes. */
export const ipv6Options = fc
  .array(fc.record({ type: fc.constantFrom(0x1e, 0x3e, 0x5e), hex: hexadecimal(0, 20) }), { maxLength: 4 })
  .map((options) => {
    const length = 2 + options.reduce((sum, { hex }) => sum + 2 + hex.length / 2, 0)
    return [...options, ...Array.from({ length: -length & 7 }, () => ({ type: 0, hex: '' }))]
  })

const segment = hexadecimal(14, 14).map((hex) => `2001${hex}`)

/** Source routes of type 0, the home address of type 2, and segment routing, type 4. */
export const routingFields = fc.integer({ min: 1, max: 3 }).chain((count) => {
  const list = (length: number) => fc.array(segment, { minLength: length, maxLength: length })
  return fc.oneof(
    route(0, fc.nat(count), list(count), '00000000'),
    route(2, fc.constant(1), list(1), '00000000'),
    route(4, fc.nat(count - 1), list(count), `0${count - 1}000000`),
  )
})

function route(type: number, left: Arbitrary<number>, list: Arbitrary<string[]>, start: string) {
  const data = list.map((segments) => start + segments.join(''))
  return fc.record({ type: fc.constant(type), segmentsLeft: left, data })
}

/** A binding refresh request, and a binding update whose options are padding. */
export const mobilityFields = fc.oneof(
  fc.record({ type: fc.constant(0), data: fc.constant('0000') }),
  fc.record({
    type: fc.constant(5),
    data: hexadecimal(6, 6).map((hex) => `${hex.slice(0, 4)}8000${hex.slice(8)}01020000`),
  }),
)

/** What an ICMP error is about. */
const quotedIpv4 = Frame.build(ipv4({ destination: '203.0.113.7' }), udp(), 'quoted').bytes
const quotedIpv6 = Frame.build(ipv6({ destination: '2001:db8::7' }), udp(), 'quoted').bytes
const nothing = new Uint8Array()
const content = fc.uint8Array({ minLength: 1, maxLength: 40 })

export const icmpFields = fc.oneof(
  optional({ identifier: uint(16), sequenceNumber: uint(16) }, { type: 8 }),
  fc.record({ type: fc.constant(0), identifier: uint(16), sequenceNumber: uint(16) }),
  optional({ gateway: ipv4Address, code: uint(2) }, { type: 5 }),
  optional({ mtu: uint(16) }, { type: 3, code: 4 }),
  optional({ pointer: uint(8) }, { type: 12 }),
  fc.record({ type: fc.constantFrom(3, 11), code: fc.constantFrom(0, 1) }),
)

export function icmpPayload({ type = 8 }: { type?: number }): Arbitrary<Uint8Array> {
  return type === 0 || type === 8 ? content : fc.constant(quotedIpv4)
}

const neighbourOption = fc.oneof(
  fc.record({ type: fc.constantFrom(1, 2), linkLayerAddress: mac }),
  fc.record({
    ...{ type: fc.constant(3), prefixLength: fc.nat(128), onLink: fc.boolean(), autonomous: fc.boolean() },
    ...{ validLifetime: uint(32), preferredLifetime: uint(32), prefix: ipv6Address },
  }),
  fc.record({ type: fc.constant(5), mtu: uint(32) }),
  fc.record({
    ...{ type: fc.constant(25), lifetime: uint(32) },
    addresses: fc.array(ipv6Address, { minLength: 1, maxLength: 3 }),
  }),
  // Nonce, of secure neighbour discovery.
  fc.record({ type: fc.constant(14), hex: fc.constantFrom('010203040506', '0102030405060708090a0b0c0d0e') }),
)
const options = fc.array(neighbourOption, { maxLength: 4 })
const flag = fc.boolean()

function groupRecords(address: Arbitrary<string>) {
  const auxiliaryData = fc.constantFrom('', '01020304', '0102030405060708')
  const sources = fc.array(address, { maxLength: 4 })
  const record = fc.record({ type: fc.integer({ min: 1, max: 6 }), group: address, sources, auxiliaryData })
  return fc.array(record, { maxLength: 4 })
}

export const icmpv6Fields = fc.oneof(
  optional({ type: fc.constantFrom(128, 129), identifier: uint(16), sequenceNumber: uint(16) }),
  fc.record({ type: fc.constantFrom(1, 3), code: uint(1) }),
  fc.record({ type: fc.constant(2), mtu: uint(32) }),
  fc.record({ type: fc.constant(4), code: fc.nat(2), pointer: uint(32) }),
  optional({ options }, { type: 133 }),
  optional(
    {
      ...{ currentHopLimit: uint(8), managedAddressConfiguration: flag, otherConfiguration: flag },
      ...{ homeAgent: flag, routerPreference: uint(2), routerLifetime: uint(16), reachableTime: uint(32) },
      ...{ retransmissionTimer: uint(32), options },
    },
    { type: 134 },
  ),
  optional({ target: ipv6Address, options }, { type: 135 }),
  optional({ router: flag, solicited: flag, override: flag, target: ipv6Address, options }, { type: 136 }),
  optional({ target: ipv6Address, destination: ipv6Address, options }, { type: 137 }),
  fc.record({ type: fc.constantFrom(130, 131, 132), maximumResponseCode: uint(16), group: ipv6Address }),
  optional(
    {
      ...{ maximumResponseCode: uint(16), group: ipv6Address, suppressRouterSideProcessing: flag },
      ...{ querierRobustnessVariable: uint(3), querierQueryIntervalCode: uint(8) },
    },
    { type: 130, sources: ['2001:db8::1', '2001:db8::2'] },
  ),
  fc.record({ type: fc.constant(143), records: groupRecords(ipv6Address) }),
)

export function icmpv6Payload({ type = 128 }: { type?: number }): Arbitrary<Uint8Array> {
  if (type < 128) return fc.constant(quotedIpv6)
  return type < 130 ? content : fc.constant(nothing)
}

export const igmpFields = fc.oneof(
  optional({ maximumResponseCode: uint(8), group: ipv4Address }, { type: 0x11 }),
  optional({ group: ipv4Address, type: fc.constantFrom(0x12, 0x16, 0x17) }),
  optional(
    {
      ...{ maximumResponseCode: uint(8), group: ipv4Address, suppressRouterSideProcessing: flag },
      ...{ querierRobustnessVariable: uint(3), querierQueryIntervalCode: uint(8) },
    },
    { type: 0x11, sources: ['192.0.2.1', '192.0.2.2'] },
  ),
  fc.record({ type: fc.constant(0x22), records: groupRecords(ipv4Address) }),
)
