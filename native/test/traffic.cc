// A generator, a sink, and threads that look on and change them: what an lcore makes it counts, what it measures can
// be read while it does, and nothing is lost when it is stopped.
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "core/objects.h"
#include "core/port.h"
#include "core/probe.h"
#include "core/stream_source.h"
#include "test.h"

using namespace dpdk_node;
using namespace dpdk_node::test;

namespace {

// 60 bytes with a probe at their end, and a range in front.
StreamOptions numbered() {
  TemplateOptions frame = {std::vector<uint8_t>(60), {}, 0, 0};
  const uint32_t magic = rte_cpu_to_be_32(probe::kMagic);
  std::memcpy(frame.bytes.data() + 60 - probe::kSize, &magic, sizeof magic);
  PacketFieldOptions field = {};
  field.offset = 6;
  field.width = 8;
  field.mask = 0xffff'ffff'ffff'0000;
  field.shift = 16;
  field.maximum = 99;
  field.step = 7;
  field.repeat = 1;
  StreamOptions stream = {{frame}, {0}, {field}, {}, true, true};
  return stream;
}

std::unique_ptr<TrafficSource> source() {
  std::vector<StreamOptions> streams;
  streams.push_back(numbered());
  return std::make_unique<StreamSource>(std::move(streams), std::vector<uint16_t>{0});
}

uint64_t count_of(const GeneratorCounts& counts, const std::string& name) {
  for (const NamedCount& count : counts.counts) {
    if (count.name == name) return count.value;
  }
  EXPECT(false);
  return 0;
}

// Packets go around a net_ring port, from a generator to a sink on the same lcore.
class Loop {
 public:
  Loop() : pool_(make_pool("loop", 2048)), port_(Port::attach("net_ring0")) {
    objects::mempools().add(pool_);
    port_->configure({pool_, {1}, 0, 0, std::nullopt, false});
    meter_id_ = objects::meters().add(std::make_shared<Meter>(MeterOptions{2, 64}));
  }

  uint32_t run_sink() {
    const SinkOptions options = {objects::meters().get(meter_id_)};
    const uint32_t program = objects::create_program(port_->id(), 0, {options}).id;
    objects::install_program(program);
    return program;
  }

  uint32_t generate(const PaceOptions& pace, uint64_t packets) {
    return objects::start_generator(port_->id(), std::nullopt, source(), pace, packets);
  }

  Measurement measured() const { return objects::meters().get(meter_id_)->read(); }
  void reset() const { objects::meters().get(meter_id_)->reset(); }
  Port& port() { return *port_; }
  void expect_empty() const { EXPECT_EQUAL(rte_mempool_in_use_count(pool_->handle()), 0); }

