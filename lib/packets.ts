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

export type { BuildPart } from './packet/builders/build.js'
export { dhcp } from './packet/builders/dhcp.js'
export { type DnsContent, dns } from './packet/builders/dns.js'
export { ethernet } from './packet/builders/ethernet.js'
export { gre } from './packet/builders/gre.js'
export { gtpU } from './packet/builders/gtp-u.js'
export { ipv4 } from './packet/builders/ipv4.js'
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
export type { GtpUExtensionHeader, GtpUFields, GtpUHeader } from './packet/headers/gtp-u.js'
export type { Header } from './packet/headers/header.js'
export type { Ipv4Fields, Ipv4Header } from './packet/headers/ipv4.js'
export type { LldpFields, LldpHeader } from './packet/headers/lldp.js'
export type { LldpIdentifier, LldpManagementAddress, LldpTlv } from './packet/headers/lldp-tlv.js'
export type { MplsFields, MplsHeader } from './packet/headers/mpls.js'
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
