#include "counter.h"

#include <algorithm>
#include <string_view>

namespace dpdk_node {

std::vector<NamedCount> sum_by_name(const std::vector<NamedCount>& counts) {
  std::vector<NamedCount> sums;
  for (const auto& [name, value] : counts) {
    const auto same =
        std::find_if(sums.begin(), sums.end(),
                     [name = std::string_view(name)](const auto& sum) { return name == sum.name; });
    if (same != sums.end()) {
      same->value += value;
    } else {
      sums.push_back({name, value});
    }
  }
  return sums;
}

std::vector<NamedCount> read(const Tallies& tallies) {
  std::vector<NamedCount> counts;
  for (const auto& [name, tally] : tallies) counts.push_back({name, tally->read()});
  return sum_by_name(counts);
}

}  // namespace dpdk_node
