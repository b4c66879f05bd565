// Sends the packets that a filter matches through a branch.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "../filter.h"
#include "branch.h"

namespace dpdk_node {

class Match final : public Branch {
 public:
  // Control thread. Throws INVALID_FILTER.
  Match(const std::string& filter, std::unique_ptr<ActionList> list)
      : Branch(std::move(list)), filter_(filter) {}

  const char* kind() const override { return "match"; }

  const char* note() const override { return filter_.is_compiled() ? "" : "interpreted"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    Chosen matching = 0;
    for (uint16_t i = 0; i < count; i++) {
      matching |= static_cast<Chosen>(filter_.matches(packets[i])) << i;
    }
    const auto matched = static_cast<uint16_t>(std::popcount(matching));
    matched_.add(matched);
    unmatched_.add(count - matched);
    return divert(packets, count, matching);
  }

  Tallies tallies() const override { return {{"matched", &matched_}, {"unmatched", &unmatched_}}; }

 private:
  const Filter filter_;
  Counter matched_;
  Counter unmatched_;
};

}  // namespace dpdk_node
