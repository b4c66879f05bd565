#include "send_ring.h"

#include <rte_ether.h>

#include <algorithm>
#include <utility>

namespace dpdk_node {

namespace {

size_t ring_bytes(uint32_t size) {
  return sizeof(layout::SendRing) + size * (sizeof(layout::Supply) + 2 * sizeof(layout::Submission));
}

// Word by word, each read once: JavaScript may write at any moment.
layout::Submission read_once(const layout::Submission& shared) {
  const auto* words = reinterpret_cast<const uint64_t*>(&shared);
  const uint64_t copy[2] = {__atomic_load_n(words, __ATOMIC_RELAXED),
                            __atomic_load_n(words + 1, __ATOMIC_RELAXED)};
  layout::Submission submission;
  static_assert(sizeof copy == sizeof submission);
  std::copy_n(reinterpret_cast<const char*>(copy), sizeof copy, reinterpret_cast<char*>(&submission));
  return submission;
}

}  // namespace

SendRing::SendRing(const Mempool& pool, uint32_t size, Dispatch& dispatch)
    : size_(size),
      memory_(ring_bytes(size)),
      pool_(pool),
      dispatch_(dispatch),
      shared_(reinterpret_cast<layout::SendRing*>(memory_.address())),
      supplies_(reinterpret_cast<layout::Supply*>(shared_ + 1)),
      submissions_(reinterpret_cast<layout::Submission*>(supplies_ + size)),
      lent_(size),
      held_(size) {
  for (uint32_t name = size; name-- > 0;) free_names_.push_back(static_cast<uint16_t>(name));
}

SendRing::~SendRing() { reclaim(); }

// Named apart from the handler ring's, with which they stand in one list.
Tallies SendRing::tallies() const {
  return {
      {"supplied", &counters_.supplied},
      {"submitted", &counters_.submitted},
      {"sentForwarded", &counters_.forwarded},
      {"sentContinued", &counters_.continued},
      {"sentDropped", &counters_.dropped},
      {"sentInvalidName", &counters_.invalid_name},
      {"sentInvalidSize", &counters_.invalid_size},
      {"sentInvalidVerdict", &counters_.invalid_verdict},
      {"sentReclaimed", &counters_.reclaimed},
      {"owned", &owned_now_},
      {"heldNow", &held_now_},
      {"noBuffer", &counters_.no_buffer},
  };
}

uint32_t SendRing::reap(uint32_t submitted) {
  // More than the ring holds is not possible; then only what it holds is looked at.
  const uint32_t slots = 2 * size_;
  const uint32_t ready = std::min(submitted - reaped_, slots);
  for (uint32_t i = 0; i < ready; i++) execute(read_once(submissions_[(reaped_ + i) & (slots - 1)]));
  if (ready != 0) {
    dispatch_.flush();
    counters_.submitted.add(ready);
    reaped_ = submitted;
    shared_->reaped.store(reaped_, std::memory_order_release);
  }
  if (!free_names_.empty()) supply();
  return ready;
}

bool SendRing::hold(uint32_t slot, rte_mbuf* packet) {
  if (slot >= size_ || held_[slot] != nullptr) return false;
  held_[slot] = packet;
  counters_.held.add(1);
  owned_now_.add(1);
  held_now_.add(1);
  return true;
}

rte_mbuf** SendRing::find(uint16_t name) {
  const bool is_held = (name & layout::kHeldName) != 0;
  const uint32_t index = name & ~layout::kHeldName;
  if (index >= size_) return nullptr;
  rte_mbuf** place = is_held ? &held_[index] : &lent_[index];
  return *place != nullptr ? place : nullptr;
}

void SendRing::execute(const layout::Submission& submission) {
  rte_mbuf** place = find(submission.packet);
  if (place == nullptr) {
    counters_.invalid_name.add(1);
    return;
  }
  rte_mbuf* packet = std::exchange(*place, nullptr);
  owned_now_.add(-1);
  if (submission.packet & layout::kHeldName) {
    held_now_.add(-1);
  } else {
    free_names_.push_back(submission.packet);
  }

  const uint16_t verdict = submission.verdict;
  if (verdict == layout::kVerdictDrop) {
    counters_.dropped.add(1);
    rte_pktmbuf_free(packet);
    return;
  }
  const uint32_t output = static_cast<uint32_t>(verdict) - layout::kVerdictOutput;
  const bool forwards = verdict >= layout::kVerdictOutput && dispatch_.has_output(output);
  if (!forwards && verdict != layout::kVerdictContinue) {
    counters_.invalid_verdict.add(1);
    rte_pktmbuf_free(packet);
  } else if (!resize(packet, submission)) {
    counters_.invalid_size.add(1);
    rte_pktmbuf_free(packet);
  } else if (!forwards) {
    counters_.continued.add(1);
    dispatch_.go_on(packet);
  } else if (dispatch_.is_empty(output)) {
    counters_.dropped.add(1);
    rte_pktmbuf_free(packet);
  } else {
    counters_.forwarded.add(1);
    dispatch_.forward(output, packet);
  }
}

// The first segment's start and length, as JavaScript wants them, when they lie within the segment's buffer.
bool SendRing::resize(rte_mbuf* packet, const layout::Submission& submission) const {
  const Mempool* owner =
      pool_.zone().contains(packet->buf_addr) ? &pool_ : Mempool::containing(packet->buf_addr);
  return owner != nullptr &&
         resize_first_segment(packet, submission.offset - owner->zone().offset_of(packet->buf_addr),
                              submission.length);
}

// Every free name gets a buffer, so that JavaScript finds them when it wants to send.
void SendRing::supply() {
  rte_mbuf* buffers[kBurst];
  const auto wanted = static_cast<unsigned>(std::min<size_t>(free_names_.size(), kBurst));
  if (rte_pktmbuf_alloc_bulk(pool_.handle(), buffers, wanted) != 0) {
    counters_.no_buffer.add(1);
    return;
  }
  for (unsigned i = 0; i < wanted; i++) {
    const uint16_t name = free_names_.back();
    free_names_.pop_back();
    lent_[name] = buffers[i];
    supplies_[supplied_ & (size_ - 1)] = {pool_.zone().offset_of(rte_pktmbuf_mtod(buffers[i], void*)),
                                          rte_pktmbuf_tailroom(buffers[i]), name};
    supplied_++;
  }
  counters_.supplied.add(wanted);
  owned_now_.add(static_cast<int32_t>(wanted));
  shared_->supplied.store(supplied_, std::memory_order_release);
}

uint32_t SendRing::reclaim() {
  uint32_t packets = 0;
  uint32_t held_packets = 0;
  for (rte_mbuf*& packet : lent_) {
    if (packet == nullptr) continue;
    rte_pktmbuf_free(std::exchange(packet, nullptr));
    packets++;
  }
  for (rte_mbuf*& packet : held_) {
    if (packet == nullptr) continue;
    rte_pktmbuf_free(std::exchange(packet, nullptr));
    held_packets++;
  }
  counters_.reclaimed.add(packets + held_packets);
  owned_now_.set(0);
  held_now_.set(0);
  return held_packets;
}

}  // namespace dpdk_node
