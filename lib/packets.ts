/**
 * Packets without ports: to build, read and print them. Needs neither the addon nor privileges.
 *
 * @example
 * ```ts
 * import { ethernet, Frame, ipv4, udp } from 'dpdk-node/packets'
 *
 * const frame = Frame.build(ethernet(), ipv4({ ttl: 3 }), udp({ destinationPort: 7 }), 'hello')
 * console.log(frame.summary())
 * ```
 */

export { arp } from './packet/builders/arp.js'
export type { BuildPart } from './packet/builders/build.js'
export { ethernet } from './packet/builders/ethernet.js'
export { icmp } from './packet/builders/icmp.js'
export { icmpv6 } from './packet/builders/icmpv6.js'
export { igmp } from './packet/builders/igmp.js'
export { ipv4 } from './packet/builders/ipv4.js'
export { ipv6 } from './packet/builders/ipv6.js'
export {
  authentication,
  destinationOptions,
  fragment,
  hopByHop,
  mobility,
  routing,
} from './packet/builders/ipv6-extensions.js'
export type { Layer } from './packet/builders/layer.js'
export { payload, trailer } from './packet/builders/raw.js'
export { udp } from './packet/builders/udp.js'
export { vlanTag } from './packet/builders/vlan.js'
export { Frame } from './packet/frame.js'
export type { ArpFields, ArpHeader } from './packet/headers/arp.js'
export type { AuthenticationFields, AuthenticationHeader } from './packet/headers/authentication.js'
export type { EthernetFields, EthernetHeader } from './packet/headers/ethernet.js'
export type { GroupRecord } from './packet/headers/group-records.js'
export type { Header } from './packet/headers/header.js'
export type { IcmpFields, IcmpHeader } from './packet/headers/icmp.js'
export type { Icmpv6Header } from './packet/headers/icmpv6.js'
export type { Icmpv6Fields } from './packet/headers/icmpv6-fields.js'
export type { IgmpFields, IgmpHeader } from './packet/headers/igmp.js'
export type { Ipv4Fields, Ipv4Header } from './packet/headers/ipv4.js'
export type { Ipv6Extension, Ipv6Fields, Ipv6Header } from './packet/headers/ipv6.js'
export type { FragmentFields, FragmentHeader } from './packet/headers/ipv6-fragment.js'
export type { MobilityFields, MobilityHeader } from './packet/headers/ipv6-mobility.js'
export type {
  DestinationOptionsHeader,
  HopByHopHeader,
  Ipv6Option,
  Ipv6OptionsFields,
} from './packet/headers/ipv6-options.js'
export type { RoutingFields, RoutingHeader } from './packet/headers/ipv6-routing.js'
export type { NeighbourOption } from './packet/headers/neighbour-options.js'
export type { UdpFields, UdpHeader } from './packet/headers/udp.js'
export type { VlanFields, VlanTag } from './packet/headers/vlan.js'
export {
  formatIpv4Address,
  formatIpv6Address,
  parseIpv4Address,
  parseIpv6Address,
} from './packet/ip-address.js'
export { MacAddress } from './packet/mac-address.js'
export * as numbers from './packet/protocol-numbers.js'
