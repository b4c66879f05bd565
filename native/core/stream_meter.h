// What arrived of one stream of numbered packets, as one lcore saw it: which are missing, came twice or too
// late, and how long they took.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dpdk_node {

// Buckets for TSC cycles: each doubling is divided into 32 of the same width, so a bucket is at most 1/32 of
// its values wide. lib/latency.ts turns them back into times.
class LatencyHistogram {
 public:
  static constexpr unsigned kBits = 5;
  static constexpr uint64_t kLinear = uint64_t{1} << kBits;
  // Longer ones, of 26 seconds at 2.6 GHz, are in the last bucket.
  static constexpr unsigned kMostBits = 36;
  static constexpr size_t kBuckets = (kMostBits - kBits + 1) * kLinear;

  static size_t bucket_of(uint64_t cycles) {
    if (cycles < kLinear) return cycles;
    if (cycles >> kMostBits != 0) return kBuckets - 1;
    const auto doubling = static_cast<unsigned>(63 - __builtin_clzll(cycles)) - kBits;
    return (doubling << kBits) + (cycles >> doubling);
  }
};

struct StreamMeasurement {
  // received = those once in the window + duplicates + too_old. In them, reordered came behind a later one.
  uint64_t received = 0;
  uint64_t bytes = 0;
  uint64_t duplicates = 0;
  uint64_t reordered = 0;
  uint64_t too_old = 0;  // behind the window: late, or a second time
  uint64_t first = UINT64_MAX;
  uint64_t highest = 0;
  // Of packets with a timestamp, in cycles.
  uint64_t timed = 0;
  uint64_t latency_sum = 0;
  uint64_t latency_minimum = UINT64_MAX;
  uint64_t latency_maximum = 0;
  std::vector<uint64_t> latencies = std::vector<uint64_t>(LatencyHistogram::kBuckets);

  // Adds what another lcore saw, or the same one before.
  void add(const StreamMeasurement& other);
};

// Belongs to one lcore.
class StreamMeter {
 public:
  // `window`: a power of two, of sequence numbers.
  explicit StreamMeter(uint32_t window) : mask_(window - 1), seen_((window + 63) / 64) {}

  void record(uint64_t sequence, uint32_t length) {
    total_.received++;
    total_.bytes += length;
    if (total_.first == UINT64_MAX || sequence > total_.highest) {
      advance(sequence);
    } else {
      look_back(sequence);
    }
  }

  void record_latency(uint64_t cycles) {
    total_.timed++;
    total_.latency_sum += cycles;
    if (cycles < total_.latency_minimum) total_.latency_minimum = cycles;
    if (cycles > total_.latency_maximum) total_.latency_maximum = cycles;
    total_.latencies[LatencyHistogram::bucket_of(cycles)]++;
  }

  const StreamMeasurement& measurement() const { return total_; }
  void reset();

 private:
  void advance(uint64_t sequence);
  void look_back(uint64_t sequence);

  // True when it was not there yet.
  bool mark(uint64_t sequence) {
    uint64_t& word = seen_[(sequence & mask_) / 64];
    const uint64_t bit = uint64_t{1} << (sequence % 64);
    const bool is_new = (word & bit) == 0;
    word |= bit;
    return is_new;
  }

  const uint64_t mask_;
  std::vector<uint64_t> seen_;  // a bit for each sequence number of the window that ends with the highest
  StreamMeasurement total_;
};

}  // namespace dpdk_node
