// What DPDK's lookups take of EAL's memory.
#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <string>

#include "error.h"

namespace dpdk_node {

inline constexpr uint64_t kFirstEntries = uint64_t{1} << 24;  // one for each value of the first 24 bits
inline constexpr uint64_t kGroupEntries = 256;

inline uint64_t entries_bytes(uint32_t groups, uint64_t entry_bytes) {
  return (kFirstEntries + (groups + 1) * kGroupEntries) * entry_bytes;
}

// Nodes of rte_rib and rte_rib6, two for each route.
inline uint64_t rib_bytes(uint32_t routes, uint32_t node_bytes) {
  rte_mempool_objsz size;
  return uint64_t{2} * routes * rte_mempool_calc_obj_size(node_bytes, 0, &size);
}

[[noreturn]] inline void throw_no_memory(uint32_t routes, const char* family, uint64_t bytes,
                                         const char* call) {
  throw Error("NOT_ENOUGH_MEMORY",
              "no memory for " + std::to_string(routes) + " " + family + " routes: their table needs " +
                  std::to_string(bytes) + " bytes of EAL memory",
              0, call);
}

}  // namespace dpdk_node
