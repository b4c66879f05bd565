#include "handler_ring.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace dpdk_node {

namespace {

using layout::Descriptor;

constexpr uint32_t kUnreachable = 0;  // no packet lies at the arena's first byte

size_t ring_bytes(uint32_t size) {
  return sizeof(layout::HandlerRing) + size * (sizeof(Descriptor) + sizeof(layout::Metadata));
}

uint16_t checksum_flags(uint64_t ol_flags) {
  uint16_t flags = 0;
  const uint64_t ip = ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
  const uint64_t l4 = ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
  if (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD) flags |= layout::kFlagIpChecksumGood;
  if (ip == RTE_MBUF_F_RX_IP_CKSUM_BAD) flags |= layout::kFlagIpChecksumBad;
  if (l4 == RTE_MBUF_F_RX_L4_CKSUM_GOOD) flags |= layout::kFlagL4ChecksumGood;
  if (l4 == RTE_MBUF_F_RX_L4_CKSUM_BAD) flags |= layout::kFlagL4ChecksumBad;
  return flags;
}

layout::Metadata describe(const rte_mbuf* packet) {
  const uint64_t ol_flags = packet->ol_flags;
  uint16_t flags = 0;
  if (ol_flags & RTE_MBUF_F_RX_RSS_HASH) flags |= layout::kFlagHash;
  if (ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) flags |= layout::kFlagVlan;
  if (ol_flags & (RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK))
    flags |= checksum_flags(ol_flags);
  return {packet->hash.rss, packet->packet_type,
          packet->vlan_tci, flags,
          packet->data_off, static_cast<uint16_t>(packet->buf_len - packet->data_off - packet->data_len)};
}

// One 8-byte access each way. JavaScript may write to the descriptor at any moment; whatever it is, it is
// read once.
void write_word(Descriptor& descriptor, Descriptor value) {
  __atomic_store_n(reinterpret_cast<uint64_t*>(&descriptor), std::bit_cast<uint64_t>(value),
                   __ATOMIC_RELAXED);
}
uint64_t read_word(const Descriptor& descriptor) {
  return __atomic_load_n(reinterpret_cast<const uint64_t*>(&descriptor), __ATOMIC_RELAXED);
}

}  // namespace

HandlerRing::HandlerRing(const Mempool& pool, HandlerRingOptions options, Dispatch::Continue on_continue)
    : memory_(ring_bytes(options.size)),
      options_(std::move(options)),
      dispatch_(std::move(options_.outputs), std::move(on_continue)),
      send_ring_(pool, options_.send_size, dispatch_),
      pool_(pool),
      shared_(reinterpret_cast<layout::HandlerRing*>(memory_.address())),
      descriptors_(reinterpret_cast<Descriptor*>(shared_ + 1)),
      metadata_(reinterpret_cast<layout::Metadata*>(descriptors_ + options_.size)),
      packets_(options_.size) {}

HandlerRing::~HandlerRing() { reclaim(); }

Tallies HandlerRing::tallies() const {
  Tallies tallies = {
      {"delivered", &counters_.delivered},
      {"forwarded", &counters_.forwarded},
      {"continued", &counters_.continued},
      {"held", &counters_.held},
      {"unhandled", &counters_.unhandled},
      {"failed", &counters_.failed},
      {"dropped", &counters_.dropped},
      {"noMember", &counters_.no_member},
      {"invalidVerdict", &counters_.invalid_verdict},
      {"invalidSize", &counters_.invalid_size},
      {"invalidHold", &counters_.invalid_hold},
      {"reclaimed", &counters_.reclaimed},
      {"inFlight", &in_flight_},
      {"passed", &counters_.passed},
      {"bypassed", &counters_.bypassed},
      {"overflow", &counters_.overflow},
      {"noConsumer", &counters_.no_consumer},
      {"unreachable", &counters_.unreachable},
      {"waiting", &waiting_},
      {"invalidCompletion", &counters_.invalid_completion},
  };
  const Tallies sent = send_ring_.tallies();
  tallies.insert(tallies.end(), sent.begin(), sent.end());
  return tallies;
}

