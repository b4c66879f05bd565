// Sends one of so many packets through a branch: the first that comes, and then every so-manieth.
#pragma once

#include <memory>
#include <utility>

#include "branch.h"

namespace dpdk_node {

class Sample final : public Branch {
 public:
  // One of `interval`, at least 1.
  Sample(uint32_t interval, std::unique_ptr<ActionList> list)
      : Branch(std::move(list)), interval_(interval) {}

  const char* kind() const override { return "sample"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    Chosen chosen = 0;
    uint32_t place = until_next_;
    for (; place < count; place += interval_) chosen |= Chosen{1} << place;
    until_next_ = place - count;
    const auto sampled = static_cast<uint16_t>(std::popcount(chosen));
    sampled_.add(sampled);
    others_.add(count - sampled);
    return divert(packets, count, chosen);
  }

  Tallies tallies() const override { return {{"sampled", &sampled_}, {"others", &others_}}; }

 private:
  const uint32_t interval_;
  uint32_t until_next_ = 0;
  Counter sampled_;
  Counter others_;
};

}  // namespace dpdk_node
