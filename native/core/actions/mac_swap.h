// Swaps the Ethernet addresses and sends to one port: testpmd's `macswap`.
#pragma once

#include <rte_ether.h>

#include <algorithm>

#include "../output.h"
#include "action.h"

namespace dpdk_node {

class MacSwap final : public Action {
 public:
  explicit MacSwap(Output& output) : output_(output) {}

  const char* kind() const override { return "macSwap"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    for (uint16_t i = 0; i < count; i++) {
      auto* ethernet = rte_pktmbuf_mtod(packets[i], rte_ether_hdr*);
      std::swap(ethernet->dst_addr, ethernet->src_addr);
    }
    forwarded_.add(count);
    output_.send(packets, count);
    return 0;
  }

  Tallies tallies() const override { return {{"forwarded", &forwarded_}}; }

 private:
  Output& output_;
  Counter forwarded_;
};

}  // namespace dpdk_node
