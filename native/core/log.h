// What EAL and the drivers say. DPDK explains most failures only in its log, so the latest lines are kept and
// travel with the error that they belong to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dpdk_node::log {

// Routes DPDK's log here; with `echo`, to standard error as well. Call before rte_eal_init.
void capture(bool echo);

// A position in the log: the number of lines written so far.
uint64_t mark();
// The lines written since, oldest first; at most the latest few hundred are kept.
std::vector<std::string> since(uint64_t position);

}  // namespace dpdk_node::log
