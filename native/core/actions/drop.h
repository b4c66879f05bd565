// Drops every packet.
#pragma once

#include "action.h"

namespace dpdk_node {

class Drop final : public Action {
 public:
  const char* kind() const override { return "drop"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    dropped_.add(count);
    rte_pktmbuf_free_bulk(packets, count);
    return 0;
  }

  Tallies tallies() const override { return {{"dropped", &dropped_}}; }

 private:
  Counter dropped_;
};

}  // namespace dpdk_node
