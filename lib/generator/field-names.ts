/** The fields that have names, and where they are in their headers. */

import type { Header } from '../packet/headers/header.js'
import type { Layers } from '../packet/layers.js'
import type { ValueKind } from './values.js'

/** Of so many bytes from `at` on, these bits. */
export interface FieldShape {
  at: number
  width: 1 | 2 | 4 | 8 | 16
  mask: bigint
  shift: number
  kind: ValueKind
}

interface Place extends FieldShape {
  find: (layers: Layers) => Header | undefined
}

type Find = Place['find']

function bytes(find: Find, at: number, width: 1 | 2 | 4): Place {
  return { find, at, width, mask: 2n ** BigInt(8 * width) - 1n, shift: 0, kind: 'number' }
}

/** `count` bits of a field of `width` bytes, with `shift` others to the right. */
function bits(find: Find, at: number, width: 1 | 2 | 4, count: number, shift: number): Place {
  return { find, at, width, mask: (2n ** BigInt(count) - 1n) << BigInt(shift), shift, kind: 'number' }
}

/** Six bytes, as the upper ones of eight. */
function mac(find: Find, at: number): Place {
  return { find, at, width: 8, mask: 0xffff_ffff_ffff_0000n, shift: 16, kind: 'mac' }
}

function ipv4Address(find: Find, at: number): Place {
  return { ...bytes(find, at, 4), kind: 'ipv4' }
}

function ipv6Address(find: Find, at: number): Place {
  return { find, at, width: 16, mask: 2n ** 128n - 1n, shift: 0, kind: 'ipv6' }
}

const ethernet: Find = (layers) => layers.ethernet
const vlanTag: Find = (layers) => layers.vlanTag
const innerTag: Find = (layers) => layers.vlanTag?.inner
const ipv4: Find = (layers) => layers.ipv4
const ipv6: Find = (layers) => layers.ipv6
const udp: Find = (layers) => layers.udp
const tcp: Find = (layers) => layers.tcp
const icmp: Find = (layers) => layers.icmp
const icmpv6: Find = (layers) => layers.icmpv6

const PLACES = {
  'ethernet.destination': mac(ethernet, 0),
  'ethernet.source': mac(ethernet, 6),
  'vlanTag.id': bits(vlanTag, 0, 2, 12, 0),
  'vlanTag.priority': bits(vlanTag, 0, 2, 3, 13),
  'vlanTag.inner.id': bits(innerTag, 0, 2, 12, 0),
  'vlanTag.inner.priority': bits(innerTag, 0, 2, 3, 13),
  'mpls.label': bits((layers) => layers.mpls, 0, 4, 20, 12),
  'ipv4.source': ipv4Address(ipv4, 12),
  'ipv4.destination': ipv4Address(ipv4, 16),
  'ipv4.dscp': bits(ipv4, 1, 1, 6, 2),
  'ipv4.identification': bytes(ipv4, 4, 2),
  'ipv4.ttl': bytes(ipv4, 8, 1),
  'ipv6.source': ipv6Address(ipv6, 8),
  'ipv6.destination': ipv6Address(ipv6, 24),
  'ipv6.trafficClass': bits(ipv6, 0, 2, 8, 4),
  'ipv6.flowLabel': bits(ipv6, 0, 4, 20, 0),
  'ipv6.hopLimit': bytes(ipv6, 7, 1),
  'udp.sourcePort': bytes(udp, 0, 2),
  'udp.destinationPort': bytes(udp, 2, 2),
  'tcp.sourcePort': bytes(tcp, 0, 2),
  'tcp.destinationPort': bytes(tcp, 2, 2),
  'tcp.sequenceNumber': bytes(tcp, 4, 4),
  'tcp.acknowledgementNumber': bytes(tcp, 8, 4),
  'tcp.window': bytes(tcp, 14, 2),
  'sctp.sourcePort': bytes((layers) => layers.sctp, 0, 2),
  'sctp.destinationPort': bytes((layers) => layers.sctp, 2, 2),
  'icmp.identifier': bytes(icmp, 4, 2),
  'icmp.sequenceNumber': bytes(icmp, 6, 2),
  'icmpv6.identifier': bytes(icmpv6, 4, 2),
  'icmpv6.sequenceNumber': bytes(icmpv6, 6, 2),
  'vxlan.vni': bits((layers) => layers.vxlan, 4, 4, 24, 8),
  'gtpU.teid': bytes((layers) => layers.gtpU, 4, 4),
} satisfies Record<string, Place>

type Outer = keyof typeof PLACES

/** `inner.` is what a tunnel carries, and may stand twice. */
export type FieldName = Outer | `inner.${Outer}` | `inner.inner.${Outer}`

export const FIELD_NAMES = Object.keys(PLACES) as readonly Outer[]

/** The field of that name; undefined when no field has it. */
export function fieldPlace(name: string): FieldShape | undefined {
  return PLACES[outerName(name) as Outer]
}

/** Where its header is; undefined when the packet has no such header. */
export function findHeader(name: string, frame: Layers): Header | undefined {
  let layers: Layers | undefined = frame
  for (let rest = name; rest.startsWith('inner.'); rest = rest.slice(6)) layers = layers?.inner
  return layers === undefined ? undefined : PLACES[outerName(name) as Outer].find(layers)
}

function outerName(name: string): string {
  return name.replace(/^(inner\.){1,2}/, '')
}
