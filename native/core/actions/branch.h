// An action with a list of its own, for some of the packets. Those that come out of that list's end go on
// together with the others, all in the order in which they came.
#pragma once

#include <bit>
#include <memory>
#include <utility>

#include "../action_list.h"
#include "../output.h"
#include "action.h"

namespace dpdk_node {

class Branch : public Action {
 public:
  explicit Branch(std::unique_ptr<ActionList> list) : list_(std::move(list)) {}

  const ActionList* branch() const final { return list_.get(); }

 protected:
  // A bit for each packet of a burst: whether it goes into the branch.
  using Chosen = uint32_t;
  static_assert(kBurst <= 32);

  // As `process`, for the packets that were chosen.
  uint16_t divert(rte_mbuf** packets, uint16_t count, Chosen chosen) {
    const auto entering = static_cast<uint16_t>(std::popcount(chosen));
    if (entering == 0) return count;
    if (entering == count) return list_->process(packets, count);
    rte_mbuf* own[kBurst];
    uint16_t filled = 0;
    for (Chosen left = chosen; left != 0; left &= left - 1) own[filled++] = packets[std::countr_zero(left)];
    return merge(packets, count, chosen, own, list_->process(own, entering));
  }

 private:
  // What came out of the branch is what went in, with gaps. Packets that are gone are not touched: only their
  // addresses are compared.
  static uint16_t merge(rte_mbuf** packets, uint16_t count, Chosen chosen, rte_mbuf** out,
                        uint16_t out_count) {
    uint16_t kept = 0;
    uint16_t next = 0;
    for (uint16_t i = 0; i < count; i++) {
      if ((chosen >> i & 1) == 0) {
        packets[kept++] = packets[i];
      } else if (next < out_count && out[next] == packets[i]) {
        packets[kept++] = out[next++];
      }
    }
    return kept;
  }

  const std::unique_ptr<ActionList> list_;
};

}  // namespace dpdk_node
