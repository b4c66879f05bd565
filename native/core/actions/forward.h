// Sends every packet to one port, unchanged.
#pragma once

#include "../output.h"
#include "action.h"

namespace dpdk_node {

class Forward final : public Action {
 public:
  explicit Forward(Output& output) : output_(output) {}

  const char* kind() const override { return "forward"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
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
