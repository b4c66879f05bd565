// What sinks measured, together: each sink has a part of its own, so that lcores share nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "stream_meter.h"

namespace dpdk_node {

class Lcore;

struct MeterOptions {
  uint32_t streams;
  uint32_t window;  // sequence numbers, a power of two of at least 64
};

struct Measurement {
  std::vector<StreamMeasurement> streams;
  uint64_t other_packets = 0;  // without a probe, or of a stream that is not measured
  uint64_t other_bytes = 0;

  explicit Measurement(uint32_t count) : streams(count) {}
  void add(const Measurement& other);
};

// Belongs to one lcore.
class MeterPart {
 public:
  explicit MeterPart(const MeterOptions& options) : streams_(options.streams, StreamMeter(options.window)) {}

  // Nullptr where there is no such stream.
  StreamMeter* stream(uint32_t number) { return number < streams_.size() ? &streams_[number] : nullptr; }
  void record_other(uint32_t length) {
    other_packets_++;
    other_bytes_ += length;
  }

  void read_into(Measurement& measurement) const;
  void reset();

 private:
  std::vector<StreamMeter> streams_;
  uint64_t other_packets_ = 0;
  uint64_t other_bytes_ = 0;
};

// Control thread.
class Meter {
 public:
  explicit Meter(const MeterOptions& options) : options_(options), past_(options.streams) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // For a sink on this lcore. What it measured is kept when it is removed.
  MeterPart* add_part(Lcore& lcore);
  void remove_part(MeterPart* part);

  Measurement read() const;
  void reset();

 private:
  struct Part {
    Lcore* lcore;
    std::unique_ptr<MeterPart> part;
  };

  const MeterOptions options_;
  std::vector<Part> parts_;
  Measurement past_;
};

}  // namespace dpdk_node
