// Everything that JavaScript can write is written, while traffic runs: random bytes everywhere, verdicts
// repeated and forged, values changed between the lcore's check and its use. Nothing may crash, no buffer may
// be lost, and no packet may leave by a port that was not declared.
//
//   DPDK_NODE_TEST_ROUNDS  writes by each thread, a million by default
//   DPDK_NODE_TEST_SEED    printed at the start
#include <rte_cycles.h>

#include <random>
#include <thread>
#include <vector>

#include "core/objects.h"
#include "core/port.h"
#include "script.h"
#include "test.h"

using namespace dpdk_node;
using namespace dpdk_node::test;

namespace {

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* value = std::getenv(variable);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

// A source that never ends, with a handler behind which the program goes on, and a port that nobody may send
// to.
struct Victim {
  std::shared_ptr<Mempool> pool = make_pool("victim", 4096);
  std::shared_ptr<Port> source = Port::attach("net_null0");
  std::shared_ptr<Port> allowed = Port::attach("net_null1");
  std::shared_ptr<Port> forbidden = Port::attach("net_null2");
  objects::NewProgram program;
  std::shared_ptr<HandlerRing> ring;
  uint32_t consumer = 0;

  Victim() {
    for (const auto& port : {source, allowed, forbidden}) {
      port->configure({pool, {1}, 0, 0, std::nullopt, false});
    }
    HandleOptions options = {};
    options.outputs = {{allowed->id()}, {allowed->id(), source->id()}};
    options.ring_size = 256;
    options.send_size = 32;
    options.rings = 1;
    program = objects::create_program(source->id(), 0, {options, MacSwapOptions{allowed->id()}});
    ring = objects::handler_rings().get(program.rings[0]);
    consumer = objects::open_consumer([] {});
    objects::attach_ring(consumer, program.rings[0]);
    objects::install_program(program.id);
  }
};

// Words of the shared memory, through the arena's alias, as an attacker has them.
class Memory {
 public:
  explicit Memory(const Victim& victim) : zones_(arena::zones()), ring_(*victim.ring) {}

  void write(uint32_t offset, uint32_t value) {
    __atomic_store_n(reinterpret_cast<uint32_t*>(arena_base + (offset & ~3u)), value, __ATOMIC_RELAXED);
  }
  uint32_t read(uint32_t offset) const {
    return __atomic_load_n(reinterpret_cast<const uint32_t*>(arena_base + (offset & ~3u)), __ATOMIC_RELAXED);
  }

  uint32_t anywhere(std::mt19937& random) const {
    const arena::ZoneInfo& zone = zones_[random() % zones_.size()];
    return zone.offset + static_cast<uint32_t>(random() % zone.length);
  }

  uint32_t descriptor(uint32_t slot) const {
    return ring_.offset() + static_cast<uint32_t>(sizeof(layout::HandlerRing)) + slot % ring_.size() * 8;
  }
  uint32_t completed() const { return ring_.offset() + offsetof(layout::HandlerRing, completed); }
  uint32_t produced() const { return ring_.offset() + offsetof(layout::HandlerRing, produced); }
  uint32_t submitted() const { return ring_.send_ring().offset() + offsetof(layout::SendRing, submitted); }
  uint32_t submission(uint32_t slot) const {
    const SendRing& send = ring_.send_ring();
    return send.offset() + static_cast<uint32_t>(sizeof(layout::SendRing)) + send.size() * 8 +
           slot % (2 * send.size()) * 16;
  }

