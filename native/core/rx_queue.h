// A port's receive queue, as the lcore that polls it sees it.
#pragma once

#include <rte_ethdev.h>

#include <atomic>
#include <cstdint>

#include "capture.h"
#include "counter.h"
#include "mempool.h"
#include "output.h"
#include "program.h"

namespace dpdk_node {

class RxQueue {
 public:
  RxQueue(uint16_t port, uint16_t queue, Lcore& lcore) : port_(port), queue_(queue), lcore_(lcore) {}

  // Lcore. Takes one burst from the device through the program; returns its size. Without a program or
  // somebody who looks on, packets stay with the device: none is lost before the first program runs, or
  // between two.
  uint16_t poll() {
    Program* program = program_.load(std::memory_order_acquire);
    Capture* capture = capture_.load(std::memory_order_acquire);
    if (unlikely(program == nullptr)) {
      if (capture == nullptr) return 0;
    } else if (unlikely(!program->has_room())) {
      backpressured_.add(1);
      return 0;
    }
    rte_mbuf* packets[kBurst];
    const uint16_t count = rte_eth_rx_burst(port_, queue_, packets, kBurst);
    if (count == 0) return 0;
    received_.add(count);
    if (unlikely(capture != nullptr)) capture->look(packets, count);
    if (likely(program != nullptr)) {
      program->receive(packets, count);
    } else {
      only_captured_.add(count);
      rte_pktmbuf_free_bulk(packets, count);
    }
    return count;
  }

  uint16_t queue() const { return queue_; }
  Lcore& lcore() const { return lcore_; }

  // Control thread; wait for a quiescent state before the program that was here is touched.
  Program* program() const { return program_.load(std::memory_order_relaxed); }
  void set_program(Program* program) { program_.store(program, std::memory_order_release); }
  Capture* capture() const { return capture_.load(std::memory_order_relaxed); }
  void set_capture(Capture* capture) { capture_.store(capture, std::memory_order_release); }

  // received = only_captured + what its programs received. Of programs that are no more, past_programs.
  Tallies tallies() const {
    return {{"received", &received_},
            {"onlyCaptured", &only_captured_},
            {"pastPrograms", &past_programs_},
            {"backpressured", &backpressured_}};
  }
  // Control thread, when a program is removed.
  void add_past_program(uint64_t received) { past_programs_.add(received); }

  uint64_t received() const { return received_.read(); }
  // Of those received: dropped behind a capture, because no program was running.
  uint64_t only_captured() const { return only_captured_.read(); }
  // Polls left out because the program had no room.
  uint64_t backpressured() const { return backpressured_.read(); }

 private:
  uint16_t port_;
  uint16_t queue_;
  Lcore& lcore_;
  std::atomic<Program*> program_{nullptr};
  std::atomic<Capture*> capture_{nullptr};
  Counter received_;
  Counter only_captured_;
  Counter past_programs_;  // the control thread writes
  Counter backpressured_;
};

}  // namespace dpdk_node
