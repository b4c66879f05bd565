#include "output.h"

#include <rte_cycles.h>

#include <algorithm>

namespace dpdk_node {

Tallies Output::tallies() const {
  return {
      {"requested", &counters_.requested},
      {"accepted", &counters_.accepted},
      {"buffered", &buffered_},
      {"rejectedFull", &counters_.rejected_full},
      {"rejectedTooLong", &counters_.rejected_too_long},
      {"rejectedClosed", &counters_.rejected_closed},
  };
}

void Output::send(rte_mbuf** packets, uint16_t count) {
  const bool limited = longest_frame_.load(std::memory_order_relaxed) != kNoLimit;
  send(packets, count, limited ? longest_of(packets, count) : 0);
}

void Output::send(rte_mbuf** packets, uint16_t count, uint32_t longest) {
  counters_.requested.add(count);
  if (unlikely(!open_.load(std::memory_order_acquire))) {
    counters_.rejected_closed.add(count);
    rte_pktmbuf_free_bulk(packets, count);
    return;
  }
  const uint32_t limit = longest_frame_.load(std::memory_order_relaxed);
  if (unlikely(longest > limit)) count = remove_too_long(packets, count, limit);

  auto buffered = static_cast<uint16_t>(buffered_.read());
  while (count != 0) {
    // A whole burst needs no gathering.
    if (buffered == 0 && count >= kBurst) {
      transmit(packets, kBurst);
      packets += kBurst;
      count -= kBurst;
      continue;
    }
    if (buffered == 0) oldest_since_ = rte_rdtsc();
    const uint16_t taken = std::min<uint16_t>(count, kBurst - buffered);
    std::copy_n(packets, taken, buffer_ + buffered);
    packets += taken;
    count -= taken;
    buffered += taken;
    if (buffered == kBurst) {
      transmit(buffer_, kBurst);
      buffered = 0;
    }
  }
  buffered_.set(buffered);
}

void Output::flush() {
  const auto buffered = static_cast<uint16_t>(buffered_.read());
  if (buffered == 0) return;
  buffered_.set(0);
  if (unlikely(!open_.load(std::memory_order_acquire))) {
    counters_.rejected_closed.add(buffered);
    rte_pktmbuf_free_bulk(buffer_, buffered);
    return;
  }
  transmit(buffer_, buffered);
}

// Four at a time: none waits for the comparison of the one before.
uint32_t Output::longest_of(rte_mbuf** packets, uint16_t count) {
  uint32_t longest[4] = {};
  uint16_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (uint16_t k = 0; k < 4; k++) longest[k] = std::max(longest[k], packets[i + k]->pkt_len);
  }
  for (; i < count; i++) longest[0] = std::max(longest[0], packets[i]->pkt_len);
  return *std::max_element(longest, longest + 4);
}

uint16_t Output::remove_too_long(rte_mbuf** packets, uint16_t count, uint32_t limit) {
  uint16_t kept = 0;
  for (uint16_t i = 0; i < count; i++) {
    rte_mbuf* packet = packets[i];
    if (packet->pkt_len <= limit) {
      packets[kept++] = packet;
    } else {
      rte_pktmbuf_free(packet);
    }
  }
  counters_.rejected_too_long.add(count - kept);
  return kept;
}

// What does not fit is dropped, as DPDK's l2fwd does: to wait for the device would hold up every other queue.
void Output::transmit(rte_mbuf** packets, uint16_t count) {
  if (queue_->shared) rte_spinlock_lock(&queue_->lock);
  const uint16_t accepted = rte_eth_tx_burst(queue_->port, queue_->queue, packets, count);
  if (queue_->shared) rte_spinlock_unlock(&queue_->lock);
  counters_.accepted.add(accepted);
  if (unlikely(accepted < count)) {
    counters_.rejected_full.add(count - accepted);
    rte_pktmbuf_free_bulk(packets + accepted, count - accepted);
  }
}

}  // namespace dpdk_node
