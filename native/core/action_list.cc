#include "action_list.h"

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
  for (size_t i = from; i < actions_.size() && count != 0; i++) {
    count = actions_[i]->process(packets, count);
  }
  return count;
}

}  // namespace dpdk_node
