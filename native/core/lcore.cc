#include "lcore.h"

#include <rte_atomic.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

#include "error.h"
#include "futex.h"
#include "generator.h"
#include "handler_ring.h"
#include "output.h"
#include "rx_queue.h"
#include "send_ring.h"

namespace dpdk_node {

namespace {

// How long a packet may wait in an output for company, as in DPDK's l2fwd.
constexpr uint64_t kDrainMicroseconds = 100;
// Idle::kSleep spins this long before the first sleep, for traffic that pauses only briefly.
constexpr uint64_t kSpinMicroseconds = 50;
constexpr uint64_t kShortestSleep = 10'000;
constexpr uint64_t kLongestSleep = 50'000;

}  // namespace

Lcore::Lcore(unsigned id, Idle idle)
    : id_(id),
      idle_(idle),
      drain_cycles_(rte_get_tsc_hz() / 1'000'000 * kDrainMicroseconds),
      spin_cycles_(rte_get_tsc_hz() / 1'000'000 * kSpinMicroseconds),
      current_(std::make_unique<Schedule>()),
      schedule_(current_.get()) {}

Lcore::~Lcore() { stop(); }

void Lcore::launch() {
  check(rte_eal_remote_launch(enter, this, id_), "rte_eal_remote_launch",
        "cannot launch lcore " + std::to_string(id_));
  launched_ = true;
}

void Lcore::stop() {
  if (!launched_) return;
  stopping_.store(true, std::memory_order_release);
  wake();
  rte_eal_wait_lcore(id_);
  launched_ = false;
}

int Lcore::enter(void* self) {
  static_cast<Lcore*>(self)->loop();
  return 0;
}

void Lcore::loop() {
  thread_.store(gettid(), std::memory_order_relaxed);
  // The kernel would otherwise round each sleep up by 50 us.
  prctl(PR_SET_TIMERSLACK, 1);
  while (!stopping_.load(std::memory_order_acquire)) {
    const Schedule& schedule = *schedule_.load(std::memory_order_acquire);
    const bool found_work = round(schedule);
    drain(schedule, found_work);
    if (found_work) {
      counters_.busy_polls.add(1);
      idle_since_ = 0;
    } else {
      counters_.empty_polls.add(1);
      if (idle_ == Idle::kSleep) rest(schedule);
    }
    const auto* errand = errand_.load(std::memory_order_acquire);
    if (unlikely(errand != nullptr)) {
      (*errand)();
      errand_.store(nullptr, std::memory_order_release);
    }
    // Nothing of this round is in its hands any more; and having seen the request, it sees what went before
    // it.
    passed_.store(requested_.load(std::memory_order_acquire), std::memory_order_release);
  }
}

bool Lcore::round(const Schedule& schedule) {
  uint32_t work = 0;
  for (RxQueue* queue : schedule.queues) work += queue->poll();
  for (HandlerRing* ring : schedule.handler_rings) work += ring->reap();
  wake_consumers(schedule);
  for (SendRing* ring : schedule.send_rings) {
    if (ring->needs_lcore()) work += ring->reap(ring->submitted());
  }
  for (Generator* generator : schedule.generators) work += generator->poll();
  return work != 0;
}

void Lcore::wake_consumers(const Schedule& schedule) {
  for (HandlerRing* ring : schedule.handler_rings) {
    if (ring->wake_consumer()) counters_.notifications.add(1);
  }
}

// Packets gather in outputs while there is more to do, but not for long.
void Lcore::drain(const Schedule& schedule, bool found_work) {
  for (Output* output : schedule.outputs) {
    if (!output->holds_packets()) continue;
    if (!found_work || rte_rdtsc() - output->oldest_since() >= drain_cycles_) output->flush();
  }
}

void Lcore::rest(const Schedule& schedule) {
  const uint64_t now = rte_rdtsc();
  if (idle_since_ == 0) {
    idle_since_ = now;
    sleep_nanoseconds_ = kShortestSleep;
  }
  const uint64_t sleep = std::min(sleep_nanoseconds_, idle_nanoseconds(schedule, now));
  if (now - idle_since_ < spin_cycles_ || sleep < kShortestSleep) {
    rte_pause();
    return;
  }
  // Announce the sleep, then look once more: JavaScript publishes first and then looks for the announcement.
  doorbell_.store(1, std::memory_order_relaxed);
  for (HandlerRing* ring : schedule.handler_rings) ring->set_asleep(true);
  for (SendRing* ring : schedule.send_rings) ring->set_asleep(true);
  rte_smp_mb();
  // A thread may have gone to sleep before it could see the last packets.
  wake_consumers(schedule);
  if (!has_returns(schedule) && !stopping_.load(std::memory_order_relaxed)) {
    counters_.sleeps.add(1);
    futex_wait(doorbell_, 1, sleep);
    if (doorbell_.load(std::memory_order_relaxed) == 0) counters_.wakeups.add(1);
  }
  doorbell_.store(0, std::memory_order_relaxed);
  for (HandlerRing* ring : schedule.handler_rings) ring->set_asleep(false);
  for (SendRing* ring : schedule.send_rings) ring->set_asleep(false);
  sleep_nanoseconds_ = std::min(sleep_nanoseconds_ * 2, kLongestSleep);
}

bool Lcore::has_returns(const Schedule& schedule) const {
  return std::any_of(schedule.handler_rings.begin(), schedule.handler_rings.end(),
                     [](const HandlerRing* ring) { return ring->has_returns(); }) ||
         std::any_of(schedule.send_rings.begin(), schedule.send_rings.end(),
                     [](const SendRing* ring) { return ring->has_submissions(); });
}

// Until a generator wants to send.
uint64_t Lcore::idle_nanoseconds(const Schedule& schedule, uint64_t now) const {
  uint64_t shortest = UINT64_MAX;
  for (const Generator* generator : schedule.generators) {
    shortest = std::min(shortest, generator->idle_nanoseconds(now));
  }
  return shortest;
}

void Lcore::wake() {
  if (doorbell_.exchange(0, std::memory_order_seq_cst) == 1) futex_wake(doorbell_);
}

void Lcore::publish() {
  auto next = std::make_unique<const Schedule>(wanted_);
  schedule_.store(next.get(), std::memory_order_release);
  synchronize();
  current_ = std::move(next);
}

// As rte_rcu_qsbr does it: the lcore answers a request at the end of a round, so the next round began after
// it. To count rounds would not do, because a round may begin before the end of the last one is seen.
void Lcore::synchronize() {
  if (!launched_) return;
  const uint64_t request = requested_.fetch_add(1, std::memory_order_seq_cst) + 1;
  while (passed_.load(std::memory_order_acquire) < request) {
    wake();
    rte_delay_us_sleep(5);
  }
}

void Lcore::between_rounds(const std::function<void()>& work) {
  if (!launched_) return work();
  errand_.store(&work, std::memory_order_release);
  while (errand_.load(std::memory_order_acquire) != nullptr) {
    wake();
    rte_delay_us_sleep(1);
  }
}

template <typename T>
void Lcore::insert(std::vector<T*>& list, T* object) {
  list.push_back(object);
  publish();
}

template <typename T>
void Lcore::erase(std::vector<T*>& list, T* object) {
  if (std::erase(list, object) != 0) publish();
}

void Lcore::add(RxQueue* queue) { insert(wanted_.queues, queue); }
void Lcore::remove(RxQueue* queue) { erase(wanted_.queues, queue); }
void Lcore::add(HandlerRing* ring) { insert(wanted_.handler_rings, ring); }
void Lcore::remove(HandlerRing* ring) { erase(wanted_.handler_rings, ring); }
void Lcore::add(SendRing* ring) { insert(wanted_.send_rings, ring); }
void Lcore::remove(SendRing* ring) { erase(wanted_.send_rings, ring); }
void Lcore::add(Generator* generator) { insert(wanted_.generators, generator); }
void Lcore::remove(Generator* generator) { erase(wanted_.generators, generator); }
void Lcore::add(Output* output) { insert(wanted_.outputs, output); }
void Lcore::remove(Output* output) { erase(wanted_.outputs, output); }

}  // namespace dpdk_node
