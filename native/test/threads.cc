// Lcores, consumers and the control thread at once. Packets circulate through a net_ring port and a handler,
// so one lost wake-up, buffer or quiescent state stops them for good, and the test with them.
//
//   port -> lcore -> handler ring -> consumer thread -> handler ring -> lcore -> port
#include <rte_cycles.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
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

constexpr uint16_t kCirculating = 64;
constexpr auto kNoLimit = std::chrono::milliseconds(5000);

// Longer than any pause in these tests by far; only a test that hangs notices.
constexpr auto kPatience = std::chrono::seconds(60);

uint32_t rounds_wanted() {
  const char* wanted = std::getenv("DPDK_NODE_TEST_ROUNDS");
  return wanted != nullptr ? static_cast<uint32_t>(std::atoi(wanted)) : 20000;
}

class Circuit {
 public:
  Circuit() : pool_(make_pool("circuit", 1024)), port_(Port::attach("net_ring0")) {
    port_->configure({pool_, {1}, 0, 0, std::nullopt, false});
    objects::mempools().add(pool_);
  }

  // Before a program runs: net_ring is no witness that a thread sanitizer could follow, the start of a
  // program is.
  void inject(uint16_t count) {
    std::vector<rte_mbuf*> packets(count);
    EXPECT_EQUAL(rte_pktmbuf_alloc_bulk(pool_->handle(), packets.data(), count), 0);
    for (rte_mbuf* packet : packets) rte_pktmbuf_append(packet, 60);
    EXPECT_EQUAL(rte_eth_tx_burst(port_->id(), 0, packets.data(), count), count);
  }

  // Takes the packets out of the port again.
  uint32_t remove() {
    std::vector<rte_mbuf*> packets(kCirculating * 2);
    const uint16_t count = rte_eth_rx_burst(port_->id(), 0, packets.data(), kCirculating * 2);
    rte_pktmbuf_free_bulk(packets.data(), count);
    return count;
  }

  objects::NewProgram handle(Overflow overflow = Overflow::kBackpressure) {
    HandleOptions options = {};
    options.outputs = {{port_->id()}};
    options.overflow = overflow;
    options.ring_size = 256;
    options.send_size = 16;
    options.rings = 1;
    return run_program(options);
  }

  objects::NewProgram run_program(const ActionOptions& action) {
    return on_control([&] {
      const objects::NewProgram program = objects::create_program(port_->id(), 0, {action});
      objects::install_program(program.id);
      return program;
    });
  }

  // Waits as lib/program.ts does. Returns how many packets had to be taken back.
  uint32_t stop_program(const objects::NewProgram& program, std::chrono::milliseconds limit = kNoLimit) {
    on_control([&] { objects::uninstall_program(program.id); });
    const auto deadline = std::chrono::steady_clock::now() + limit;
    const auto own = objects::programs().get(program.id);
    while (own->in_flight() != 0 && std::chrono::steady_clock::now() < deadline) rte_delay_us_sleep(50);
    return on_control([&] { return objects::remove_program(program.id).reclaimed; });
  }

  void expect_empty() const { EXPECT_EQUAL(rte_mempool_in_use_count(pool_->handle()), 0); }
  Port& port() { return *port_; }

 private:
  std::shared_ptr<Mempool> pool_;
  std::shared_ptr<Port> port_;
};

Circuit& circuit() {
  static auto* circuit = on_control([] { return new Circuit; });
  return *circuit;
}

void pause_sometimes(std::mt19937& random) {
  switch (random() % 16) {
    case 0:
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
      break;
    case 1:
      std::this_thread::yield();
      break;
    default:
      break;
  }
}

// Answers everything, as a Worker does: drain, publish, ring the lcore's bell if it sleeps, wait.
class Handler {
 public:
  Handler(uint32_t ring, unsigned seed, bool on_event_loop)
      : consumer_(objects::open_consumer([this] { ready(); })),
        script_(*objects::handler_rings().get(ring)),
        random_(seed),
        on_event_loop_(on_event_loop) {
    objects::attach_ring(consumer_, ring);
    thread_ = std::thread([this] { serve(); });
  }

  ~Handler() {
    stopping_ = true;
    objects::consumers().get(consumer_)->wake();
    thread_.join();
    objects::close_consumer(consumer_);
  }

