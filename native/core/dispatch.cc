#include "dispatch.h"

#include <algorithm>
#include <utility>

namespace dpdk_node {

void Dispatch::flush() {
  const uint16_t count = std::exchange(count_, 0);
  if (count == 0) return;
  if (fate_ == kContinue) {
    continue_(packets_, count);
  } else {
    send(outputs_[static_cast<size_t>(fate_)], count);
  }
}

// A packet for several outputs is not copied: its reference count goes up, and the last transmission frees
// it, as in bonding's broadcast. (A clone would cost a second mbuf, and is wrong for
// isolated buffers: see mempool.h.)
void Dispatch::send(const OutputSet& outputs, uint16_t count) {
  if (likely(outputs.size() == 1)) {
    outputs.front()->send(packets_, count);
    return;
  }
  const auto more = static_cast<int16_t>(outputs.size() - 1);
  for (uint16_t i = 0; i < count; i++) rte_pktmbuf_refcnt_update(packets_[i], more);
  for (Output* output : outputs) {
    // Sending uses its array as scratch.
    rte_mbuf* packets[kBurst];
    std::copy_n(packets_, count, packets);
    output->send(packets, count);
  }
}

}  // namespace dpdk_node
