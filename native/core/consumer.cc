#include "consumer.h"

#include <rte_atomic.h>

#include <algorithm>
#include <utility>

#include "futex.h"
#include "handler_ring.h"
#include "notifier.h"

namespace dpdk_node {

void Consumer::attach(uint32_t id, std::shared_ptr<HandlerRing> ring) {
  std::lock_guard lock(mutex_);
  ring->connect(this);
  rings_.emplace(id, std::move(ring));
}

std::shared_ptr<HandlerRing> Consumer::detach(uint32_t id) {
  std::lock_guard lock(mutex_);
  auto node = rings_.extract(id);
  if (!node) return nullptr;
  node.mapped()->disconnect();
  return std::move(node.mapped());
}

Consumer::Rings Consumer::detach_all() {
  std::lock_guard lock(mutex_);
  for (const auto& [id, ring] : rings_) ring->disconnect();
  return std::exchange(rings_, {});
}

bool Consumer::has_work() const {
  std::lock_guard lock(mutex_);
  return std::any_of(rings_.begin(), rings_.end(),
                     [](const auto& entry) { return entry.second->has_work(); });
}

bool Consumer::arm() {
  armed_.store(kOnEventLoop, std::memory_order_seq_cst);
  rte_smp_mb();
  if (!has_work()) return true;
  // Lost the exchange: an lcore has claimed the wake-up, and `on_ready` will come; it finds nothing or
  // something.
  armed_.store(kAwake, std::memory_order_relaxed);
  return false;
}

bool Consumer::wait(std::chrono::milliseconds limit) {
  armed_.store(kOnFutex, std::memory_order_seq_cst);
  rte_smp_mb();
  if (!wake_asked_.exchange(false, std::memory_order_acq_rel) && !has_work()) {
    futex_wait(armed_, kOnFutex, static_cast<uint64_t>(std::chrono::nanoseconds(limit).count()));
  }
  armed_.store(kAwake, std::memory_order_relaxed);
  return has_work();
}

void Consumer::wake() {
  wake_asked_.store(true, std::memory_order_seq_cst);
  if (wake_armed()) return;
  // Awake: make sure that its event loop looks.
  pending_.store(true, std::memory_order_release);
  notifier::ring();
}

bool Consumer::wake_armed() {
  switch (armed_.exchange(kAwake, std::memory_order_acq_rel)) {
    case kOnFutex:
      futex_wake(armed_);
      return true;
    case kOnEventLoop:
      pending_.store(true, std::memory_order_release);
      notifier::ring();
      return true;
    default:
      return false;
  }
}

void Consumer::notify_if_pending() {
  if (pending_.exchange(false, std::memory_order_acq_rel)) on_ready_();
}

}  // namespace dpdk_node
