// Where routes lead: a port and the MAC address to send to; or several, of which each flow has one.
//
// A route's value in a lookup is an index into one array that lcores read. An entry is one word, so a
// neighbour's address changes under running packets.
#pragma once

#include <rte_ether.h>
#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "flow_hash.h"
#include "ip_address.h"
#include "prefix_lookup.h"

namespace dpdk_node {

// For lcores. Eight bytes, read, written and compared as one word.
struct alignas(8) Hop {
  using Word = uint64_t;
  static constexpr uint16_t kNowhere = 0xffff;

  rte_ether_addr address;  // nowhere: its first byte is 1 where only the neighbour is not known
  uint16_t port;

  bool is_unknown_neighbour() const { return address.addr_bytes[0] != 0; }
};
static_assert(sizeof(Hop) == 8);

// As routes are asked for: exactly one of `address` and `via`.
struct NextHop {
  uint16_t port;
  std::optional<std::array<uint8_t, RTE_ETHER_ADDR_LEN>> address;
  std::optional<IpAddress> via;  // a neighbour on the port's link

  // NOLINTNEXTLINE(modernize-use-nullptr): it takes the 0 of what is generated for a pointer
  auto operator<=>(const NextHop&) const = default;
};

struct Neighbour {
  uint16_t port;
  IpAddress address;
  std::optional<std::array<uint8_t, RTE_ETHER_ADDR_LEN>> mac;  // to forget it: none
};

class NextHops {
 public:
  // Control thread, except for `pick`.
  NextHops();

  // Lcore. Of several, the packet's flow decides. 0 is nowhere.
  Hop::Word pick(uint32_t value, const rte_mbuf* packet) const {
    const Entry* entry = &entries_[value];
    if (unlikely(entry->count > 1)) entry += flow_hash(packet) % entry->count;
    return entry->hop.load(std::memory_order_relaxed);
  }

  // The value for these, which the caller holds until it releases it. Throws TOO_MANY_NEXT_HOPS.
  uint32_t acquire(const std::vector<NextHop>& hops);
  void retain(uint32_t value) { groups_.at(value).holders++; }
  // It may be used for others after `forget_released`, which is for when no lcore has it any more.
  void release(uint32_t value);
  void forget_released();

  const std::vector<NextHop>& describe(uint32_t value) const { return *groups_.at(value).hops; }

  // Adds to what is known, or takes its place.
  void set_neighbours(const std::vector<Neighbour>& neighbours, bool only_these);

 private:
  struct Entry {
    std::atomic<Hop::Word> hop;
    uint32_t count;  // of the group that begins here
  };
  struct Group {
    const std::vector<NextHop>* hops;  // the key in values_
    uint64_t holders;
  };
  using NeighbourKey = std::pair<uint16_t, IpAddress>;

  uint32_t allocate(uint32_t count);
  void write(uint32_t value, const std::vector<NextHop>& hops);
  Hop resolve(const NextHop& hop) const;

  std::unique_ptr<Entry[]> entries_;
  uint32_t used_ = 1;
  std::map<uint32_t, std::vector<uint32_t>> free_;  // runs of entries, by their length
  std::map<std::vector<NextHop>, uint32_t> values_;
  std::unordered_map<uint32_t, Group> groups_;
  std::vector<uint32_t> released_;
  std::map<NeighbourKey, std::array<uint8_t, RTE_ETHER_ADDR_LEN>> neighbours_;
};

}  // namespace dpdk_node
