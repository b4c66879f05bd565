// Sends every packet to one port as DPDK's l2fwd does: the destination becomes 02:00:00:00:00:<port>, the
// source the port's own address. (DPDK Sample Applications User Guide, "L2 Forwarding Sample Application".)
#pragma once

#include <rte_ether.h>

#include <cstring>

#include "../burst.h"
#include "../output.h"
#include "action.h"

namespace dpdk_node {

class L2Forward final : public Action {
 public:
  L2Forward(Output& output, uint16_t port, const rte_ether_addr& source, bool mac_updating)
      : output_(output), mac_updating_(mac_updating) {
    const rte_ether_addr destination = {{0x02, 0, 0, 0, 0, static_cast<uint8_t>(port)}};
    memcpy(addresses_, &destination, RTE_ETHER_ADDR_LEN);
    memcpy(addresses_ + RTE_ETHER_ADDR_LEN, &source, RTE_ETHER_ADDR_LEN);
  }

  const char* kind() const override { return "l2fwd"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    forwarded_.add(count);
    if (mac_updating_) {
      const uint32_t longest = for_each_header(
          packets, count, [this](uint8_t* frame) { memcpy(frame, addresses_, sizeof(addresses_)); });
      output_.send(packets, count, longest);
    } else {
      output_.send(packets, count);
    }
    return 0;
  }

  Tallies tallies() const override { return {{"forwarded", &forwarded_}}; }

 private:
  Output& output_;
  uint8_t addresses_[2 * RTE_ETHER_ADDR_LEN];  // as a frame starts: destination, source
  bool mac_updating_;
  Counter forwarded_;
};

}  // namespace dpdk_node
