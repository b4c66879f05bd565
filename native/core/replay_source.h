// Packets of a recording, in its order, with its timing or another.
#pragma once

#include <cstdint>
#include <vector>

#include "traffic_source.h"

namespace dpdk_node {

struct ReplayOptions {
  std::vector<uint8_t> bytes;     // of all packets, one behind the other
  std::vector<uint32_t> lengths;  // of each
  // When each is due, in seconds since the first, not going back; empty: as the pace says.
  std::vector<double> times;
  double period_seconds;  // from the first packet to the first of the next loop
  uint64_t loops;         // 0: for ever
};

class ReplaySource final : public TrafficSource {
 public:
  // Control thread. Throws when lengths and bytes do not agree.
  explicit ReplaySource(ReplayOptions options);

  uint16_t fill(rte_mbuf** buffers, uint16_t count, Pace& pace, uint64_t now) override;
  bool is_timed() const override { return !options_.times.empty(); }
  uint32_t longest() const override;
  std::vector<StreamCounts> counts() const override;

 private:
  // The next packet. False when the last loop is over.
  bool advance();

  ReplayOptions options_;
  const double cycles_per_second_;
  size_t next_ = 0;
  size_t offset_ = 0;
  uint64_t loop_ = 0;
  StreamCounters counters_;
};

}  // namespace dpdk_node
