// Counts packets and bytes, and lets all of them go on.
#pragma once

#include "action.h"

namespace dpdk_node {

class Count final : public Action {
 public:
  const char* kind() const override { return "count"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    uint64_t bytes = 0;
    for (uint16_t i = 0; i < count; i++) bytes += packets[i]->pkt_len;
    packets_.add(count);
    bytes_.add(bytes);
    return count;
  }

  Tallies tallies() const override { return {{"packets", &packets_}, {"bytes", &bytes_}}; }

 private:
  Counter packets_;
  Counter bytes_;
};

}  // namespace dpdk_node
