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
export { dhcp } from './packet/builders/dhcp.js'
export { type DnsContent, dns } from './packet/builders/dns.js'
export { ethernet } from './packet/builders/ethernet.js'
export { gre } from './packet/builders/gre.js'
export { gtpU } from './packet/builders/gtp-u.js'
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
export { lldp } from './packet/builders/lldp.js'
export { mpls } from './packet/builders/mpls.js'
export { payload, trailer } from './packet/builders/raw.js'
export { sctp, sctpChunk } from './packet/builders/sctp.js'
export { tcp } from './packet/builders/tcp.js'
export { udp } from './packet/builders/udp.js'
export { vlanTag } from './packet/builders/vlan.js'
export { vxlan } from './packet/builders/vxlan.js'
export { Frame } from './packet/frame.js'
export type { ArpFields, ArpHeader } from './packet/headers/arp.js'
export type { AuthenticationFields, AuthenticationHeader } from './packet/headers/authentication.js'
export type { DhcpFields, DhcpHeader } from './packet/headers/dhcp.js'
export { DHCP_MESSAGE_TYPES, type DhcpOption } from './packet/headers/dhcp-options.js'
export { DNS_FLAGS, type DnsFields, DnsHeader } from './packet/headers/dns.js'
export {
  DNS_TYPES,
  type DnsData,
  type DnsOption,
  type DnsQuestion,
  type DnsRecord,
  type DnsStartOfAuthority,
} from './packet/headers/dns-records.js'
export type { EthernetFields, EthernetHeader } from './packet/headers/ethernet.js'
export type { GreFields, GreHeader } from './packet/headers/gre.js'
export type { GroupRecord } from './packet/headers/group-records.js'
export type { GtpUExtensionHeader, GtpUFields, GtpUHeader } from './packet/headers/gtp-u.js'
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
export type { LldpFields, LldpHeader } from './packet/headers/lldp.js'
export type { LldpIdentifier, LldpManagementAddress, LldpTlv } from './packet/headers/lldp-tlv.js'
export type { MplsFields, MplsHeader } from './packet/headers/mpls.js'
export type { NeighbourOption } from './packet/headers/neighbour-options.js'
export type { SctpChunk, SctpFields, SctpHeader } from './packet/headers/sctp.js'
export { TCP_FLAGS, type TcpFields, type TcpHeader } from './packet/headers/tcp.js'
export type { TcpOption } from './packet/headers/tcp-options.js'
export type { UdpFields, UdpHeader } from './packet/headers/udp.js'
export type { VlanFields, VlanTag } from './packet/headers/vlan.js'
export type { VxlanFields, VxlanHeader } from './packet/headers/vxlan.js'
export {
  formatIpv4Address,
  formatIpv6Address,
  parseIpv4Address,
  parseIpv6Address,
} from './packet/ip-address.js'
export type { InnerPacket } from './packet/layers.js'
export { MacAddress } from './packet/mac-address.js'
export * as numbers from './packet/protocol-numbers.js'
