// Ways through a burst of packets that hide how long memory takes to answer.
#pragma once

#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <cstdint>

namespace dpdk_node {

// Calls `visit` with the first byte of each packet, whose line was asked for some packets before: a device has
// just written it, and it is not in this CPU's cache. Returns the length of the longest packet, which is on a
// line that is looked at anyway.
template <typename Visit>
uint32_t for_each_header(rte_mbuf** packets, uint16_t count, Visit visit) {
  constexpr uint16_t kAhead = 8;
  const uint16_t first = std::min(count, kAhead);
  for (uint16_t i = 0; i < first; i++) rte_prefetch0(rte_pktmbuf_mtod(packets[i], void*));
  uint32_t longest = 0;
  uint16_t i = 0;
  for (; i + kAhead < count; i++) {
    rte_prefetch0(rte_pktmbuf_mtod(packets[i + kAhead], void*));
    longest = std::max(longest, packets[i]->pkt_len);
    visit(rte_pktmbuf_mtod(packets[i], uint8_t*));
  }
  for (; i < count; i++) {
    longest = std::max(longest, packets[i]->pkt_len);
    visit(rte_pktmbuf_mtod(packets[i], uint8_t*));
  }
  return longest;
}

}  // namespace dpdk_node
