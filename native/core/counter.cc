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

std::vector<NamedCount> unread(const Tallies& tallies) {
  std::vector<NamedCount> counts;
  for (const NamedTally& tally : tallies) counts.push_back({tally.name, 0});
  return counts;
}

void read_into(std::vector<NamedCount>& counts, const Tallies& tallies) {
  for (size_t i = 0; i < tallies.size(); i++) counts[i].value = tallies[i].tally->read();
}

std::vector<NamedCount> read(const Tallies& tallies) {
  std::vector<NamedCount> counts = unread(tallies);
  read_into(counts, tallies);
  return sum_by_name(counts);
}

}  // namespace dpdk_node
