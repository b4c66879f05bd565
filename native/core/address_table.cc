#include "address_table.h"

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_hash_crc.h>
#include <rte_memory.h>

#include <cstring>

#include "eal.h"

namespace dpdk_node {

namespace {

// Eight bytes and aligned, as the hash reads them.
uint64_t key_of(const rte_ether_addr& address) {
  uint64_t key = 0;
  std::memcpy(&key, address.addr_bytes, RTE_ETHER_ADDR_LEN);
  return key;
}

rte_ether_addr address_of(uint64_t key) {
  rte_ether_addr address;
  std::memcpy(address.addr_bytes, &key, RTE_ETHER_ADDR_LEN);
  return address;
}

}  // namespace

AddressTable::AddressTable(uint32_t capacity) : capacity_(capacity) {
  static uint32_t made = 0;
  const std::string name = "address_table_" + std::to_string(made++);
  rte_hash_parameters parameters = {};
  parameters.name = name.c_str();
  parameters.entries = capacity;
  parameters.key_len = sizeof(uint64_t);
  parameters.hash_func = rte_hash_crc;
  parameters.socket_id = SOCKET_ID_ANY;
  // Without further buckets some addresses would not fit long before the table is full.
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF | RTE_HASH_EXTRA_FLAGS_EXT_TABLE;
  hash_ = rte_hash_create(&parameters);
  if (hash_ == nullptr) {
    throw Error("NOT_ENOUGH_MEMORY", "no memory for a table of " + std::to_string(capacity) + " addresses",
                -rte_errno, "rte_hash_create");
  }
  const auto positions = static_cast<size_t>(rte_hash_max_key_id(hash_)) + 1;
  heard_ = std::make_unique<std::atomic<uint64_t>[]>(positions);
}

AddressTable::~AddressTable() { rte_hash_free(hash_); }

AddressTable::Station AddressTable::find(const rte_ether_addr& address) const {
  const uint64_t key = key_of(address);
  void* port = nullptr;
  const int32_t position = rte_hash_lookup_data(hash_, &key, &port);
  return {position, static_cast<uint16_t>(reinterpret_cast<uintptr_t>(port))};
}

void AddressTable::set(const rte_ether_addr& address, uint16_t port) {
  const uint64_t key = key_of(address);
  const bool is_new = rte_hash_lookup(hash_, &key) < 0;
  if (is_new && size() == capacity_) {
    throw Error("TABLE_FULL", "the table has its " + std::to_string(capacity_) + " addresses already");
  }
  // NOLINTNEXTLINE(performance-no-int-to-ptr): rte_hash keeps pointers, and a port's number is all there is.
  void* const data = reinterpret_cast<void*>(static_cast<uintptr_t>(port));
  check(rte_hash_add_key_data(hash_, &key, data), "rte_hash_add_key_data", "cannot add an address");
  heard({rte_hash_lookup(hash_, &key), port}, rte_rdtsc());
  if (is_new) size_.store(size() + 1, std::memory_order_relaxed);
}

bool AddressTable::remove(const rte_ether_addr& address) {
  const uint64_t key = key_of(address);
  const int32_t position = rte_hash_del_key(hash_, &key);
  if (position < 0) return false;
  free_positions({position});
  return true;
}

std::vector<rte_ether_addr> AddressTable::expire(uint64_t cycles) {
  const uint64_t now = rte_rdtsc();
  std::vector<uint64_t> silent;
  const void* key;
  void* port;
  uint32_t next = 0;
  for (int32_t position; (position = rte_hash_iterate(hash_, &key, &port, &next)) >= 0;) {
    const uint64_t heard = heard_[static_cast<size_t>(position)].load(std::memory_order_relaxed);
    // Another CPU's counter may be a little ahead.
    if (heard < now && now - heard > cycles) silent.push_back(*static_cast<const uint64_t*>(key));
  }
  std::vector<int32_t> positions;
  std::vector<rte_ether_addr> forgotten;
  for (const uint64_t station : silent) {
    positions.push_back(rte_hash_del_key(hash_, &station));
    forgotten.push_back(address_of(station));
  }
  free_positions(positions);
  return forgotten;
}

// A key's place is used again only when no lcore can be comparing with it any more.
void AddressTable::free_positions(const std::vector<int32_t>& positions) {
  if (positions.empty()) return;
  eal::synchronize();
  for (const int32_t position : positions) rte_hash_free_key_with_position(hash_, position);
  size_.store(size() - static_cast<uint32_t>(positions.size()), std::memory_order_relaxed);
}

}  // namespace dpdk_node
