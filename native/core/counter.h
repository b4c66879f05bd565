// Numbers with one writer, an lcore, and any number of readers. No locked instruction: the writer's own value
// is never stale.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace dpdk_node {

// What readers see of either kind.
class Tally {
 public:
  uint64_t read() const { return value_.load(std::memory_order_acquire); }

 protected:
  std::atomic<uint64_t> value_{0};
};

// Only goes up.
class Counter : public Tally {
 public:
  void add(uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
};

// Goes up and down. Readers that see it also see what the writer did before.
class Gauge : public Tally {
 public:
  void set(uint64_t value) { value_.store(value, std::memory_order_release); }
  void add(int64_t change) { set(value_.load(std::memory_order_relaxed) + static_cast<uint64_t>(change)); }
};

// A tally under its public name. Lists of them say what an object counts; names may stand several times, and
// are then summed.
struct NamedTally {
  const char* name;
  const Tally* tally;
};
using Tallies = std::vector<NamedTally>;

struct NamedCount {
  const char* name;
  uint64_t value;
};
std::vector<NamedCount> read(const Tallies& tallies);
// The same in two steps, for a thread that must not allocate: what `read_into` fills, still to be summed.
std::vector<NamedCount> unread(const Tallies& tallies);
void read_into(std::vector<NamedCount>& counts, const Tallies& tallies);
// One count for each name.
std::vector<NamedCount> sum_by_name(const std::vector<NamedCount>& counts);

}  // namespace dpdk_node
