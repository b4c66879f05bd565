// The lcore's end of a send ring: packets that JavaScript owns. The lcore lends empty buffers and takes them
// back filled; a handler can also hold packets that came, and give them back later, in any order.
//
// A packet's name is an index into `owned_`, private to the lcore. A name that JavaScript does not own, or
// not any more, is counted and ignored; so a forged or repeated submission can do nothing.
#pragma once

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "counter.h"
#include "dispatch.h"
#include "layout.h"
#include "mempool.h"
#include "ring_memory.h"

namespace dpdk_node {

// held + supplied = forwarded + continued + dropped + invalid_size + invalid_verdict + reclaimed + owned now.
// submitted = forwarded + continued + dropped + invalid_size + invalid_verdict + invalid_name.
struct SendRingCounters {
  Counter supplied;  // buffers lent, ever
  Counter held;      // packets held, ever
  Counter submitted;
  Counter forwarded;  // to an output, which counts on
  Counter continued;
  Counter dropped;
  Counter invalid_name;
  Counter invalid_size;
  Counter invalid_verdict;
  Counter reclaimed;  // taken back from a thread that ended, or kept them too long
  Counter no_buffer;  // times that the pool had none to lend
};

class SendRing {
 public:
  // Control thread. `size`, a power of two: buffers that JavaScript can have at a time, and packets that it
  // can hold besides. `dispatch` outlives the ring.
  SendRing(const Mempool& pool, uint32_t size, Dispatch& dispatch);
  ~SendRing();
  SendRing(const SendRing&) = delete;
  SendRing& operator=(const SendRing&) = delete;

  uint32_t offset() const { return memory_.offset(); }
  uint32_t size() const { return size_; }
  const SendRingCounters& counters() const { return counters_; }
  Tallies tallies() const;

  // --- the ring's lcore ---

  // How far JavaScript has published.
  uint32_t submitted() const { return shared_->submitted.load(std::memory_order_acquire); }
  // Executes what was published until then, lends again what was used; returns the number of submissions.
  uint32_t reap(uint32_t submitted);
  // JavaScript keeps the packet in this slot. False when there is no such slot, or it is taken.
  bool hold(uint32_t slot, rte_mbuf* packet);
  void set_asleep(bool asleep) { shared_->asleep.store(asleep, std::memory_order_relaxed); }
  // A capture's ring takes none, whatever its word says.
  bool has_submissions() const { return size_ != 0 && submitted() != reaped_; }
  // Something came, or there are buffers to lend. Asked in every round.
  bool needs_lcore() const { return submitted() != reaped_ || !free_names_.empty(); }

  // Any thread: packets that JavaScript owns, and those of them that were held.
  uint64_t owned() const { return owned_now_.read(); }
  uint64_t held() const { return held_now_.read(); }

  // Takes everything back: on the lcore, or on the control thread once no lcore polls the ring. Returns how
  // many of them were held.
  uint32_t reclaim();

 private:
  void supply();
  void execute(const layout::Submission& submission);
  bool resize(rte_mbuf* packet, const layout::Submission& submission) const;
  // By name; nullptr where JavaScript owns none of that name.
  rte_mbuf** find(uint16_t name);

  const uint32_t size_;
  RingMemory memory_;
  const Mempool& pool_;
  Dispatch& dispatch_;
  layout::SendRing* shared_;
  layout::Supply* supplies_;
  layout::Submission* submissions_;

  std::vector<rte_mbuf*> lent_;       // by name
  std::vector<rte_mbuf*> held_;       // by slot
  std::vector<uint16_t> free_names_;  // of lent_, a stack
  uint32_t supplied_ = 0;
  uint32_t reaped_ = 0;
  Gauge owned_now_;
  Gauge held_now_;
  SendRingCounters counters_;
};

}  // namespace dpdk_node
