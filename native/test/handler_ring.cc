// The handler ring's promises, one thread playing both ends: what each verdict does, what is refused, and
// that every packet is counted once and every buffer comes back.
#include "core/handler_ring.h"

#include <rte_ring.h>

#include <cstring>
#include <vector>

#include "core/port.h"
#include "script.h"
#include "test.h"

using namespace dpdk_node;
using namespace dpdk_node::test;

namespace {

constexpr uint16_t kFirstOutput = layout::kVerdictOutput;

// A port that receives what is sent to it.
struct Loop {
  std::shared_ptr<Mempool> pool = make_pool("bench", 512);
  std::shared_ptr<Port> port = Port::attach("net_ring0");
};

Loop& loop() {
  static auto* loop = [] {
    auto* made = new Loop;
    made->port->configure({made->pool, {1}, 0, 0, std::nullopt, false});
    return made;
  }();
  return *loop;
}

// A ring with one output, to a port whose packets can be looked at.
class Bench {
 public:
  explicit Bench(HandlerRingOptions options = {.size = 64}) : pool_(loop().pool), port_(loop().port) {
    tx_queue_ = {port_->id(), 0, false, RTE_SPINLOCK_INITIALIZER};
    output_ = std::make_unique<Output>(&tx_queue_);
    output_->set_open(true);
    options.send_size = 16;
    if (options.outputs.empty()) options.outputs = {{output_.get()}};
    if (options.overflow == Overflow::kBypass) options.bypass = output_.get();
    ring =
        std::make_unique<HandlerRing>(*pool_, std::move(options), [this](rte_mbuf** packets, uint16_t count) {
          continued += count;
          rte_pktmbuf_free_bulk(packets, count);
        });
    script = std::make_unique<Script>(*ring);
    send = std::make_unique<SendScript>(ring->send_ring());
  }

  Output& output() { return *output_; }

  // Every buffer is home again, whatever the test did.
  ~Bench() {
    ring.reset();
    output_->flush();
    for (rte_mbuf* packet : sent()) rte_pktmbuf_free(packet);
    EXPECT_EQUAL(rte_mempool_in_use_count(pool_->handle()), 0);
  }

  rte_mbuf* make(uint16_t length, uint8_t mark = 0) {
    rte_mbuf* packet = rte_pktmbuf_alloc(pool_->handle());
    EXPECT(packet != nullptr);
    std::memset(rte_pktmbuf_append(packet, length), mark, length);
    return packet;
  }

  void deliver(uint16_t count, uint16_t length = 60) {
    std::vector<rte_mbuf*> packets;
    for (uint16_t i = 0; i < count; i++) packets.push_back(make(length, static_cast<uint8_t>(i)));
    ring->deliver(packets.data(), count);
  }

  void answer(uint16_t verdict) {
    script->decide(0, verdict);
    script->complete(1);
  }

  // What left through the output, in order.
  std::vector<rte_mbuf*> sent() {
    output_->flush();
    std::vector<rte_mbuf*> packets(512);
    packets.resize(rte_eth_rx_burst(port_->id(), 0, packets.data(), 512));
    return packets;
  }

  std::unique_ptr<HandlerRing> ring;
  std::unique_ptr<Script> script;
  std::unique_ptr<SendScript> send;
  uint32_t continued = 0;

