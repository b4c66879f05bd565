#include "handle.h"

#include <algorithm>

namespace dpdk_node {

void Handle::split(rte_mbuf** packets, uint16_t count) {
  for (uint16_t i = 0; i < count; i++) {
    Share& share = shares_[flow_hash(packets[i]) % shares_.size()];
    share.packets[share.count++] = packets[i];
  }
  for (size_t i = 0; i < rings_.size(); i++) {
    const uint16_t own = std::exchange(shares_[i].count, 0);
    if (own != 0) rings_[i]->deliver(shares_[i].packets, own);
  }
}

// One slow thread holds up the others: packets are taken from the device in order.
bool Handle::has_room() const {
  return std::all_of(rings_.begin(), rings_.end(), [](const auto& ring) { return ring->has_room(); });
}

Tallies Handle::tallies() const {
  Tallies tallies;
  for (const auto& ring : rings_) {
    const Tallies own = ring->tallies();
    tallies.insert(tallies.end(), own.begin(), own.end());
  }
  return tallies;
}

}  // namespace dpdk_node
