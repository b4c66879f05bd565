// Where a generator's packets come from: streams made of templates, or a recording.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <vector>

#include "counter.h"
#include "pace.h"

namespace dpdk_node {

// What a source made, whether or not it could be sent.
struct StreamCounters {
  Counter generated;
  Counter bytes;
};

struct StreamCounts {
  uint64_t generated;
  uint64_t bytes;
};

class TrafficSource {
 public:
  virtual ~TrafficSource() = default;

  // Lcore. Writes the packets that are due at `now` into the first of these empty buffers; returns how many
  // that were.
  virtual uint16_t fill(rte_mbuf** buffers, uint16_t count, Pace& pace, uint64_t now) = 0;

  // Whether it tells the pace when packets are due.
  virtual bool is_timed() const { return false; }

  // In bytes, of the packets to come.
  virtual uint32_t longest() const = 0;

  // Any thread.
  virtual std::vector<StreamCounts> counts() const = 0;
};

}  // namespace dpdk_node
