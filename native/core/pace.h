// When a generator's next packet is due. The schedule is computed from what was sent since the start, not
// from one packet to the next: rounding does not add up, and who was held up catches up.
#pragma once

#include <rte_cycles.h>

#include <algorithm>
#include <cstdint>

namespace dpdk_node {

struct PaceOptions {
  double units_per_second;    // 0: as fast as it goes
  uint32_t units_per_packet;  // a packet costs this much, and so much for each of its bytes
  uint32_t units_per_byte;
  uint32_t shortest_bytes;  // a shorter packet costs as much as one of this length
  uint32_t burst;           // packets that go together
  double duration_seconds;  // 0: for ever
};

// Belongs to one lcore. Times are in TSC cycles.
class Pace {
 public:
  // `is_timed`: the source says itself when packets are due.
  Pace(const PaceOptions& options, bool is_timed)
      : options_(options),
        cycles_per_unit_(options.units_per_second == 0
                             ? 0
                             : static_cast<double>(rte_get_tsc_hz()) / options.units_per_second),
        longest_lag_(rte_get_tsc_hz() / MS_PER_S * kLongestLagMilliseconds),
        is_flat_out_(options.units_per_second == 0 && !is_timed) {}

  void start(uint64_t now) {
    start_ = now;
    due_ = now;
    if (options_.duration_seconds != 0) {
      end_ = now + static_cast<uint64_t>(options_.duration_seconds * static_cast<double>(rte_get_tsc_hz()));
    }
  }

  // Whether nothing is due any more.
  bool is_over(uint64_t now) const {
    return left_in_burst_ == 0 && (due_ >= end_ || (is_flat_out_ && now >= end_));
  }
  // What has begun to go together is not torn apart.
  bool is_due(uint64_t now) const { return left_in_burst_ != 0 || (due_ <= now && due_ < end_); }
  uint64_t due() const { return due_; }

  // A packet of so many bytes goes; the next one is due by what it costs.
  void spend(uint32_t length) {
    if (is_flat_out_) return;
    units_ += options_.units_per_packet;
    units_ += static_cast<int64_t>(options_.units_per_byte) * std::max(length, options_.shortest_bytes);
    if (left_in_burst_ == 0) left_in_burst_ = options_.burst;
    left_in_burst_--;
    due_ = start_ + static_cast<uint64_t>(static_cast<double>(units_) * cycles_per_unit_);
  }

  // Instead: the next one is due so long after the start.
  void wait_until(double cycles) { due_ = start_ + static_cast<uint64_t>(cycles); }
  // There is no next one.
  void stop() {
    due_ = UINT64_MAX;
    left_in_burst_ = 0;
  }

  // Gives up what was to be made up for when that is too much: a device that is too slow for the rate would
  // otherwise be sent an endless burst once it is not. True when it did.
  bool forget_lag(uint64_t now) {
    if (is_flat_out_ || now < due_ + longest_lag_ || due_ == UINT64_MAX) return false;
    start_ += now - due_;
    due_ = now;
    return true;
  }

 private:
  static constexpr uint64_t kLongestLagMilliseconds = 100;

  const PaceOptions options_;
  const double cycles_per_unit_;
  const uint64_t longest_lag_;
  const bool is_flat_out_;
  uint64_t start_ = 0;
  uint64_t due_ = 0;
  uint64_t end_ = UINT64_MAX;
  int64_t units_ = 0;
  uint32_t left_in_burst_ = 0;
};

}  // namespace dpdk_node
