/**
 * How protocols name what follows them.
 *
 * @see https://www.iana.org/assignments/ieee-802-numbers, .../protocol-numbers, .../service-names-port-numbers
 */

export const ETHER_TYPE_IPV4 = 0x0800
export const ETHER_TYPE_ARP = 0x0806
/** What GRE calls an Ethernet frame. */
export const ETHER_TYPE_TRANSPARENT_ETHERNET = 0x6558
/** 802.1Q: a customer's tag. */
export const ETHER_TYPE_VLAN = 0x8100
export const ETHER_TYPE_IPV6 = 0x86dd
export const ETHER_TYPE_MPLS = 0x8847
export const ETHER_TYPE_MPLS_MULTICAST = 0x8848
/** 802.1ad: a provider's tag. */
export const ETHER_TYPE_SERVICE_VLAN = 0x88a8
export const ETHER_TYPE_LLDP = 0x88cc
/** Below this, it is the length of an 802.3 frame. */
export const LOWEST_ETHER_TYPE = 0x0600

export const PROTOCOL_HOP_BY_HOP = 0
export const PROTOCOL_ICMP = 1
export const PROTOCOL_IGMP = 2
export const PROTOCOL_IPV4 = 4
export const PROTOCOL_TCP = 6
export const PROTOCOL_UDP = 17
export const PROTOCOL_IPV6 = 41
export const PROTOCOL_ROUTING = 43
export const PROTOCOL_FRAGMENT = 44
export const PROTOCOL_GRE = 47
export const PROTOCOL_ESP = 50
export const PROTOCOL_AUTHENTICATION = 51
export const PROTOCOL_ICMPV6 = 58
export const PROTOCOL_NO_NEXT_HEADER = 59
export const PROTOCOL_DESTINATION_OPTIONS = 60
export const PROTOCOL_SCTP = 132
export const PROTOCOL_MOBILITY = 135

export const PORT_DNS = 53
export const PORT_DHCP_SERVER = 67
export const PORT_DHCP_CLIENT = 68
export const PORT_GTP_U = 2152
export const PORT_VXLAN = 4789
export const PORT_MDNS = 5353
