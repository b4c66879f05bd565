// Where Ethernet stations are: MAC addresses, the port behind which each was heard, and when it was heard last;
// the filtering database of IEEE 802.1Q, clause 8.8.
//
// Lcores look up without a lock and note what they hear; the control thread adds and removes.
#pragma once

#include <rte_ether.h>
#include <rte_hash.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error.h"

namespace dpdk_node {

class AddressTable {
 public:
  // Where a station is, for the lcore that asked.
  struct Station {
    int32_t position;  // negative when it is not known
    uint16_t port;
    explicit operator bool() const { return position >= 0; }
  };

  // Control thread. Throws when EAL has no memory for so many.
  explicit AddressTable(uint32_t capacity);
  // Control thread, when no lcore has it any more.
  ~AddressTable();
  AddressTable(const AddressTable&) = delete;
  AddressTable& operator=(const AddressTable&) = delete;

  // Lcore.
  Station find(const rte_ether_addr& address) const;
  // Lcore: a frame came from it. `now` is a TSC reading.
  void heard(const Station& station, uint64_t now) {
    heard_[static_cast<size_t>(station.position)].store(now, std::memory_order_relaxed);
  }

  // Control thread. A station has one place: the last one that was said. Throws TABLE_FULL.
  void set(const rte_ether_addr& address, uint16_t port);
  // Control thread. Forgets it; false when it was not known.
  bool remove(const rte_ether_addr& address);
  // Control thread. Forgets those that were not heard for so many TSC cycles, and returns them.
  std::vector<rte_ether_addr> expire(uint64_t cycles);

  // Any thread.
  uint32_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  void free_positions(const std::vector<int32_t>& positions);

  rte_hash* hash_;
  uint32_t capacity_;
  std::atomic<uint32_t> size_{0};
  std::unique_ptr<std::atomic<uint64_t>[]> heard_;  // by position
};

}  // namespace dpdk_node
