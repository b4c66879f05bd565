// A thread that polls. It never waits for JavaScript, takes no lock but those of shared transmit queues, and
// allocates no memory.
//
//   each round   receive queues -> programs;  rings that come back from JavaScript;  generators;
//                outputs that waited long
//
// What it works on is a Schedule, an immutable list that the control thread swaps. The old one, and
// everything that only it named, may be touched again after synchronize().
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "counter.h"

namespace dpdk_node {

class Generator;
class HandlerRing;
class Output;
class RxQueue;
class SendRing;

enum class Idle {
  // Poll without a pause.
  kSpin,
  // After some empty rounds sleep, longer and longer, up to 50 us; completions from JavaScript wake it.
  kSleep,
};

struct LcoreCounters {
  Counter busy_polls;
  Counter empty_polls;
  Counter sleeps;
  Counter wakeups;        // of the sleeps: ended by a doorbell
  Counter notifications;  // JavaScript threads woken
};

class Lcore {
 public:
  // Control thread, on EAL's main lcore.
  Lcore(unsigned id, Idle idle);
  ~Lcore();
  Lcore(const Lcore&) = delete;
  Lcore& operator=(const Lcore&) = delete;

  unsigned id() const { return id_; }
  // The kernel's id of the thread; 0 before it runs.
  pid_t thread() const { return thread_.load(std::memory_order_relaxed); }

  void launch();
  // Returns when the thread has left its loop.
  void stop();

  // Control thread: what to poll. Each takes effect, and everything removed is let go, before the call
  // returns.
  void add(RxQueue* queue);
  void remove(RxQueue* queue);
  void add(HandlerRing* ring);
  void remove(HandlerRing* ring);
  void add(SendRing* ring);
  void remove(SendRing* ring);
  void add(Generator* generator);
  void remove(Generator* generator);
  void add(Output* output);
  void remove(Output* output);
  // Returns when every object that the lcore used before the call is out of its hands.
  void synchronize();
  // Runs this between two rounds of the loop, when every packet is counted where it is; waits until it is
  // done. It must be short, and must not allocate.
  void between_rounds(const std::function<void()>& work);

  // Any thread.
  void wake();
  const LcoreCounters& counters() const { return counters_; }

 private:
  struct Schedule {
    std::vector<RxQueue*> queues;
    std::vector<HandlerRing*> handler_rings;
    std::vector<SendRing*> send_rings;
    std::vector<Generator*> generators;
    std::vector<Output*> outputs;
  };

  static int enter(void* self);
  void loop();
  bool round(const Schedule& schedule);
  void wake_consumers(const Schedule& schedule);
  void drain(const Schedule& schedule, bool found_work);
  void rest(const Schedule& schedule);
  bool has_returns(const Schedule& schedule) const;
  uint64_t idle_nanoseconds(const Schedule& schedule, uint64_t now) const;
  void publish();

  template <typename T>
  void insert(std::vector<T*>& list, T* object);
  template <typename T>
  void erase(std::vector<T*>& list, T* object);

  const unsigned id_;
  const Idle idle_;
  const uint64_t drain_cycles_;
  const uint64_t spin_cycles_;
  bool launched_ = false;

  Schedule wanted_;                          // the control thread's copy
  std::unique_ptr<const Schedule> current_;  // owns what schedule_ points to

  alignas(128) std::atomic<const Schedule*> schedule_;
  std::atomic<const std::function<void()>*> errand_{nullptr};  // the lcore clears it when it is done
  std::atomic<bool> stopping_{false};
  std::atomic<pid_t> thread_{0};
  // Quiescent states: what the control thread asked for last, and what the lcore has answered.
  std::atomic<uint64_t> requested_{0};
  std::atomic<uint64_t> passed_{0};
  std::atomic<uint32_t> doorbell_{0};  // futex word: 1 while it sleeps
  uint64_t idle_since_ = 0;            // TSC; 0 while busy
  uint64_t sleep_nanoseconds_ = 0;
  LcoreCounters counters_;
};

}  // namespace dpdk_node