  void wait_for(uint32_t packets) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (answered_ < packets) {
      EXPECT(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  void serve() {
    const std::shared_ptr<Consumer> consumer = objects::consumers().get(consumer_);
    while (!stopping_) {
      drain();
      pause_sometimes(random_);
      if (on_event_loop_) {
        if (consumer->arm()) sleep_until_ready();
      } else {
        consumer->wait(std::chrono::milliseconds(60000));
      }
    }
  }

  void drain() {
    while (const uint32_t available = script_.available()) {
      const uint32_t batch = 1 + random_() % available;
      for (uint32_t i = 0; i < batch; i++) script_.decide(i, layout::kVerdictOutput);
      script_.complete(batch);
      if (script_.lcore_asleep()) eal::lcore(1).wake();
      answered_ += batch;
      pause_sometimes(random_);
    }
  }

  void ready() {
    std::lock_guard lock(mutex_);
    ready_ = true;
    changed_.notify_one();
  }

  void sleep_until_ready() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_; });
    ready_ = false;
  }

  uint32_t consumer_;
  Script script_;
  std::mt19937 random_;
  const bool on_event_loop_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint32_t> answered_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false;
  std::thread thread_;
};

void expect_law(const HandlerRingCounters& c) {
  EXPECT_EQUAL(c.delivered.read(), c.forwarded.read() + c.continued.read() + c.held.read() +
                                       c.unhandled.read() + c.failed.read() + c.dropped.read() +
                                       c.no_member.read() + c.invalid_verdict.read() + c.invalid_size.read() +
                                       c.invalid_hold.read() + c.reclaimed.read());
}

void circulate(bool on_event_loop, uint16_t packets) {
  circuit().inject(packets);
  const objects::NewProgram program = circuit().handle();
  const auto ring = objects::handler_rings().get(program.rings[0]);
  {
    Handler handler(program.rings[0], 1, on_event_loop);
    handler.wait_for(rounds_wanted() * packets / kCirculating);
    EXPECT_EQUAL(circuit().stop_program(program), 0);
  }
  expect_law(ring->counters());
  EXPECT_EQUAL(circuit().remove(), packets);
  circuit().expect_empty();
}

// One packet: each side waits for the other at every step.
void nothing_sleeps_on_work_waiting_natively() {
  circulate(false, 1);
  circulate(false, kCirculating);
}

void nothing_sleeps_on_work_on_an_event_loop() {
  circulate(true, 1);
  circulate(true, kCirculating);
}

void programs_swap_under_traffic() {
  circuit().inject(kCirculating);
  for (unsigned i = 0; i < 100; i++) {
    const objects::NewProgram native = circuit().run_program(MacSwapOptions{circuit().port().id()});
    rte_delay_us_sleep(i * 7 % 300);
    circuit().stop_program(native);

    const objects::NewProgram handled = circuit().handle();
    Handler handler(handled.rings[0], i, i % 2 == 0);
    rte_delay_us_sleep(i * 11 % 300);
    EXPECT_EQUAL(circuit().stop_program(handled), 0);
  }
  EXPECT_EQUAL(circuit().remove(), kCirculating);
  circuit().expect_empty();
}

// The thread goes away in the middle of it all: what it held is dropped and counted, the lcore goes on.
void a_thread_that_ends_loses_no_buffer() {
  for (unsigned i = 0; i < 100; i++) {
    circuit().inject(kCirculating);
    const objects::NewProgram program = circuit().handle();
    const auto ring = objects::handler_rings().get(program.rings[0]);
    {
      Handler handler(program.rings[0], i, false);
      rte_delay_us_sleep(i * 13 % 500);
    }
    circuit().stop_program(program);
    expect_law(ring->counters());
    circuit().remove();
    circuit().expect_empty();
  }
}

void a_handler_that_does_not_answer_is_reclaimed() {
  circuit().inject(kCirculating);
  const objects::NewProgram program = circuit().handle();
  const auto ring = objects::handler_rings().get(program.rings[0]);
  while (ring->in_flight() != kCirculating) rte_delay_us_sleep(100);
  EXPECT_EQUAL(circuit().stop_program(program, std::chrono::milliseconds(20)), kCirculating);
  expect_law(ring->counters());
  circuit().expect_empty();
}

void a_stopped_port_keeps_its_program() {
  circuit().inject(kCirculating);
  const objects::NewProgram program = circuit().handle();
  {
    Handler handler(program.rings[0], 7, false);
    for (int i = 0; i < 50; i++) {
      on_control([] { circuit().port().stop(); });
      on_control([] { circuit().port().start(); });
    }
    circuit().stop_program(program);
  }
  circuit().remove();
  circuit().expect_empty();
}

}  // namespace

int main() {
  open_eal();
  run("nothing sleeps on work, waiting natively", nothing_sleeps_on_work_waiting_natively);
  run("nothing sleeps on work, on an event loop", nothing_sleeps_on_work_on_an_event_loop);
  run("programs swap under traffic", programs_swap_under_traffic);
  run("a thread that ends loses no buffer", a_thread_that_ends_loses_no_buffer);
  run("a handler that does not answer is reclaimed", a_handler_that_does_not_answer_is_reclaimed);
  run("a stopped port keeps its program", a_stopped_port_keeps_its_program);
  on_control([] {
    delete &circuit();
    eal::close();
  });
  return 0;
}
