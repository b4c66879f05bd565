// A look at a receive queue's packets as they come, before the program: copies for one JavaScript thread.
#pragma once

#include <memory>
#include <optional>

#include "filter.h"
#include "handler_ring.h"
#include "mempool.h"

namespace dpdk_node {

struct CaptureCounters {
  Counter matched;
  Counter no_buffer;  // of those matched: not copied, the pool was empty
};

// Belongs to the queue's lcore. The copies go through a handler ring without outputs; what it has no room for
// is dropped and counted there.
class Capture {
 public:
  // Control thread. Without a filter, everything matches.
  Capture(const Mempool& pool, const std::optional<std::string>& filter, uint32_t snap_length,
          uint32_t ring_size);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // Told apart from those before it on the same queue.
  uint32_t number() const { return number_; }
  const std::shared_ptr<HandlerRing>& ring() const { return ring_; }
  Tallies tallies() const;

  // Lcore. The packets themselves are only looked at.
  void look(rte_mbuf** packets, uint16_t count);

 private:
  const uint32_t number_;
  const Mempool& pool_;
  std::optional<Filter> filter_;
  uint32_t snap_length_;
  std::shared_ptr<HandlerRing> ring_;
  CaptureCounters counters_;
};

}  // namespace dpdk_node
