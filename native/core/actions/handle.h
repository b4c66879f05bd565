// Hands every packet to a TypeScript handler, through a ring. The handler's verdicts come back through the
// same ring, which its lcore reaps. With several rings, for as many JavaScript threads, each flow has one of
// them.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "../flow_hash.h"
#include "../handler_ring.h"
#include "action.h"

namespace dpdk_node {

class Handle final : public Action {
 public:
  explicit Handle(std::vector<std::shared_ptr<HandlerRing>> rings)
      : rings_(std::move(rings)), shares_(rings_.size()) {}

  const char* kind() const override { return "handle"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    if (likely(rings_.size() == 1)) {
      rings_.front()->deliver(packets, count);
    } else {
      split(packets, count);
    }
    return 0;
  }

  bool has_room() const override;
  Tallies tallies() const override;

 private:
  // A ring's part of a burst.
  struct Share {
    uint16_t count = 0;
    rte_mbuf* packets[kBurst];
  };

  void split(rte_mbuf** packets, uint16_t count);

  std::vector<std::shared_ptr<HandlerRing>> rings_;
  std::vector<Share> shares_;  // by ring, the lcore's scratch
};

}  // namespace dpdk_node