 private:
  const std::vector<arena::ZoneInfo> zones_;
  const HandlerRing& ring_;
};

void write_random_bytes(Memory memory, uint64_t rounds, std::mt19937 random) {
  for (uint64_t i = 0; i < rounds; i++)
    memory.write(memory.anywhere(random), static_cast<uint32_t>(random()));
}

// Completes whatever is there, with every kind of verdict; goes back; runs ahead; submits every kind of name.
void replay_and_forge(Memory memory, uint64_t rounds, std::mt19937 random) {
  for (uint64_t i = 0; i < rounds; i++) {
    const auto slot = static_cast<uint32_t>(random());
    switch (random() % 6) {
      case 0:
        memory.write(memory.completed(), memory.read(memory.produced()));
        break;
      case 1:
        memory.write(memory.completed(),
                     memory.read(memory.produced()) - static_cast<uint32_t>(random() % 300));
        break;
      case 2: {  // a verdict of each kind, with and without a new size
        const auto verdict =
            static_cast<uint32_t>(random() % 16 + (random() % 4 == 0 ? layout::kVerdictHold : 0) +
                                  (random() % 4 == 0 ? layout::kResized : 0));
        const uint32_t word = memory.descriptor(slot) + 4;
        memory.write(word, (memory.read(word) & 0xffff) | verdict << 16);
        break;
      }
      case 3: {  // a name that is, was or never was
        const auto name = static_cast<uint32_t>(random() % 40 + (random() % 2 == 0 ? layout::kHeldName : 0));
        memory.write(memory.submission(slot), memory.read(memory.descriptor(slot)));
        memory.write(memory.submission(slot) + 4, name << 16 | 60);
        memory.write(memory.submission(slot) + 8,
                     layout::kVerdictOutput + static_cast<uint32_t>(random() % 4));
        break;
      }
      case 4:
        memory.write(memory.submitted(),
                     memory.read(memory.submitted()) + static_cast<uint32_t>(random() % 80));
        break;
      default:
        memory.write(memory.submitted(), static_cast<uint32_t>(random()));
    }
  }
}

// The same word right, wrong, right, wrong, as fast as it goes.
void change_between_check_and_use(Memory memory, uint64_t rounds, std::mt19937 random) {
  for (uint64_t i = 0; i < rounds;) {
    const auto slot = static_cast<uint32_t>(random());
    const uint32_t word = random() % 2 == 0 ? memory.descriptor(slot) : memory.submission(slot) + 4;
    const uint32_t right = memory.read(word);
    for (int flips = 0; flips < 64; flips++, i++) {
      memory.write(word, flips % 2 == 0 ? static_cast<uint32_t>(random()) : right);
    }
  }
}

uint64_t count_of(const Tallies& tallies, const char* name) {
  for (const NamedCount& count : read(tallies)) {
    if (std::string_view(count.name) == name) return count.value;
  }
  EXPECT(!"there is such a count");
  return 0;
}

void expect_laws(const HandlerRing& ring) {
  const HandlerRingCounters& c = ring.counters();
  EXPECT_EQUAL(c.delivered.read(), c.forwarded.read() + c.continued.read() + c.held.read() +
                                       c.unhandled.read() + c.failed.read() + c.dropped.read() +
                                       c.no_member.read() + c.invalid_verdict.read() + c.invalid_size.read() +
                                       c.invalid_hold.read() + c.reclaimed.read() + ring.in_flight());
  const SendRingCounters& s = ring.send_ring().counters();
  EXPECT_EQUAL(s.supplied.read() + s.held.read(), s.forwarded.read() + s.continued.read() + s.dropped.read() +
                                                      s.invalid_size.read() + s.invalid_verdict.read() +
                                                      s.reclaimed.read() + ring.send_ring().owned());
  EXPECT_EQUAL(s.submitted.read(), s.forwarded.read() + s.continued.read() + s.dropped.read() +
                                       s.invalid_size.read() + s.invalid_verdict.read() +
                                       s.invalid_name.read());
}

}  // namespace

int main() {
  const uint64_t rounds = number_from("DPDK_NODE_TEST_ROUNDS", 1'000'000);
  const auto seed = static_cast<unsigned>(number_from("DPDK_NODE_TEST_SEED", std::random_device()()));
  std::printf("%lu rounds, DPDK_NODE_TEST_SEED=%u\n", static_cast<unsigned long>(rounds), seed);

  open_eal();
  auto* victim = on_control([] { return new Victim; });
  run("hostile writes crash nothing and lose nothing", [&] {
    std::thread threads[] = {
        std::thread(write_random_bytes, Memory(*victim), rounds, std::mt19937(seed)),
        std::thread(replay_and_forge, Memory(*victim), rounds, std::mt19937(seed + 1)),
        std::thread(change_between_check_and_use, Memory(*victim), rounds, std::mt19937(seed + 2))};
    for (std::thread& thread : threads) thread.join();
  });
  run("traffic went on meanwhile", [&] {
    EXPECT(victim->ring->counters().delivered.read() > 0);
    EXPECT(victim->ring->counters().forwarded.read() > 0);
    EXPECT(victim->ring->counters().invalid_completion.read() > 0);
  });
  for (const NamedCount& count : read(victim->ring->tallies())) {
    std::printf("  %s %lu\n", count.name, static_cast<unsigned long>(count.value));
  }
  run("every packet is counted once, every buffer is back", [&] {
    on_control([&] {
      objects::close_consumer(victim->consumer);
      objects::remove_program(victim->program.id);
    });
    expect_laws(*victim->ring);
    for (const auto& output : victim->forbidden->outputs()) {
      EXPECT_EQUAL(count_of(output->tallies(), "requested"), 0);
    }
    EXPECT_EQUAL(rte_mempool_in_use_count(victim->pool->handle()), 0);
  });
  on_control([&] {
    delete victim;
    eal::close();
  });
  return 0;
}