 private:
  std::shared_ptr<Mempool> pool_;
  std::shared_ptr<Port> port_;
  uint32_t meter_id_ = 0;
};

Loop& loop() {
  static auto* loop = on_control([] { return new Loop; });
  return *loop;
}

constexpr PaceOptions kFlatOut = {0, 1, 0, 0, 1, 0};

void wait_for(uint64_t packets) {
  while (on_control([] { return loop().measured().streams[0].received; }) < packets) rte_delay_us_sleep(200);
}

void everything_that_is_made_is_measured() {
  const uint32_t program = on_control([] { return loop().run_sink(); });
  const uint32_t generator = on_control([] { return loop().generate(kFlatOut, 100'000); });
  wait_for(100'000);
  const GeneratorCounts counts = on_control([=] { return objects::stop_generator(generator); });
  EXPECT_EQUAL(count_of(counts, "accepted"), 100'000);
  EXPECT(counts.finished);
  const StreamMeasurement stream = on_control([] { return loop().measured(); }).streams[0];
  EXPECT_EQUAL(stream.received, 100'000);
  EXPECT_EQUAL(stream.highest, 99'999);
  EXPECT_EQUAL(stream.duplicates + stream.reordered + stream.too_old, 0);
  EXPECT_EQUAL(stream.timed, 100'000);
  on_control([=] { objects::remove_program(program); });
  loop().expect_empty();
}

// Starts, stops and reads, while another thread looks on.
void stopping_loses_nothing() {
  std::mt19937 random(1);
  const uint32_t program = on_control([] { return loop().run_sink(); });
  for (int round = 0; round < 200; round++) {
    on_control([] { loop().reset(); });
    const PaceOptions pace = {random() % 2 == 0 ? 0.0 : 300'000.0,      1, 0, 0,
                              static_cast<uint32_t>(1 + random() % 40), 0};
    const uint32_t generator = on_control([&] { return loop().generate(pace, 0); });
    std::atomic<bool> looking{true};
    std::thread onlooker([&] {
      uint64_t last = 0;
      while (looking) {
        const uint64_t now = objects::generators().visit(generator, [](const PortGenerator& owner) {
          return count_of(owner.generator.counts(), "generated");
        });
        EXPECT(now >= last);
        last = now;
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
    looking = false;
    onlooker.join();
    const GeneratorCounts counts = on_control([=] { return objects::stop_generator(generator); });
    const uint64_t accepted = count_of(counts, "accepted");
    EXPECT_EQUAL(count_of(counts, "generated"), accepted + count_of(counts, "rejectedFull"));
    EXPECT_EQUAL(count_of(counts, "owned"), 0);
    EXPECT_EQUAL(counts.streams[0].bytes, 60 * count_of(counts, "generated"));
    wait_for(accepted);
    EXPECT_EQUAL(on_control([] { return loop().measured(); }).streams[0].received, accepted);
  }
  on_control([=] { objects::remove_program(program); });
  loop().expect_empty();
}

// A latency is in the bucket whose lowest value is the next below it.
void buckets_are_log_linear() {
  size_t last = 0;
  for (uint64_t cycles = 1; cycles < uint64_t{1} << 40; cycles += 1 + cycles / 100) {
    const size_t bucket = LatencyHistogram::bucket_of(cycles);
    EXPECT(bucket >= last && bucket < LatencyHistogram::kBuckets);
    last = bucket;
  }
  EXPECT_EQUAL(last, LatencyHistogram::kBuckets - 1);
  EXPECT_EQUAL(LatencyHistogram::bucket_of(31), 31);
  EXPECT_EQUAL(LatencyHistogram::bucket_of(63), 63);
  EXPECT_EQUAL(LatencyHistogram::bucket_of(64), 64);
  EXPECT_EQUAL(LatencyHistogram::bucket_of(66), 65);
  EXPECT_EQUAL(LatencyHistogram::bucket_of((uint64_t{1} << 36) - 1), LatencyHistogram::kBuckets - 1);
}

// What would reach beyond a template is refused, whatever it is.
void wrong_tables_are_refused() {
  const auto refused = [](void (*spoil)(StreamOptions&)) {
    StreamOptions stream = numbered();
    spoil(stream);
    std::vector<StreamOptions> streams;
    streams.push_back(std::move(stream));
    try {
      const StreamSource made(std::move(streams), {0});
      return false;
    } catch (const Error& error) {
      return std::string(error.code()) == "INVALID_STREAM";
    }
  };
  EXPECT(!refused([](StreamOptions&) {}));
  EXPECT(refused([](StreamOptions& stream) { stream.fields[0].offset = 53; }));
  EXPECT(refused([](StreamOptions& stream) { stream.fields[0].width = 3; }));
  EXPECT(refused([](StreamOptions& stream) { stream.fields[0].repeat = 0; }));
  EXPECT(refused([](StreamOptions& stream) { stream.fields[0].shift = 64; }));
  EXPECT(refused([](StreamOptions& stream) { stream.fields[0].kind = PacketFieldOptions::Kind::kList; }));
  EXPECT(refused([](StreamOptions& stream) { stream.order = {1}; }));
  EXPECT(refused([](StreamOptions& stream) { stream.order = {}; }));
  EXPECT(refused([](StreamOptions& stream) { stream.templates[0].bytes.resize(17); }));
  EXPECT(refused([](StreamOptions& stream) { stream.checksums = {{0, false, 0, 0}}; }));
  EXPECT(refused([](StreamOptions& stream) { stream.fields[0].covered = 1; }));
  EXPECT(refused([](StreamOptions& stream) { stream.templates[0].probe_covered = 1; }));
}

}  // namespace

int main() {
  open_eal();
  // Made here, because it is made on the control thread, which cannot wait for itself.
  loop();
  run("buckets are log-linear", buckets_are_log_linear);
  run("wrong tables are refused", wrong_tables_are_refused);
  run("everything that is made is measured", everything_that_is_made_is_measured);
  run("stopping loses nothing", stopping_loses_nothing);
  on_control([] {
    delete &loop();
    eal::close();
  });
  return 0;
}
