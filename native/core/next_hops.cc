#include "next_hops.h"

#include <cstring>
#include <string>

#include "error.h"

namespace dpdk_node {

NextHops::NextHops() : entries_(std::make_unique<Entry[]>(kMaxValue + 1)) {
  constexpr Hop kNoRoute = {{}, Hop::kNowhere};
  entries_[0].hop.store(__builtin_bit_cast(uint64_t, kNoRoute), std::memory_order_relaxed);
  entries_[0].count = 1;
}

uint32_t NextHops::acquire(const std::vector<NextHop>& hops) {
  const auto known = values_.find(hops);
  if (known != values_.end()) {
    retain(known->second);
    return known->second;
  }
  const uint32_t value = allocate(static_cast<uint32_t>(hops.size()));
  const auto [key, _] = values_.emplace(hops, value);
  groups_[value] = {&key->first, 1};
  entries_[value].count = static_cast<uint32_t>(hops.size());
  write(value, hops);
  return value;
}

void NextHops::release(uint32_t value) {
  Group& group = groups_.at(value);
  if (--group.holders == 0) released_.push_back(value);
}

void NextHops::forget_released() {
  for (const uint32_t value : std::exchange(released_, {})) {
    const auto found = groups_.find(value);
    // It may have been asked for again, or be here twice.
    if (found == groups_.end() || found->second.holders != 0) continue;
    free_[static_cast<uint32_t>(found->second.hops->size())].push_back(value);
    values_.erase(*found->second.hops);
    groups_.erase(found);
  }
}

void NextHops::set_neighbours(const std::vector<Neighbour>& neighbours, bool only_these) {
  if (only_these) neighbours_.clear();
  for (const Neighbour& neighbour : neighbours) {
    const NeighbourKey key(neighbour.port, neighbour.address);
    if (neighbour.mac) {
      neighbours_[key] = *neighbour.mac;
    } else {
      neighbours_.erase(key);
    }
  }
  for (const auto& [value, group] : groups_) write(value, *group.hops);
}

uint32_t NextHops::allocate(uint32_t count) {
  std::vector<uint32_t>& again = free_[count];
  if (!again.empty()) {
    const uint32_t value = again.back();
    again.pop_back();
    return value;
  }
  if (used_ + count > kMaxValue + 1) {
    throw Error("TOO_MANY_NEXT_HOPS",
                "a route table has room for " + std::to_string(kMaxValue) + " different next hops");
  }
  const uint32_t value = used_;
  used_ += count;
  return value;
}

void NextHops::write(uint32_t value, const std::vector<NextHop>& hops) {
  for (size_t i = 0; i < hops.size(); i++) {
    const auto word = __builtin_bit_cast(uint64_t, resolve(hops[i]));
    entries_[value + i].hop.store(word, std::memory_order_relaxed);
  }
}

Hop NextHops::resolve(const NextHop& hop) const {
  Hop resolved = {{}, hop.port};
  if (hop.address) {
    std::memcpy(resolved.address.addr_bytes, hop.address->data(), RTE_ETHER_ADDR_LEN);
    return resolved;
  }
  const auto neighbour = neighbours_.find({hop.port, *hop.via});
  if (neighbour == neighbours_.end()) return {{{1}}, Hop::kNowhere};
  std::memcpy(resolved.address.addr_bytes, neighbour->second.data(), RTE_ETHER_ADDR_LEN);
  return resolved;
}

}  // namespace dpdk_node
