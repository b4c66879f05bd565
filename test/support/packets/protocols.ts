// Every protocol that packets can be built of, with valid fields at random. The laws of test/unit/headers/laws.test.ts
// and the comparison with tshark go over this table: a protocol is added by a row here.

import fc, { type Arbitrary } from 'fast-check'
import {
  ethernet,
  gre,
  gtpU,
  ipv4,
  type Layer,
  lldp,
  mpls,
  udp,
  vlanTag,
  vxlan,
} from '../../../lib/packets.js'
import { hexadecimal, ipv4Address, lldpFields, mac, optional, uint } from './fields.js'

export interface Protocol {
  /** The protocols that it can stand behind. `start` is the front of a frame. */
  behind: readonly string[]
  /** Whether bytes can follow that are no protocol's. */
  hasPayload: boolean
  build: (fields: never) => Layer
  /** Fields that can be given, any of them; those that say what follows only where nothing does. */
  fields: (next: string | undefined) => Arbitrary<object>
}

/** A UDP port that says nothing about what follows, not to tshark either. */
const freePort = fc.integer({ min: 10_000, max: 65_535 })
/** For local experiments. */
const FREE_ETHER_TYPE = 0x88b5

export const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  ethernet: {
    behind: ['start', 'vxlan', 'gre'],
    hasPayload: true,
    build: ethernet,
    fields: () => optional({ destination: mac, source: mac }),
  },
  vlanTag: {
    behind: ['ethernet', 'vlanTag'],
    hasPayload: true,
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
  lldp: {
    behind: ['ethernet', 'vlanTag'],
    hasPayload: false,
    build: lldp,
    fields: () => lldpFields,
  },
  mpls: {
    behind: ['ethernet', 'vlanTag', 'mpls', 'gre'],
    hasPayload: true,
    build: mpls,
    fields: () => optional({ label: ordinaryLabel, trafficClass: uint(3), ttl: uint(8) }),
  },
  ipv4: {
    behind: ['ethernet', 'vlanTag', 'mpls', 'ipv4', 'gre', 'gtpU'],
    hasPayload: true,
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
  gre: {
    behind: ['ipv4'],
    hasPayload: true,
    build: gre,
    fields: (next) =>
      fc.oneof(
        optional({ ...greFields, hasChecksum: fc.constant(false) }, freeProtocolType(next)),
        optional({ ...greFields, reserved1: uint(16) }, { hasChecksum: true, ...freeProtocolType(next) }),
      ),
  },
  udp: {
    behind: ['ipv4'],
    hasPayload: true,
    build: udp,
    fields: (next) =>
      optional({ sourcePort: freePort, ...(next === undefined && { destinationPort: freePort }) }),
  },
  vxlan: {
    behind: ['udp'],
    hasPayload: false,
    build: vxlan,
    fields: () =>
      optional({
        // tshark reads extensions of the reserved bits, which change what follows.
        ...{ flags: fc.constantFrom(0x08, 0x00), reserved1: uint(16), vni: uint(24), reserved2: uint(8) },
      }),
  },
  gtpU: {
    behind: ['udp'],
    hasPayload: true,
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

function freeProtocolType(next: string | undefined): object {
  return next === undefined ? { protocolType: FREE_ETHER_TYPE } : {}
}

/** A UDP port, and a PDU session container: what tshark knows, it takes apart. */
const gtpUExtension = fc.oneof(
  fc.record({ type: fc.constant(0x40), hex: hexadecimal(2, 2) }),
  fc.record({ type: fc.constant(0x85), hex: fc.constantFrom('0009', '1009') }),
)
