#include "stream_meter.h"

#include <algorithm>

namespace dpdk_node {

void StreamMeasurement::add(const StreamMeasurement& other) {
  if (other.received == 0) return;
  received += other.received;
  bytes += other.bytes;
  duplicates += other.duplicates;
  reordered += other.reordered;
  too_old += other.too_old;
  first = std::min(first, other.first);
  highest = std::max(highest, other.highest);
  timed += other.timed;
  latency_sum += other.latency_sum;
  latency_minimum = std::min(latency_minimum, other.latency_minimum);
  latency_maximum = std::max(latency_maximum, other.latency_maximum);
  for (size_t i = 0; i < latencies.size(); i++) latencies[i] += other.latencies[i];
}

// Those between the highest so far and this one are missing, until they come.
void StreamMeter::advance(uint64_t sequence) {
  const bool is_first = total_.first == UINT64_MAX;
  if (is_first || sequence - total_.highest > mask_) {
    std::fill(seen_.begin(), seen_.end(), 0);
  } else {
    for (uint64_t missing = total_.highest + 1; missing < sequence; missing++) {
      seen_[(missing & mask_) / 64] &= ~(uint64_t{1} << (missing % 64));
    }
    seen_[(sequence & mask_) / 64] &= ~(uint64_t{1} << (sequence % 64));
  }
  if (is_first) total_.first = sequence;
  total_.highest = sequence;
  mark(sequence);
}

void StreamMeter::look_back(uint64_t sequence) {
  if (total_.highest - sequence > mask_) {
    total_.too_old++;
  } else if (!mark(sequence)) {
    total_.duplicates++;
  } else {
    total_.reordered++;
    total_.first = std::min(total_.first, sequence);
  }
}

void StreamMeter::reset() {
  if (total_.received == 0) return;
  std::vector<uint64_t> latencies = std::move(total_.latencies);
  std::fill(latencies.begin(), latencies.end(), 0);
  total_ = StreamMeasurement{.latencies = {}};
  total_.latencies = std::move(latencies);
  std::fill(seen_.begin(), seen_.end(), 0);
}

}  // namespace dpdk_node
