#include "action_list.h"

#include <rte_cycles.h>

#include <algorithm>

namespace dpdk_node {

void ActionList::go_on(size_t from, rte_mbuf** packets, uint16_t count) {
  count = process_from(from, packets, count);
  if (count == 0) return;
  if (parent_ != nullptr) {
    parent_->go_on(behind_, packets, count);
  } else {
    unclaimed_.add(count);
    rte_pktmbuf_free_bulk(packets, count);
  }
}

uint16_t ActionList::process_from(size_t from, rte_mbuf** packets, uint16_t count) {
  if (unlikely(measurement_.on.load(std::memory_order_relaxed))) return measure_from(from, packets, count);
  for (size_t i = from; i < actions_.size() && count != 0; i++) {
    count = actions_[i]->process(packets, count);
  }
  return count;
}

uint16_t ActionList::measure_from(size_t from, rte_mbuf** packets, uint16_t count) {
  const uint64_t outside = measurement_.in_lists;
  uint64_t inside = 0;
  for (size_t i = from; i < actions_.size() && count != 0; i++) {
    Cost& cost = actions_[i]->cost();
    cost.packets.add(count);
    measurement_.in_lists = 0;
    const uint64_t start = rte_rdtsc();
    count = actions_[i]->process(packets, count);
    const uint64_t cycles = rte_rdtsc() - start;
    cost.cycles.add(cycles - std::min(cycles, measurement_.in_lists));
    inside += cycles;
  }
  measurement_.in_lists = outside + inside;
  return count;
}

}  // namespace dpdk_node