void HandlerRing::deliver(rte_mbuf** packets, uint16_t count) {
  if (unlikely(abandoned_.load(std::memory_order_acquire))) {
    pass_by(packets, count);
    return;
  }
  prefetch_descriptors<true>(produced_, count);
  uint16_t delivered = 0;
  for (uint16_t i = 0; i < count; i++) {
    rte_mbuf* packet = packets[i];
    if (unlikely(options_.size - (produced_ - reaped_) < packet->nb_segs)) {
      if (options_.overflow == Overflow::kBackpressure && packet->nb_segs <= options_.size) {
        // Packets of many segments can outgrow the room that `has_room` saw.
        waiting_.set(static_cast<uint32_t>(count - i));
        std::copy_n(packets + i, count - i, waiting_packets_);
        break;
      }
      if (options_.overflow == Overflow::kBypass) {
        counters_.bypassed.add(1);
        options_.bypass->send(&packet, 1);
      } else {
        counters_.overflow.add(1);
        rte_pktmbuf_free(packet);
      }
    } else if (likely(write_descriptors(packet))) {
      delivered++;
    } else {
      counters_.unreachable.add(1);
      rte_pktmbuf_free(packet);
    }
  }
  counters_.delivered.add(delivered);
  in_flight_.add(delivered);
  // The mark is compared with running counters, which would take it for a new one after half their way round.
  // So it follows, behind everything that JavaScript has not seen.
  if (unlikely(produced_ - segmented_ > UINT32_MAX / 4)) mark_segmented(reaped_);
  shared_->produced.store(produced_, std::memory_order_release);
}

// The lines are in the other CPU's cache. Asked for together, they come at the same time.
template <bool kToWrite>
void HandlerRing::prefetch_descriptors(uint32_t from, uint32_t count) const {
  constexpr uint32_t kPerLine = RTE_CACHE_LINE_SIZE / sizeof(Descriptor);
  const uint32_t mask = options_.size - 1;
  for (uint32_t i = 0; i < count; i += kPerLine)
    __builtin_prefetch(&descriptors_[(from + i) & mask], kToWrite);
}

bool HandlerRing::write_descriptors(rte_mbuf* packet) {
  const uint32_t mask = options_.size - 1;
  uint32_t position = produced_;
  for (rte_mbuf* segment = packet; segment != nullptr; segment = segment->next) {
    const uint32_t offset = arena_offset(segment);
    if (unlikely(offset == kUnreachable)) return false;
    const uint16_t more = segment->next != nullptr ? layout::kMoreSegments : 0;
    write_word(descriptors_[position & mask],
               {offset, segment->data_len, static_cast<uint16_t>(layout::kVerdictUnhandled | more)});
    metadata_[position & mask] = describe(segment);
    packets_[position & mask] = segment == packet ? packet : nullptr;
    position++;
  }
  const bool segmented = position - produced_ > 1;
  produced_ = position;
  if (unlikely(segmented)) mark_segmented(produced_);
  return true;
}

void HandlerRing::mark_segmented(uint32_t behind) {
  segmented_ = behind;
  shared_->segmented.store(segmented_, std::memory_order_relaxed);
}

uint32_t HandlerRing::arena_offset(const rte_mbuf* segment) const {
  const void* data = rte_pktmbuf_mtod(segment, const void*);
  if (likely(pool_.zone().contains(data))) return pool_.zone().offset_of(data);
  // From another port's pool, as net_ring passes them on.
  const Mempool* owner = Mempool::containing(data);
  return owner != nullptr ? owner->zone().offset_of(data) : kUnreachable;
}

// The handler's thread is gone for good.
void HandlerRing::pass_by(rte_mbuf** packets, uint16_t count) {
  if (options_.overflow == Overflow::kBypass) {
    counters_.bypassed.add(count);
    options_.bypass->send(packets, count);
  } else {
    counters_.no_consumer.add(count);
    rte_pktmbuf_free_bulk(packets, count);
  }
}

uint32_t HandlerRing::reap() {
  if (unlikely(abandoned_.load(std::memory_order_acquire))) {
    if (!std::exchange(reclaimed_, true)) reclaim();
    return 0;
  }
  // A packet is held before it is given back. JavaScript publishes in that order; so look in the opposite
  // one.
  const uint32_t submitted = send_ring_.submitted();
  const uint32_t work = reap_verdicts() + send_ring_.reap(submitted);
  if (unlikely(waiting_.read() != 0)) {
    const auto count = static_cast<uint16_t>(waiting_.read());
    rte_mbuf* packets[kBurst];
    std::copy_n(waiting_packets_, count, packets);
    waiting_.set(0);
    deliver(packets, count);
  }
  return work;
}

