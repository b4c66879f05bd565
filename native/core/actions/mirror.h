// Sends a copy of every packet to a port, and lets the packet itself go on. It is a copy, and not a second reference,
// because what comes next may change the packet before the device has read it.
#pragma once

#include "../mempool.h"
#include "../output.h"
#include "action.h"

namespace dpdk_node {

class Mirror final : public Action {
 public:
  // `pool` is where copies come from: that of the queue.
  Mirror(Output& output, const Mempool& pool) : output_(output), pool_(pool) {}

  const char* kind() const override { return "mirror"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    rte_mbuf* copies[kBurst];
    uint16_t copied = 0;
    for (uint16_t i = 0; i < count; i++) {
      rte_mbuf* copy = rte_pktmbuf_copy(packets[i], pool_.handle(), 0, UINT32_MAX);
      if (likely(copy != nullptr)) copies[copied++] = copy;
    }
    mirrored_.add(copied);
    if (unlikely(copied < count)) not_mirrored_.add(count - copied);
    if (copied != 0) output_.send(copies, copied);
    return count;
  }

  Tallies tallies() const override { return {{"mirrored", &mirrored_}, {"notMirrored", &not_mirrored_}}; }

 private:
  Output& output_;
  const Mempool& pool_;
  Counter mirrored_;
  Counter not_mirrored_;  // the pool had no buffer
};

}  // namespace dpdk_node
