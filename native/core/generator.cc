#include "generator.h"

#include <rte_cycles.h>

#include <algorithm>

#include "error.h"

namespace dpdk_node {

namespace {

// A sleep may last so much longer than it was to.
constexpr uint64_t kLateWakeUpNanoseconds = 50'000;

}  // namespace

Generator::Generator(const Mempool& pool, Output& output, std::unique_ptr<TrafficSource> source,
                     const PaceOptions& pace, uint64_t packets)
    : pool_(pool),
      output_(output),
      source_(std::move(source)),
      pace_(pace, source_->is_timed()),
      remaining_(packets == 0 ? UINT64_MAX : packets) {
  const uint32_t room = pool.data_room() - RTE_PKTMBUF_HEADROOM;
  if (source_->longest() > room) {
    throw Error("PACKET_TOO_LONG", "a packet of " + std::to_string(source_->longest()) +
                                       " bytes does not fit into the port's buffers of " +
                                       std::to_string(room) + " bytes");
  }
}

uint32_t Generator::poll() {
  if (finished_.read() != 0) return 0;
  const uint64_t now = rte_rdtsc();
  if (unlikely(!started_)) {
    pace_.start(now);
    started_ = true;
    started_at_ = now;
  }
  if (unlikely(remaining_ == 0 || pace_.is_over(now))) {
    finish();
    return 0;
  }
  if (!pace_.is_due(now)) return 0;
  if (unlikely(pace_.forget_lag(now))) counters_.behind.add(1);
  if (next_ == kBurst && !refill()) return 0;
  rte_mbuf** packets = buffers_ + next_;
  const auto limit = static_cast<uint16_t>(std::min<uint64_t>(kBurst - next_, remaining_));
  const uint16_t count = source_->fill(packets, limit, pace_, now);
  next_ += count;
  owned_.set(kBurst - next_);
  if (remaining_ != UINT64_MAX) remaining_ -= count;
  counters_.generated.add(count);
  elapsed_cycles_.set(now - started_at_);
  send(packets, count);
  return count;
}

bool Generator::refill() {
  if (unlikely(rte_pktmbuf_alloc_bulk(pool_.handle(), buffers_, kBurst) != 0)) {
    counters_.no_buffer.add(1);
    return false;
  }
  next_ = 0;
  owned_.set(kBurst);
  return true;
}

// A packet goes when it is due, and does not wait for company. Nothing else is in the output before and
// behind it, so that what becomes of it can be told from what becomes of others.
void Generator::send(rte_mbuf** packets, uint16_t count) {
  output_.flush();
  const OutputCounters& counters = output_.counters();
  const uint64_t accepted = counters.accepted.read();
  const uint64_t full = counters.rejected_full.read();
  const uint64_t too_long = counters.rejected_too_long.read();
  const uint64_t closed = counters.rejected_closed.read();
  output_.send(packets, count);
  output_.flush();
  counters_.accepted.add(counters.accepted.read() - accepted);
  counters_.rejected_full.add(counters.rejected_full.read() - full);
  counters_.rejected_too_long.add(counters.rejected_too_long.read() - too_long);
  counters_.rejected_closed.add(counters.rejected_closed.read() - closed);
}

uint64_t Generator::idle_nanoseconds(uint64_t now) const {
  if (finished_.read() != 0) return UINT64_MAX;
  if (!started_ || pace_.due() <= now) return 0;
  const double seconds = static_cast<double>(pace_.due() - now) / static_cast<double>(rte_get_tsc_hz());
  // The end of a replay is for ever away.
  const auto nanoseconds = static_cast<uint64_t>(std::min(seconds, 1.0) * NS_PER_S);
  return nanoseconds > kLateWakeUpNanoseconds ? nanoseconds - kLateWakeUpNanoseconds : 0;
}

GeneratorCounts Generator::counts() const {
  const double cycles = static_cast<double>(elapsed_cycles_.read());
  return {read(tallies()), cycles / static_cast<double>(rte_get_tsc_hz()), finished_.read() != 0,
          source_->counts()};
}

Tallies Generator::tallies() const {
  return {
      {"generated", &counters_.generated},
      {"accepted", &counters_.accepted},
      {"rejectedFull", &counters_.rejected_full},
      {"rejectedTooLong", &counters_.rejected_too_long},
      {"rejectedClosed", &counters_.rejected_closed},
      {"noBuffer", &counters_.no_buffer},
      {"behind", &counters_.behind},
      {"owned", &owned_},
  };
}

void Generator::finish() {
  release();
  finished_.set(1);
}

void Generator::release() {
  if (next_ != kBurst) rte_pktmbuf_free_bulk(buffers_ + next_, kBurst - next_);
  next_ = kBurst;
  owned_.set(0);
}

}  // namespace dpdk_node
