// The way from one lcore to one port: a transmit queue, the packets gathered for it, and what became of them.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_spinlock.h>

#include <atomic>
#include <cstdint>

#include "counter.h"

namespace dpdk_node {

// Packets handled together; DPDK's programs use the same.
inline constexpr uint16_t kBurst = 32;

// A device's transmit queue. Lcores share it, under its lock, where the device has fewer queues than there
// are lcores.
struct TxQueue {
  uint16_t port;
  uint16_t queue;
  bool shared;
  rte_spinlock_t lock;
};

// Every packet that comes in is counted in `requested` and then in exactly one of the others:
// requested = accepted + rejected_full + rejected_too_long + rejected_closed + buffered.
struct OutputCounters {
  Counter requested;
  Counter accepted;           // by the device's driver
  Counter rejected_full;      // the transmit queue had no room
  Counter rejected_too_long;  // longer than the port's MTU allows; some drivers would stop for ever at it
  Counter rejected_closed;    // the port was stopped or closed
};

// Belongs to one lcore: only that thread sends. The control thread opens, closes and reads.
class Output {
 public:
  // Of a device that takes frames of any length.
  static constexpr uint32_t kNoLimit = UINT32_MAX;

  explicit Output(TxQueue* queue) : queue_(queue) {}

  // Takes the packets; `packets` is scratch afterwards.
  void send(rte_mbuf** packets, uint16_t count);
  // The same, by one who has looked at their lengths already.
  void send(rte_mbuf** packets, uint16_t count, uint32_t longest);
  // Hands what is gathered to the device.
  void flush();

  bool holds_packets() const { return buffered_.read() != 0; }
  // When the oldest of them came, in TSC cycles.
  uint64_t oldest_since() const { return oldest_since_; }

  // Control thread. Frames are checked against this length, headers included.
  void set_longest_frame(uint32_t length) { longest_frame_.store(length, std::memory_order_relaxed); }
  // Control thread. A closed output drops and counts; wait for a quiescent state before the device is
  // touched.
  void set_open(bool open) { open_.store(open, std::memory_order_release); }

  const OutputCounters& counters() const { return counters_; }
  Tallies tallies() const;

 private:
  static uint32_t longest_of(rte_mbuf** packets, uint16_t count);
  uint16_t remove_too_long(rte_mbuf** packets, uint16_t count, uint32_t limit);
  void transmit(rte_mbuf** packets, uint16_t count);

  TxQueue* queue_;
  std::atomic<uint32_t> longest_frame_{kNoLimit};
  std::atomic<bool> open_{false};
  Gauge buffered_;
  uint64_t oldest_since_ = 0;
  rte_mbuf* buffer_[kBurst];
  OutputCounters counters_;
};

}  // namespace dpdk_node