 private:
  std::shared_ptr<Mempool> pool_;
  std::shared_ptr<Port> port_;
  TxQueue tx_queue_;
  std::unique_ptr<Output> output_;
};

void both_sides_see_the_same_bytes() {
  Bench bench;
  rte_mbuf* packet = bench.make(100, 0xab);
  auto* native = rte_pktmbuf_mtod(packet, uint8_t*);
  bench.ring->deliver(&packet, 1);
  EXPECT_EQUAL(bench.script->available(), 1);
  EXPECT_EQUAL(bench.script->at(0).length, 100);
  uint8_t* shared = bench.script->bytes(0);
  EXPECT(shared != native && shared[0] == 0xab && shared[99] == 0xab);
  shared[7] = 0x42;
  EXPECT_EQUAL(native[7], 0x42);
}

void each_verdict_does_what_it_says() {
  Bench bench;
  bench.deliver(7);
  bench.answer(kFirstOutput);
  bench.answer(layout::kVerdictDrop);
  bench.answer(layout::kVerdictContinue);
  bench.answer(layout::kVerdictUnhandled);
  bench.answer(layout::kVerdictFailed);
  bench.answer(kFirstOutput + 1);
  bench.answer(7);
  EXPECT_EQUAL(bench.ring->reap(), 7);
  const HandlerRingCounters& counters = bench.ring->counters();
  EXPECT_EQUAL(counters.delivered.read(), 7);
  EXPECT_EQUAL(counters.forwarded.read(), 1);
  EXPECT_EQUAL(counters.dropped.read(), 1);
  EXPECT_EQUAL(counters.continued.read(), 1);
  EXPECT_EQUAL(counters.unhandled.read(), 1);
  EXPECT_EQUAL(counters.failed.read(), 1);
  EXPECT_EQUAL(counters.invalid_verdict.read(), 2);
  EXPECT_EQUAL(bench.continued, 1);
  EXPECT_EQUAL(bench.ring->in_flight(), 0);
  const auto sent = bench.sent();
  EXPECT_EQUAL(sent.size(), 1);
  rte_pktmbuf_free(sent[0]);
}

void unhandled_packets_can_continue() {
  Bench bench({.size = 64, .continue_unhandled = true});
  bench.deliver(1);
  bench.answer(layout::kVerdictUnhandled);
  bench.ring->reap();
  EXPECT_EQUAL(bench.continued, 1);
}

void order_is_kept_across_the_wrap() {
  Bench bench;
  uint8_t next = 0;
  for (int round = 0; round < 50; round++) {
    bench.deliver(20);
    for (uint8_t i = 0; i < 20; i++) bench.script->bytes(i)[0] = static_cast<uint8_t>(next + i);
    for (int i = 0; i < 20; i++) bench.answer(kFirstOutput);
    bench.ring->reap();
    const auto sent = bench.sent();
    EXPECT_EQUAL(sent.size(), 20);
    for (rte_mbuf* packet : sent) {
      EXPECT_EQUAL(*rte_pktmbuf_mtod(packet, uint8_t*), next++);
      rte_pktmbuf_free(packet);
    }
  }
}

void a_full_ring_drops_and_counts() {
  Bench bench;
  bench.deliver(32);
  bench.deliver(32);
  bench.deliver(8);
  EXPECT_EQUAL(bench.ring->counters().delivered.read(), 64);
  EXPECT_EQUAL(bench.ring->counters().overflow.read(), 8);
}

void backpressure_keeps_what_does_not_fit() {
  Bench bench({.size = 64, .overflow = Overflow::kBackpressure});
  bench.deliver(32);
  EXPECT(bench.ring->has_room());
  // Thirty packets of two segments want sixty descriptors; thirty-two are free.
  std::vector<rte_mbuf*> packets;
  for (int i = 0; i < 30; i++) {
    packets.push_back(bench.make(60));
    EXPECT_EQUAL(rte_pktmbuf_chain(packets.back(), bench.make(40)), 0);
  }
  bench.ring->deliver(packets.data(), 30);
  EXPECT(!bench.ring->has_room());
  EXPECT_EQUAL(bench.ring->counters().delivered.read(), 32 + 16);
  EXPECT_EQUAL(bench.ring->in_flight(), 32 + 16 + 14);
  bench.script->complete(64);
  bench.ring->reap();
  EXPECT_EQUAL(bench.ring->counters().delivered.read(), 32 + 30);
  EXPECT_EQUAL(bench.ring->counters().overflow.read(), 0);
  EXPECT_EQUAL(bench.script->available(), 28);
}

void segments_are_consecutive_descriptors() {
  Bench bench;
  rte_mbuf* packet = bench.make(1000, 1);
  EXPECT_EQUAL(rte_pktmbuf_chain(packet, bench.make(500, 2)), 0);
  EXPECT_EQUAL(rte_pktmbuf_chain(packet, bench.make(50, 3)), 0);
  bench.ring->deliver(&packet, 1);
  EXPECT_EQUAL(bench.ring->counters().delivered.read(), 1);
  EXPECT_EQUAL(bench.script->available(), 3);
  EXPECT(bench.script->at(0).verdict & layout::kMoreSegments);
  EXPECT(bench.script->at(1).verdict & layout::kMoreSegments);
  EXPECT(!(bench.script->at(2).verdict & layout::kMoreSegments));
  EXPECT_EQUAL(bench.script->bytes(2)[0], 3);
  bench.script->decide(0, kFirstOutput);
  bench.script->complete(3);
  bench.ring->reap();
  const auto sent = bench.sent();
  EXPECT_EQUAL(sent.size(), 1);
  EXPECT_EQUAL(sent[0]->pkt_len, 1550);
  EXPECT_EQUAL(sent[0]->nb_segs, 3);
  rte_pktmbuf_free(sent[0]);
}

void a_packet_with_more_segments_than_the_ring_is_dropped() {
  Bench bench({.size = 2, .overflow = Overflow::kBackpressure});
  rte_mbuf* packet = bench.make(60);
  EXPECT_EQUAL(rte_pktmbuf_chain(packet, bench.make(60)), 0);
  EXPECT_EQUAL(rte_pktmbuf_chain(packet, bench.make(60)), 0);
  bench.ring->deliver(&packet, 1);
  EXPECT_EQUAL(bench.ring->counters().overflow.read(), 1);
}

void a_packet_can_grow_and_shrink_within_its_buffer() {
  Bench bench;
  bench.deliver(2, 100);
  for (const int growth : {50, -50}) {
    layout::Descriptor& descriptor = bench.script->at(0);
    descriptor.offset -= static_cast<uint32_t>(growth);
    descriptor.length = static_cast<uint16_t>(descriptor.length + growth);
    bench.answer(kFirstOutput | layout::kResized);
  }
  bench.ring->reap();
  const auto sent = bench.sent();
  EXPECT_EQUAL(sent.size(), 2);
  EXPECT_EQUAL(sent[0]->pkt_len, 150);
  EXPECT_EQUAL(sent[0]->data_off, RTE_PKTMBUF_HEADROOM - 50);
  EXPECT_EQUAL(sent[1]->pkt_len, 50);
  EXPECT_EQUAL(sent[1]->data_off, RTE_PKTMBUF_HEADROOM + 50);
  for (rte_mbuf* packet : sent) rte_pktmbuf_free(packet);
}

void sizes_beyond_the_buffer_are_refused() {
  Bench bench;
  bench.deliver(6, 100);
  const auto resize = [&](int64_t offset, uint16_t length) {
    layout::Descriptor& descriptor = bench.script->at(0);
    descriptor.offset = static_cast<uint32_t>(descriptor.offset + offset);
    descriptor.length = length;
    bench.answer(kFirstOutput | layout::kResized);
  };
  resize(-RTE_PKTMBUF_HEADROOM - 1, 100);            // before the buffer
  resize(0, RTE_MBUF_DEFAULT_DATAROOM + 1);          // beyond its end
  resize(RTE_MBUF_DEFAULT_BUF_SIZE, 60);             // the next buffer
  resize(-int64_t{bench.script->at(0).offset}, 60);  // the arena's start
  resize(0, 13);                                     // less than an Ethernet header
  resize(INT32_MAX, UINT16_MAX);
  bench.ring->reap();
  EXPECT_EQUAL(bench.ring->counters().invalid_size.read(), 6);
  EXPECT(bench.sent().empty());
}

void completions_out_of_range_are_ignored() {
  Bench bench;
  bench.deliver(4);
  for (const uint32_t forged : {5u, 1000u, UINT32_MAX, 0x80000000u}) {
    bench.script->forge_completed(forged);
    EXPECT_EQUAL(bench.ring->reap(), 0);
    EXPECT_EQUAL(bench.ring->reap(), 0);
  }
  EXPECT_EQUAL(bench.ring->counters().invalid_completion.read(), 4);
  bench.script->complete(4);
  EXPECT_EQUAL(bench.ring->reap(), 4);
}

void a_ring_without_its_thread_gives_everything_back() {
  Bench bench;
  bench.deliver(10);
  bench.ring->disconnect();
  bench.ring->reap();
  EXPECT_EQUAL(bench.ring->counters().reclaimed.read(), 10);
  bench.deliver(5);
  EXPECT_EQUAL(bench.ring->counters().no_consumer.read(), 5);
  EXPECT_EQUAL(bench.ring->in_flight(), 0);
}

void bypass_goes_past_the_handler() {
  Bench bench({.size = 32, .overflow = Overflow::kBypass});
  bench.deliver(32);
  bench.deliver(8);
  EXPECT_EQUAL(bench.ring->counters().bypassed.read(), 8);
  EXPECT_EQUAL(bench.ring->counters().overflow.read(), 0);
  bench.ring->disconnect();
  bench.ring->reap();
  bench.deliver(4);
  EXPECT_EQUAL(bench.ring->counters().bypassed.read(), 12);
  const auto sent = bench.sent();
  EXPECT_EQUAL(sent.size(), 12);
  for (rte_mbuf* packet : sent) rte_pktmbuf_free(packet);
}

void a_flood_counts_references_and_copies_nothing() {
  TxQueue queue = {loop().port->id(), 0, false, RTE_SPINLOCK_INITIALIZER};
  Output first(&queue), second(&queue), third(&queue);
  for (Output* output : {&first, &second, &third}) output->set_open(true);
  Bench bench({.outputs = {{&first, &second, &third}, {}}});
  rte_mbuf* packet = bench.make(100);
  EXPECT_EQUAL(rte_pktmbuf_chain(packet, bench.make(50)), 0);
  rte_mbuf* original = packet;
  bench.ring->deliver(&packet, 1);
  bench.script->decide(0, kFirstOutput);
  bench.script->complete(2);
  bench.deliver(1);
  bench.answer(kFirstOutput + 1);
  bench.ring->reap();
  EXPECT_EQUAL(bench.ring->counters().forwarded.read(), 1);
  EXPECT_EQUAL(bench.ring->counters().no_member.read(), 1);
  for (Output* output : {&first, &second, &third}) output->flush();
  const auto sent = bench.sent();
  EXPECT_EQUAL(sent.size(), 3);
  for (size_t i = 0; i < 3; i++) {
    EXPECT(sent[i] == original);
    EXPECT_EQUAL(rte_mbuf_refcnt_read(sent[i]), 3 - i);
    rte_pktmbuf_free(sent[i]);
  }
}

void a_closed_output_gives_its_reference_back() {
  TxQueue queue = {loop().port->id(), 0, false, RTE_SPINLOCK_INITIALIZER};
  Output open(&queue), closed(&queue);
  open.set_open(true);
  Bench bench({.outputs = {{&closed, &open}}});
  bench.deliver(1);
  bench.answer(kFirstOutput);
  bench.ring->reap();
  open.flush();
  EXPECT_EQUAL(closed.counters().rejected_closed.read(), 1);
  const auto sent = bench.sent();
  EXPECT_EQUAL(sent.size(), 1);
  EXPECT_EQUAL(rte_mbuf_refcnt_read(sent[0]), 1);
  rte_pktmbuf_free(sent[0]);
}

constexpr uint16_t name_of(uint16_t slot) { return layout::kHeldName | slot; }

void held_packets_come_back_in_any_order() {
  Bench bench;
  bench.deliver(4);
  std::vector<uint32_t> offsets;
  for (uint16_t slot = 0; slot < 4; slot++) {
    offsets.push_back(bench.script->at(0).offset);
    bench.answer(layout::kVerdictHold + slot);
  }
  bench.ring->reap();
  EXPECT_EQUAL(bench.ring->counters().held.read(), 4);
  EXPECT_EQUAL(bench.ring->in_flight(), 0);
  EXPECT_EQUAL(bench.ring->send_ring().held(), 4);
  for (const uint16_t slot : {2, 0}) bench.send->submit({offsets[slot], 60, name_of(slot), kFirstOutput, {}});
  bench.send->submit({offsets[3], 60, name_of(3), layout::kVerdictContinue, {}});
  bench.send->submit({offsets[1], 60, name_of(1), layout::kVerdictDrop, {}});
  bench.send->publish();
  EXPECT_EQUAL(bench.ring->reap(), 4);
  EXPECT_EQUAL(bench.ring->send_ring().held(), 0);
  EXPECT_EQUAL(bench.continued, 1);
  const auto sent = bench.sent();
  EXPECT_EQUAL(sent.size(), 2);
  EXPECT_EQUAL(*rte_pktmbuf_mtod(sent[0], uint8_t*), 2);
  EXPECT_EQUAL(*rte_pktmbuf_mtod(sent[1], uint8_t*), 0);
  for (rte_mbuf* packet : sent) rte_pktmbuf_free(packet);
}

// Both were published since the lcore's last look.
void a_packet_held_and_given_back_at_once_is_not_lost() {
  Bench bench;
  bench.deliver(1);
  const uint32_t offset = bench.script->at(0).offset;
  bench.answer(layout::kVerdictHold);
  bench.send->submit({offset, 60, name_of(0), kFirstOutput, {}});
  bench.send->publish();
  bench.ring->reap();
  EXPECT_EQUAL(bench.ring->send_ring().counters().forwarded.read(), 1);
  for (rte_mbuf* packet : bench.sent()) rte_pktmbuf_free(packet);
}

void forged_holds_and_names_do_nothing() {
  Bench bench;
  bench.ring->reap();  // lends sixteen buffers
  bench.deliver(3);
  const uint32_t offset = bench.script->at(0).offset;
  bench.answer(layout::kVerdictHold + 5);
  bench.answer(layout::kVerdictHold + 5);   // taken
  bench.answer(layout::kVerdictHold + 16);  // no such slot
  bench.ring->reap();
  EXPECT_EQUAL(bench.ring->counters().held.read(), 1);
  EXPECT_EQUAL(bench.ring->counters().invalid_hold.read(), 2);

  for (const uint16_t name : {name_of(4), name_of(16), uint16_t{16}, uint16_t{0x7fff}, uint16_t{0xffff}}) {
    bench.send->submit({offset, 60, name, kFirstOutput, {}});
  }
  bench.send->submit({offset, 60, name_of(5), kFirstOutput, {}});
  bench.send->submit({offset, 60, name_of(5), kFirstOutput, {}});  // replayed
  bench.send->publish();
  bench.ring->reap();
  const SendRingCounters& counters = bench.ring->send_ring().counters();
  EXPECT_EQUAL(counters.invalid_name.read(), 6);
  EXPECT_EQUAL(counters.forwarded.read(), 1);
  const auto sent = bench.sent();
  EXPECT_EQUAL(sent.size(), 1);
  rte_pktmbuf_free(sent[0]);
}

void submissions_are_checked_like_verdicts() {
  Bench bench;
  bench.ring->reap();
  const auto submit = [&](int64_t offset, uint16_t length, uint16_t verdict) {
    const layout::Supply supply = bench.send->take();
    bench.send->submit({static_cast<uint32_t>(supply.offset + offset), length, supply.packet, verdict, {}});
  };
  submit(0, 60, kFirstOutput);
  submit(0, 60, kFirstOutput + 1);                         // no such output
  submit(0, 60, layout::kVerdictUnhandled);                // no decision
  submit(0, 60, layout::kVerdictHold);                     // a lent buffer cannot be held
  submit(0, RTE_MBUF_DEFAULT_DATAROOM + 1, kFirstOutput);  // beyond its end
  submit(-RTE_PKTMBUF_HEADROOM - 1, 60, kFirstOutput);     // before its start
  submit(RTE_MBUF_DEFAULT_BUF_SIZE, 60, kFirstOutput);     // the next buffer
  submit(0, 13, kFirstOutput);                             // less than an Ethernet header
  submit(0, 13, layout::kVerdictDrop);                     // whatever its size
  bench.send->publish();
  bench.ring->reap();
  const SendRingCounters& counters = bench.ring->send_ring().counters();
  EXPECT_EQUAL(counters.submitted.read(), 9);
  EXPECT_EQUAL(counters.forwarded.read(), 1);
  EXPECT_EQUAL(counters.invalid_verdict.read(), 3);
  EXPECT_EQUAL(counters.invalid_size.read(), 4);
  EXPECT_EQUAL(counters.dropped.read(), 1);
  for (rte_mbuf* packet : bench.sent()) rte_pktmbuf_free(packet);
}

// A send ring whose counter is forged looks at what its entries say, and those are names it has or has not
// lent.
void a_forged_counter_replays_old_submissions_at_most() {
  Bench bench;
  bench.ring->reap();
  const layout::Supply supply = bench.send->take();
  bench.send->submit({supply.offset, 60, supply.packet, kFirstOutput, {}});
  bench.send->publish();
  bench.ring->reap();
  for (const uint32_t forged : {1000u, 0x80000000u, UINT32_MAX, 0u}) {
    bench.send->forge_submitted(forged);
    bench.ring->reap();
  }
  const SendRingCounters& counters = bench.ring->send_ring().counters();
  EXPECT_EQUAL(counters.supplied.read() + counters.held.read(),
               counters.forwarded.read() + counters.continued.read() + counters.dropped.read() +
                   counters.invalid_size.read() + counters.invalid_verdict.read() +
                   bench.ring->send_ring().owned());
  for (rte_mbuf* packet : bench.sent()) rte_pktmbuf_free(packet);
}

void a_lent_buffer_is_lent_again_when_it_comes_back() {
  Bench bench;
  for (int round = 0; round < 100; round++) {
    bench.ring->reap();
    EXPECT_EQUAL(bench.send->available(), 16);
    for (int i = 0; i < 16; i++) {
      const layout::Supply supply = bench.send->take();
      bench.send->submit({supply.offset, 60, supply.packet, kFirstOutput, {}});
    }
    bench.send->publish();
    bench.ring->reap();
    const auto sent = bench.sent();
    EXPECT_EQUAL(sent.size(), 16);
    for (rte_mbuf* packet : sent) rte_pktmbuf_free(packet);
  }
}

void what_a_thread_held_comes_back_with_it() {
  Bench bench;
  bench.deliver(3);
  bench.answer(layout::kVerdictHold);
  bench.ring->reap();
  bench.ring->disconnect();
  bench.ring->reap();
  EXPECT_EQUAL(bench.ring->counters().reclaimed.read(), 2);
  EXPECT_EQUAL(bench.ring->send_ring().counters().reclaimed.read(), 1 + 16);
  EXPECT_EQUAL(bench.ring->send_ring().owned(), 0);
}

void packets_from_another_pool_are_found() {
  const auto other = make_pool("other", 64);
  Bench bench;
  rte_mbuf* packet = rte_pktmbuf_alloc(other->handle());
  std::memset(rte_pktmbuf_append(packet, 60), 0x77, 60);
  bench.ring->deliver(&packet, 1);
  EXPECT_EQUAL(bench.script->available(), 1);
  EXPECT_EQUAL(bench.script->bytes(0)[0], 0x77);
  bench.script->complete(1);
  bench.ring->reap();
}

void packets_outside_the_arena_are_dropped() {
  rte_mempool* foreign =
      rte_pktmbuf_pool_create("foreign", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  {
    Bench bench;
    rte_mbuf* packet = rte_pktmbuf_alloc(foreign);
    rte_pktmbuf_append(packet, 60);
    bench.ring->deliver(&packet, 1);
    EXPECT_EQUAL(bench.script->available(), 0);
    EXPECT_EQUAL(bench.ring->counters().unreachable.read(), 1);
  }
  EXPECT_EQUAL(rte_mempool_in_use_count(foreign), 0);
  rte_mempool_free(foreign);
}

}  // namespace

int main() {
  open_eal();
  on_control([] {
    run("both sides see the same bytes", both_sides_see_the_same_bytes);
    run("each verdict does what it says", each_verdict_does_what_it_says);
    run("unhandled packets can continue", unhandled_packets_can_continue);
    run("order is kept across the wrap", order_is_kept_across_the_wrap);
    run("a full ring drops and counts", a_full_ring_drops_and_counts);
    run("backpressure keeps what does not fit", backpressure_keeps_what_does_not_fit);
    run("segments are consecutive descriptors", segments_are_consecutive_descriptors);
    run("a packet with more segments than the ring is dropped",
        a_packet_with_more_segments_than_the_ring_is_dropped);
    run("a packet can grow and shrink within its buffer", a_packet_can_grow_and_shrink_within_its_buffer);
    run("sizes beyond the buffer are refused", sizes_beyond_the_buffer_are_refused);
    run("completions out of range are ignored", completions_out_of_range_are_ignored);
    run("a ring without its thread gives everything back", a_ring_without_its_thread_gives_everything_back);
    run("bypass goes past the handler", bypass_goes_past_the_handler);
    run("a flood counts references and copies nothing", a_flood_counts_references_and_copies_nothing);
    run("a closed output gives its reference back", a_closed_output_gives_its_reference_back);
    run("held packets come back in any order", held_packets_come_back_in_any_order);
    run("a packet held and given back at once is not lost", a_packet_held_and_given_back_at_once_is_not_lost);
    run("forged holds and names do nothing", forged_holds_and_names_do_nothing);
    run("submissions are checked like verdicts", submissions_are_checked_like_verdicts);
    run("a forged counter replays old submissions at most", a_forged_counter_replays_old_submissions_at_most);
    run("a lent buffer is lent again when it comes back", a_lent_buffer_is_lent_again_when_it_comes_back);
    run("what a thread held comes back with it", what_a_thread_held_comes_back_with_it);
    run("packets from another pool are found", packets_from_another_pool_are_found);
    run("packets outside the arena are dropped", packets_outside_the_arena_are_dropped);
    delete &loop();
    eal::close();
  });
  return 0;
}
