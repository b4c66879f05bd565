// A number that is the same for all packets of a flow, in both directions.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

namespace dpdk_node {

// The device's RSS hash where it computed one; otherwise over addresses, protocol and ports of IPv4 and IPv6,
// behind VLAN tags, with both directions alike; for anything else over the Ethernet addresses. Fragments hash
// without ports, so that all of a datagram stay together.
uint32_t flow_hash(const rte_mbuf* packet);

}  // namespace dpdk_node
