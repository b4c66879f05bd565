#include "meter.h"

#include <algorithm>

#include "lcore.h"

namespace dpdk_node {

void Measurement::add(const Measurement& other) {
  for (size_t i = 0; i < streams.size(); i++) streams[i].add(other.streams[i]);
  other_packets += other.other_packets;
  other_bytes += other.other_bytes;
}

void MeterPart::read_into(Measurement& measurement) const {
  for (size_t i = 0; i < streams_.size(); i++) {
    // To copy thousands of zeros would keep the lcore from its work. (Vectors of the same size: nothing is
    // allocated.)
    const StreamMeasurement& measured = streams_[i].measurement();
    if (measured.received != 0) measurement.streams[i] = measured;
  }
  measurement.other_packets = other_packets_;
  measurement.other_bytes = other_bytes_;
}

void MeterPart::reset() {
  for (StreamMeter& stream : streams_) stream.reset();
  other_packets_ = 0;
  other_bytes_ = 0;
}

MeterPart* Meter::add_part(Lcore& lcore) {
  parts_.push_back({&lcore, std::make_unique<MeterPart>(options_)});
  return parts_.back().part.get();
}

void Meter::remove_part(MeterPart* part) {
  const auto found = std::find_if(parts_.begin(), parts_.end(),
                                  [part](const Part& each) { return each.part.get() == part; });
  if (found == parts_.end()) return;
  Measurement last(options_.streams);
  part->read_into(last);
  past_.add(last);
  parts_.erase(found);
}

Measurement Meter::read() const {
  Measurement sum = past_;
  for (const Part& each : parts_) {
    Measurement own(options_.streams);
    each.lcore->between_rounds([&] { each.part->read_into(own); });
    sum.add(own);
  }
  return sum;
}

void Meter::reset() {
  past_ = Measurement(options_.streams);
  for (const Part& each : parts_) {
    each.lcore->between_rounds([&] { each.part->reset(); });
  }
}

}  // namespace dpdk_node
