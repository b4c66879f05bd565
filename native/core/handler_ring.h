// The lcore's end of a handler ring: it lends packets to one JavaScript thread and executes what that thread
// decides.
//
//   deliver   packets -> descriptors, `produced`
//   reap      `completed` -> verdicts -> outputs, or on with the program
//
// The lcore trusts nothing that it reads from shared memory. Which packet a descriptor stands for is in
// `packets_`, private; each word is read once and then checked; what is invalid is counted by name, and the
// packet is dropped.
#pragma once

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "consumer.h"
#include "counter.h"
#include "dispatch.h"
#include "layout.h"
#include "mempool.h"
#include "output.h"
#include "ring_memory.h"
#include "send_ring.h"

namespace dpdk_node {

// What happens to packets that come while the ring is full.
enum class Overflow {
  kDrop,
  kBypass,        // they go to an output, past the handler and perhaps past earlier packets
  kBackpressure,  // they stay in the device's queue
};

struct HandlerRingOptions {
  uint32_t size = 1024;  // descriptors, a power of two
  Overflow overflow = Overflow::kDrop;
  // Packets that the handler leaves alone, and those it had not decided on when it threw, go on with the
  // program; otherwise they are dropped.
  bool continue_unhandled = false;
  bool continue_failed = false;
  uint32_t send_size = 64;  // of the send ring that comes with it, a power of two
  std::vector<Dispatch::OutputSet> outputs = {};
  Output* bypass = nullptr;  // for Overflow::kBypass
};

// Counted in packets. Of those that came, received = delivered + the ones never delivered + waiting. Of
// those, delivered = forwarded + continued + held + unhandled + failed + the dropped ones + in flight.
struct HandlerRingCounters {
  Counter delivered;
  Counter forwarded;
  Counter continued;        // by verdict
  Counter held;             // from here on counted by the send ring
  Counter unhandled;        // dropped or continued, as the policy says: left alone
  Counter failed;           // dropped or continued, as the policy says: the handler threw
  Counter dropped;          // by verdict
  Counter no_member;        // dropped: the set of outputs was empty
  Counter invalid_verdict;  // dropped: no such verdict or output
  Counter invalid_size;     // dropped: resized beyond its buffer
  Counter invalid_hold;     // dropped: no such slot, or taken
  Counter reclaimed;        // dropped: taken back from a thread that ended or did not answer

  Counter passed;  // of those above, went on with the program

  Counter bypassed;     // never delivered: the ring was full, or the handler's thread is gone
  Counter overflow;     // never delivered, dropped: the ring was full
  Counter no_consumer;  // never delivered, dropped: the handler's thread is gone
  Counter unreachable;  // never delivered, dropped: its bytes are not in the arena

  Counter invalid_completion;  // times that `completed` was out of range, and ignored
};

class HandlerRing {
 public:
  // Control thread. `pool` is where the queue's packets usually come from.
  HandlerRing(const Mempool& pool, HandlerRingOptions options, Dispatch::Continue on_continue);
  ~HandlerRing();
  HandlerRing(const HandlerRing&) = delete;
  HandlerRing& operator=(const HandlerRing&) = delete;

  uint32_t offset() const { return memory_.offset(); }
  uint32_t size() const { return options_.size; }
  const HandlerRingCounters& counters() const { return counters_; }
  // All of them by name, with the send ring's, and what is under way.
  Tallies tallies() const;
  // By which held packets come back, and packets that the handler makes.
  const SendRing& send_ring() const { return send_ring_; }

  // --- the ring's lcore ---

  // Takes all packets; those that find no room are dropped and counted.
  void deliver(rte_mbuf** packets, uint16_t count);
  // Executes completed verdicts, then the send ring's submissions; returns how many they were.
  uint32_t reap();
  // Wakes the consumer when it sleeps and has packets to see. Called in every round of the loop, which is why
  // `deliver` needs no fence: a look that came too early is repeated. True when it rang.
  bool wake_consumer();
  // Room for a burst under `backpressure`; true under the other policies, which decide in `deliver`.
  bool has_room() const {
    return options_.overflow != Overflow::kBackpressure ||
           (options_.size - (produced_ - reaped_) >= kBurst && waiting_.read() == 0);
  }
  // Before the lcore sleeps and after: completions ring its doorbell meanwhile.
  void set_asleep(bool asleep) {
    shared_->asleep.store(asleep, std::memory_order_relaxed);
    send_ring_.set_asleep(asleep);
  }
  bool has_returns() const {
    return shared_->completed.load(std::memory_order_acquire) != reaped_ || send_ring_.has_submissions();
  }

  // --- the consumer's thread, through Consumer ---

  void connect(Consumer* consumer);
  // The lcore takes everything back at its next round, and drops what would come.
  void disconnect();
  bool has_work() const {
    return shared_->produced.load(std::memory_order_acquire) !=
           shared_->completed.load(std::memory_order_relaxed);
  }

  // --- the control thread ---

  // Packets that JavaScript has not answered or the lcore not executed; without those that it holds.
  uint64_t in_flight() const { return in_flight_.read() + waiting_.read(); }
  // Takes back what is left, held packets included, once no lcore polls the ring; returns their number.
  uint32_t reclaim();

 private:
  // False when a segment's bytes are not in the arena.
  template <bool kToWrite>
  void prefetch_descriptors(uint32_t from, uint32_t count) const;
  bool write_descriptors(rte_mbuf* packet);
  void mark_segmented(uint32_t behind);
  uint32_t arena_offset(const rte_mbuf* segment) const;
  void pass_by(rte_mbuf** packets, uint16_t count);
  uint32_t reap_verdicts();
  void execute(rte_mbuf* packet, uint64_t word);
  void execute_rare(rte_mbuf* packet, uint16_t decision);
  void forward(rte_mbuf* packet, size_t output);
  // The packet goes on with the program, or is dropped.
  void end(rte_mbuf* packet, bool goes_on);

  RingMemory memory_;
  HandlerRingOptions options_;
  Dispatch dispatch_;
  SendRing send_ring_;
  const Mempool& pool_;
  layout::HandlerRing* shared_;
  layout::Descriptor* descriptors_;
  layout::Metadata* metadata_;

  // The lcore's private half.
  std::vector<rte_mbuf*> packets_;  // by descriptor; nullptr for a packet's further segments
  Gauge waiting_;                   // under `backpressure`, the rest of a burst that found no room
  rte_mbuf* waiting_packets_[kBurst];
  uint32_t produced_ = 0;
  uint32_t reaped_ = 0;
  uint32_t segmented_ = 0;           // as in layout::HandlerRing
  uint32_t refused_completion_ = 0;  // the last one out of range, to count it once
  HandlerRingCounters counters_;

  Gauge in_flight_;  // delivered and not executed
  std::atomic<Consumer*> consumer_{nullptr};
  std::atomic<bool> abandoned_{false};
  bool reclaimed_ = false;  // the lcore's answer to it
};

}  // namespace dpdk_node
