import type { GroupRecord } from './group-records.js'
import type { Icmpv6Header } from './icmpv6.js'
import type { NeighbourOption } from './neighbour-options.js'

/** Each type of message has some of them: see the getters of the header. */
export interface Icmpv6Fields {
  /** 1 destination unreachable, 2 packet too big, 128 echo request, 135 neighbour solicitation. */
  type: number
  code: number
  checksum: number
  /** Of echoes. */
  identifier?: number
  sequenceNumber?: number
  /** Of packets that were too big: bytes that fit. */
  mtu?: number
  /** Of parameter problems: where in the packet. */
  pointer?: number
  /** Of unreachable destinations and exceeded times: four bytes, usually 0. */
  restOfHeader?: number
  /** Of router advertisements. */
  currentHopLimit?: number
  managedAddressConfiguration?: boolean
  otherConfiguration?: boolean
  homeAgent?: boolean
  /** 0 medium, 1 high, 3 low. */
  routerPreference?: number
  /** In seconds. */
  routerLifetime?: number
  /** In milliseconds. */
  reachableTime?: number
  /** In milliseconds. */
  retransmissionTimer?: number
  /** Of neighbour advertisements. */
  router?: boolean
  solicited?: boolean
  override?: boolean
  /** Of neighbour solicitations and advertisements, and of redirects: `2001:db8::1`. */
  target?: string
  /** Of redirects. */
  destination?: string
  /** Of neighbour discovery. */
  options?: NeighbourOption[]
  /** Of multicast queries, and of reports of version 1. */
  maximumResponseCode?: number
  group?: string
  /** Of multicast queries of version 2. */
  suppressRouterSideProcessing?: boolean
  querierRobustnessVariable?: number
  querierQueryIntervalCode?: number
  sources?: string[]
  /** Of multicast reports of version 2. */
  records?: GroupRecord[]
}

/** All that there may be, in the order of the messages' formats. */
export const ICMPV6_FIELDS = [
  ...([
    'type',
    'code',
    'checksum',
    'identifier',
    'sequenceNumber',
    'mtu',
    'pointer',
    'restOfHeader',
  ] as const),
  ...(['currentHopLimit', 'managedAddressConfiguration', 'otherConfiguration', 'homeAgent'] as const),
  ...(['routerPreference', 'routerLifetime', 'reachableTime', 'retransmissionTimer'] as const),
  ...(['router', 'solicited', 'override', 'target', 'destination', 'options'] as const),
  ...(['maximumResponseCode', 'group', 'suppressRouterSideProcessing'] as const),
  ...(['querierRobustnessVariable', 'querierQueryIntervalCode', 'sources', 'records'] as const),
]

/** Those that a message has. */
export function icmpv6FieldsOf(header: Icmpv6Header): Icmpv6Fields {
  const { type, code, checksum } = header
  const entries = ICMPV6_FIELDS.map((name) => [name, header[name]]).filter(([, value]) => value !== undefined)
  return { type, code, checksum, ...Object.fromEntries(entries) }
}
