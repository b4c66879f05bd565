// Sends every packet to one port as DPDK's l2fwd does: the destination becomes 02:00:00:00:00:<port>, the
// source the port's own address. (DPDK Sample Applications User Guide, "L2 Forwarding Sample Application".)
#pragma once

#include <rte_ether.h>

#include "../output.h"
#include "action.h"

namespace dpdk_node {

class L2Forward final : public Action {
 public:
  L2Forward(Output& output, uint16_t port, const rte_ether_addr& source, bool mac_updating)
      : output_(output), source_(source), mac_updating_(mac_updating) {
    destination_ = {{0x02, 0, 0, 0, 0, static_cast<uint8_t>(port)}};
  }

  const char* kind() const override { return "l2fwd"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    if (mac_updating_) {
      for (uint16_t i = 0; i < count; i++) {
        auto* ethernet = rte_pktmbuf_mtod(packets[i], rte_ether_hdr*);
        ethernet->dst_addr = destination_;
        ethernet->src_addr = source_;
      }
    }
    forwarded_.add(count);
    output_.send(packets, count);
    return 0;
  }

  Tallies tallies() const override { return {{"forwarded", &forwarded_}}; }

 private:
  Output& output_;
  rte_ether_addr destination_;
  rte_ether_addr source_;
  bool mac_updating_;
  Counter forwarded_;
};

}  // namespace dpdk_node
