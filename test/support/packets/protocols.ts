// Every protocol that packets can be built of, with valid fields at random. The laws of test/unit/headers/laws.test.ts
// and the comparison with tshark go over this table: a protocol is added by a row here.

import fc, { type Arbitrary } from 'fast-check'
import {
  arp,
  authentication,
  destinationOptions,
  dhcp,
  dns,
  ethernet,
  fragment,
  gre,
  gtpU,
  hopByHop,
  icmp,
  icmpv6,
  igmp,
  ipv4,
  ipv6,
  type Layer,
  lldp,
  mobility,
  mpls,
  routing,
  sctp,
  tcp,
  udp,
  vlanTag,
  vxlan,
} from '../../../lib/packets.js'
import { dhcpFields, dnsFields, lldpFields } from './application-fields.js'
import { freePort, hexadecimal, ipv4Address, ipv6Address, mac, optional, uint } from './fields.js'
import {
  arpFields,
  icmpFields,
  icmpPayload,
  icmpv6Fields,
  icmpv6Payload,
  igmpFields,
  ipv6Options,
  mobilityFields,
  routingFields,
} from './ip-fields.js'
import { sctpChunks, sctpFields, tcpFields } from './transport-fields.js'

export interface Protocol {
  /** The protocols that it can stand behind. `start` is the front of a frame. */
  behind: readonly string[]
  /** What follows when no protocol does, which may depend on the fields; nothing without this. */
  payload?: (fields: object) => Arbitrary<Uint8Array>
  build: (fields: never) => Layer
  /** Fields that can be given, any of them; those that say what follows only where nothing does. */
  fields: (next: string | undefined) => Arbitrary<object>
}

/** No first byte of IPv4 or IPv6, which is how some tunnels know what they carry. */
const anything = () =>
  fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((bytes) => bytes.map((byte, index) => (index === 0 ? byte | 0x80 : byte)))

/** What can carry IP. */
const LINKS = ['ethernet', 'vlanTag', 'mpls', 'gre', 'gtpU']
const EXTENSIONS = ['hopByHop', 'destinationOptions', 'routing', 'fragment', 'authentication']
const IPV6 = ['ipv6', ...EXTENSIONS]
const IP = ['ipv4', ...IPV6]

/** For local experiments. */
const FREE_ETHER_TYPE = 0x88b5

