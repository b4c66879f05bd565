#include "capture.h"

namespace dpdk_node {

namespace {

// Control thread.
uint32_t captures_made = 0;

}  // namespace

Capture::Capture(const Mempool& pool, const std::optional<std::string>& filter, uint32_t snap_length,
                 uint32_t ring_size)
    : number_(++captures_made), pool_(pool), snap_length_(snap_length) {
  if (filter) filter_.emplace(*filter);
  HandlerRingOptions options = {};
  options.size = ring_size;
  options.send_size = 0;
  // There is no program that a forged verdict could go on with.
  const auto drop = [](rte_mbuf** packets, uint16_t count) { rte_pktmbuf_free_bulk(packets, count); };
  ring_ = std::make_shared<HandlerRing>(pool, std::move(options), drop);
}

Tallies Capture::tallies() const {
  Tallies tallies = {{"matched", &counters_.matched}, {"notCopied", &counters_.no_buffer}};
  const Tallies ring = ring_->tallies();
  tallies.insert(tallies.end(), ring.begin(), ring.end());
  return tallies;
}

void Capture::look(rte_mbuf** packets, uint16_t count) {
  rte_mbuf* copies[kBurst];
  uint16_t copied = 0;
  for (uint16_t i = 0; i < count; i++) {
    rte_mbuf* packet = packets[i];
    if (filter_ && !filter_->matches(packet)) continue;
    counters_.matched.add(1);
    rte_mbuf* copy = rte_pktmbuf_copy(packet, pool_.handle(), 0, std::min(snap_length_, packet->pkt_len));
    if (unlikely(copy == nullptr)) {
      counters_.no_buffer.add(1);
      continue;
    }
    // The length on the wire travels where a hash would.
    copy->hash.rss = packet->pkt_len;
    copy->ol_flags &= ~RTE_MBUF_F_RX_RSS_HASH;
    copies[copied++] = copy;
  }
  if (copied != 0) ring_->deliver(copies, copied);
}

}  // namespace dpdk_node
