// A JavaScript thread as lcores see it: something that sleeps and must be woken when one of its rings has
// packets.
//
// It waits either natively, on a futex (`wait`), or on its event loop (`arm`; the notifier then runs
// `on_ready`). Either way it first announces that it will sleep (`armed`), then looks once more: so nothing
// is missed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace dpdk_node {

class HandlerRing;

class Consumer {
 public:
  // `on_ready` is called by the notifier thread; it must not block.
  explicit Consumer(std::function<void()> on_ready) : on_ready_(std::move(on_ready)) {}

  using Rings = std::map<uint32_t, std::shared_ptr<HandlerRing>>;

  // The consumer's own JavaScript thread. Rings are named by their numbers.
  void attach(uint32_t id, std::shared_ptr<HandlerRing> ring);
  // Gives the ring up; the lcore takes back what is in it. Returns it, for the control thread to let go.
  std::shared_ptr<HandlerRing> detach(uint32_t id);
  Rings detach_all();
  // Asks for one `on_ready`. False, and not armed, when a ring has packets already.
  bool arm();
  // Sleeps until a ring has packets (true), or until the limit or wake().
  bool wait(std::chrono::milliseconds limit);

  // Any thread: ends `wait`, or runs `on_ready`.
  void wake();

  // Lcore, after publishing to a ring; cheap while the consumer is awake. True when it was woken just now.
  bool wake_if_armed() {
    if (armed_.load(std::memory_order_relaxed) == kAwake) return false;
    return wake_armed();
  }
  bool is_armed() const { return armed_.load(std::memory_order_acquire) != kAwake; }

  // Notifier thread.
  void notify_if_pending();

 private:
  static constexpr uint32_t kAwake = 0;
  static constexpr uint32_t kOnEventLoop = 1;
  static constexpr uint32_t kOnFutex = 2;

  bool wake_armed();
  bool has_work() const;

  std::atomic<uint32_t> armed_{kAwake};  // the futex word
  std::atomic<bool> pending_{false};     // on_ready is due
  std::atomic<bool> wake_asked_{false};  // wake() came; a `wait` that starts late must not miss it
  std::function<void()> on_ready_;
  mutable std::mutex mutex_;  // guards rings_; never taken by an lcore
  Rings rings_;
};

}  // namespace dpdk_node