export const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  ethernet: {
    behind: ['start', 'vxlan', 'gre'],
    payload: anything,
    build: ethernet,
    fields: () => optional({ destination: mac, source: mac }),
  },
  vlanTag: {
    behind: ['ethernet', 'vlanTag'],
    payload: anything,
    build: vlanTag,
    fields: (next) =>
      optional(
        {
          tagProtocol: fc.constantFrom(0x8100, 0x88a8),
          priority: uint(3),
          dropEligible: fc.boolean(),
          id: uint(12),
        },
        next === undefined ? { etherType: FREE_ETHER_TYPE } : {},
      ),
  },
  arp: { behind: ['ethernet', 'vlanTag'], build: arp, fields: () => arpFields },
  lldp: { behind: ['ethernet', 'vlanTag'], build: lldp, fields: () => lldpFields },
  mpls: {
    behind: ['ethernet', 'vlanTag', 'mpls', 'gre'],
    payload: anything,
    build: mpls,
    fields: () => optional({ label: ordinaryLabel, trafficClass: uint(3), ttl: uint(8) }),
  },
  ipv4: {
    behind: [...LINKS, ...IP],
    payload: anything,
    build: ipv4,
    fields: (next) =>
      optional({
        ...{ dscp: uint(6), ecn: uint(2), identification: uint(16), ttl: uint(8) },
        ...{ source: ipv4Address, destination: ipv4Address, dontFragment: fc.boolean() },
        // No-operation, router alert, and one for experiments.
        options: fc.constantFrom('01010101', '94040000', '9e04abcd0101010194040000'),
        ...(next === undefined && {
          moreFragments: fc.boolean(),
          fragmentOffset: uint(13).map((blocks) => blocks * 8),
          // For experiments.
          protocol: fc.constantFrom(253, 254),
        }),
      }),
  },
  ipv6: {
    behind: [...LINKS, ...IP],
    payload: anything,
    build: ipv6,
    fields: (next) =>
      optional(
        {
          ...{ dscp: uint(6), ecn: uint(2), flowLabel: uint(20), hopLimit: uint(8) },
          ...{ source: ipv6Address, destination: ipv6Address },
        },
        freeNextHeader(next),
      ),
  },
  hopByHop: {
    behind: ['ipv6'],
    payload: anything,
    build: hopByHop,
    fields: (next) => optional({ options: ipv6Options }, freeNextHeader(next)),
  },
  destinationOptions: {
    behind: IPV6,
    payload: anything,
    build: destinationOptions,
    fields: (next) => optional({ options: ipv6Options }, freeNextHeader(next)),
  },
  routing: {
    // Once in a packet: which of several has the last address that a checksum covers, is nowhere said.
    behind: ['ipv6', 'hopByHop'],
    payload: anything,
    build: routing,
    fields: (next) => routingFields.map((fields) => ({ ...fields, ...freeNextHeader(next) })),
  },
  fragment: {
    behind: ['ipv6', 'hopByHop', 'routing', 'destinationOptions'],
    payload: () => fc.uint8Array({ minLength: 64, maxLength: 64 }),
    build: fragment,
    fields: (next) =>
      optional(
        {
          identification: uint(32),
          ...(next === undefined && {
            moreFragments: fc.boolean(),
            fragmentOffset: fc.nat(1000).map((blocks) => blocks * 8),
          }),
        },
        freeNextHeader(next),
      ),
  },
  authentication: {
    behind: ['ipv6', 'hopByHop', 'routing', 'fragment'],
    payload: anything,
    build: authentication,
    fields: (next) =>
      optional(
        {
          ...{ securityParametersIndex: uint(32), sequenceNumber: uint(32) },
          integrityCheckValue: fc.constantFrom('0102030405060708090a0b0c', 'abcdef01'.repeat(5)),
        },
        freeNextHeader(next),
      ),
  },
  mobility: { behind: IPV6, build: mobility, fields: () => mobilityFields },
  icmp: { behind: ['ipv4'], payload: icmpPayload, build: icmp, fields: () => icmpFields },
  icmpv6: { behind: IPV6, payload: icmpv6Payload, build: icmpv6, fields: () => icmpv6Fields },
  igmp: { behind: ['ipv4'], build: igmp, fields: () => igmpFields },
  tcp: { behind: IP, payload: anything, build: tcp, fields: () => tcpFields },
  sctp: { behind: IP, payload: () => sctpChunks, build: sctp, fields: () => sctpFields },
  gre: {
    behind: IP,
    payload: anything,
    build: gre,
    fields: (next) =>
      fc.oneof(
        optional({ ...greFields, hasChecksum: fc.constant(false) }, freeProtocolType(next)),
        optional({ ...greFields, reserved1: uint(16) }, { hasChecksum: true, ...freeProtocolType(next) }),
      ),
  },
  udp: {
    behind: IP,
    payload: anything,
    build: udp,
    fields: (next) =>
      optional({
        // DNS and DHCP have ports at both ends.
        ...(next !== 'dns' && next !== 'dhcp' && { sourcePort: freePort }),
        ...(next === undefined && { destinationPort: freePort }),
      }),
  },
  dns: { behind: ['udp'], build: dns, fields: () => dnsFields },
  dhcp: { behind: ['udp'], build: dhcp, fields: () => dhcpFields },
  vxlan: {
    behind: ['udp'],
    build: vxlan,
    fields: () =>
      optional({
        // tshark reads extensions of the reserved bits, which change what follows.
        ...{ flags: fc.constantFrom(0x08, 0x00), reserved1: uint(16), vni: uint(24), reserved2: uint(8) },
      }),
  },
  gtpU: {
    behind: ['udp'],
    payload: anything,
    build: gtpU,
    fields: (next) =>
      optional({
        ...{ teid: uint(32), sequenceNumber: uint(16), npduNumber: uint(8) },
        extensionHeaders: fc.array(gtpUExtension, { maxLength: 3 }),
        ...(next === undefined && { messageType: fc.constant(255) }),
      }),
  },
}

/** The first 16 are special: tshark looks into what follows some. */
const ordinaryLabel = fc.integer({ min: 16, max: 0xfffff })

const greFields = { key: uint(32), sequenceNumber: uint(32), reserved0: uint(7) }

/** For experiments. */
function freeNextHeader(next: string | undefined): object {
  return next === undefined ? { nextHeader: 253 } : {}
}

function freeProtocolType(next: string | undefined): object {
  return next === undefined ? { protocolType: FREE_ETHER_TYPE } : {}
}

/** A UDP port, and a PDU session container: what tshark knows, it takes apart. */
const gtpUExtension = fc.oneof(
  fc.record({ type: fc.constant(0x40), hex: hexadecimal(2, 2) }),
  fc.record({ type: fc.constant(0x85), hex: fc.constantFrom('0009', '1009') }),
)
