// Makes packets on an lcore and sends them by one port.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "counter.h"
#include "mempool.h"
#include "output.h"
#include "pace.h"
#include "traffic_source.h"

namespace dpdk_node {

// generated = accepted + rejected_full + rejected_too_long + rejected_closed, between two rounds.
struct GeneratorCounters {
  Counter generated;
  Counter accepted;
  Counter rejected_full;
  Counter rejected_too_long;
  Counter rejected_closed;
  Counter no_buffer;  // times that the pool had none
  Counter behind;     // times that the schedule was given up, because it was too far behind
};

struct GeneratorCounts {
  std::vector<NamedCount> counts;
  double elapsed_seconds;  // from the first packet to the latest
  bool finished;
  std::vector<StreamCounts> streams;
};

// Made and destroyed on the control thread; otherwise it belongs to one lcore.
class Generator {
 public:
  // `packets`: how many to make; 0: for ever.
  Generator(const Mempool& pool, Output& output, std::unique_ptr<TrafficSource> source,
            const PaceOptions& pace, uint64_t packets);
  ~Generator() { release(); }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Lcore. Sends what is due, a burst at most; returns how many packets that were.
  uint32_t poll();
  // Lcore. For how many nanoseconds nothing is to do.
  uint64_t idle_nanoseconds(uint64_t now) const;

  // Any thread.
  GeneratorCounts counts() const;
  Tallies tallies() const;

  // Lcore, or control thread once no lcore polls it. Gives empty buffers back.
  void release();

 private:
  bool refill();
  void send(rte_mbuf** packets, uint16_t count);
  void finish();

  const Mempool& pool_;
  Output& output_;
  const std::unique_ptr<TrafficSource> source_;
  Pace pace_;
  uint64_t remaining_;
  bool started_ = false;
  uint64_t started_at_ = 0;  // TSC
  // Empty buffers, from `next_` on.
  rte_mbuf* buffers_[kBurst];
  uint16_t next_ = kBurst;

  Gauge finished_;
  Gauge elapsed_cycles_;
  Gauge owned_;  // empty buffers
  GeneratorCounters counters_;
};

}  // namespace dpdk_node