uint32_t HandlerRing::reap_verdicts() {
  const uint32_t completed = shared_->completed.load(std::memory_order_acquire);
  const uint32_t ready = completed - reaped_;
  if (ready == 0) return 0;
  if (unlikely(ready > produced_ - reaped_)) {
    if (completed != refused_completion_) counters_.invalid_completion.add(1);
    refused_completion_ = completed;
    return 0;
  }
  const uint32_t mask = options_.size - 1;
  int32_t packets = 0;
  prefetch_descriptors<false>(reaped_, ready);
  for (; reaped_ != completed; reaped_++) {
    rte_mbuf* packet = packets_[reaped_ & mask];
    if (unlikely(packet == nullptr)) continue;
    execute(packet, read_word(descriptors_[reaped_ & mask]));
    packets++;
  }
  dispatch_.flush();
  in_flight_.add(-packets);
  return ready;
}

void HandlerRing::execute(rte_mbuf* packet, uint64_t word) {
  const auto [offset, length, verdict] = std::bit_cast<Descriptor>(word);
  const uint16_t decision = verdict & layout::kVerdictMask;
  if (unlikely(verdict & layout::kResized) &&
      !resize_first_segment(packet, offset - (arena_offset(packet) - packet->data_off), length)) {
    counters_.invalid_size.add(1);
    rte_pktmbuf_free(packet);
  } else if (likely(decision >= layout::kVerdictOutput && decision < layout::kVerdictHold)) {
    forward(packet, decision - layout::kVerdictOutput);
  } else {
    execute_rare(packet, decision);
  }
}

void HandlerRing::forward(rte_mbuf* packet, size_t output) {
  if (unlikely(!dispatch_.has_output(output))) {
    counters_.invalid_verdict.add(1);
    rte_pktmbuf_free(packet);
  } else if (unlikely(dispatch_.is_empty(output))) {
    counters_.no_member.add(1);
    rte_pktmbuf_free(packet);
  } else {
    counters_.forwarded.add(1);
    dispatch_.forward(output, packet);
  }
}

void HandlerRing::execute_rare(rte_mbuf* packet, uint16_t decision) {
  if (decision >= layout::kVerdictHold) {
    if (send_ring_.hold(decision - layout::kVerdictHold, packet)) {
      counters_.held.add(1);
    } else {
      counters_.invalid_hold.add(1);
      rte_pktmbuf_free(packet);
    }
    return;
  }
  switch (decision) {
    case layout::kVerdictUnhandled:
      counters_.unhandled.add(1);
      return end(packet, options_.continue_unhandled);
    case layout::kVerdictFailed:
      counters_.failed.add(1);
      return end(packet, options_.continue_failed);
    case layout::kVerdictContinue:
      counters_.continued.add(1);
      return end(packet, true);
    case layout::kVerdictDrop:
      counters_.dropped.add(1);
      return end(packet, false);
    default:
      counters_.invalid_verdict.add(1);
      return end(packet, false);
  }
}

void HandlerRing::end(rte_mbuf* packet, bool goes_on) {
  if (goes_on) {
    counters_.passed.add(1);
    dispatch_.go_on(packet);
  } else {
    rte_pktmbuf_free(packet);
  }
}

bool HandlerRing::wake_consumer() {
  if (reaped_ == produced_) return false;
  Consumer* consumer = consumer_.load(std::memory_order_acquire);
  if (consumer == nullptr || !consumer->is_armed()) return false;
  // It may have answered everything and gone to sleep in peace.
  if (shared_->completed.load(std::memory_order_relaxed) == produced_) return false;
  return consumer->wake_if_armed();
}

void HandlerRing::connect(Consumer* consumer) { consumer_.store(consumer, std::memory_order_release); }

void HandlerRing::disconnect() {
  consumer_.store(nullptr, std::memory_order_release);
  abandoned_.store(true, std::memory_order_release);
}

uint32_t HandlerRing::reclaim() {
  const uint32_t mask = options_.size - 1;
  uint32_t packets = 0;
  for (; reaped_ != produced_; reaped_++) {
    rte_mbuf* packet = packets_[reaped_ & mask];
    if (packet == nullptr) continue;
    rte_pktmbuf_free(packet);
    packets++;
  }
  counters_.reclaimed.add(packets);
  in_flight_.set(0);
  const uint32_t waiting = waiting_.read();
  counters_.no_consumer.add(waiting);
  rte_pktmbuf_free_bulk(waiting_packets_, waiting);
  waiting_.set(0);
  return packets + waiting + send_ring_.reclaim();
}

}  // namespace dpdk_node
