// Ends packets, and measures those that a generator has numbered.
#pragma once

#include <rte_cycles.h>

#include <memory>
#include <utility>

#include "../meter.h"
#include "../probe.h"
#include "action.h"

namespace dpdk_node {

class Sink final : public Action {
 public:
  Sink(std::shared_ptr<Meter> meter, Lcore& lcore)
      : meter_(std::move(meter)), part_(meter_ == nullptr ? nullptr : meter_->add_part(lcore)) {}
  ~Sink() override {
    if (meter_ != nullptr) meter_->remove_part(part_);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  const char* kind() const override { return "sink"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    const uint64_t now = rte_rdtsc();
    uint16_t measured = 0;
    if (part_ != nullptr) {
      for (uint16_t i = 0; i < count; i++) measured += measure(packets[i], now) ? 1 : 0;
    }
    measured_.add(measured);
    unmeasured_.add(count - measured);
    rte_pktmbuf_free_bulk(packets, count);
    return 0;
  }

  Tallies tallies() const override { return {{"measured", &measured_}, {"unmeasured", &unmeasured_}}; }

 private:
  bool measure(const rte_mbuf* packet, uint64_t now) {
    const uint32_t length = packet->pkt_len;
    probe::Probe probe;
    StreamMeter* stream = find(packet, probe) ? part_->stream(probe.stream) : nullptr;
    if (stream == nullptr) {
      part_->record_other(length);
      return false;
    }
    stream->record(probe.sequence, length);
    if (probe.timestamp == 0) return true;
    const uint64_t cycles = (now - probe.timestamp) & probe::kMask48;
    // Otherwise it was made in the future: another machine's clock has no meaning here.
    if (cycles >> 47 == 0) stream->record_latency(cycles);
    return true;
  }

  static bool find(const rte_mbuf* packet, probe::Probe& probe) {
    if (packet->pkt_len < probe::kSize) return false;
    uint8_t copy[probe::kSize];
    const void* bytes = rte_pktmbuf_read(packet, packet->pkt_len - probe::kSize, probe::kSize, copy);
    return bytes != nullptr && probe::read(static_cast<const uint8_t*>(bytes), probe);
  }

  const std::shared_ptr<Meter> meter_;
  MeterPart* const part_;
  Counter measured_;
  Counter unmeasured_;
};

}  // namespace dpdk_node
