// A consumer as JavaScript is one: it touches nothing but the ring's shared memory, through the arena's
// alias.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "core/handler_ring.h"
#include "core/layout.h"
#include "test.h"

namespace dpdk_node::test {

class Script {
 public:
  explicit Script(const HandlerRing& ring)
      : shared_(reinterpret_cast<layout::HandlerRing*>(arena_base + ring.offset())),
        descriptors_(reinterpret_cast<layout::Descriptor*>(shared_ + 1)),
        mask_(ring.size() - 1) {}

  uint32_t available() const { return shared_->produced.load(std::memory_order_acquire) - consumed_; }

  // The descriptor `index` places ahead of those answered.
  layout::Descriptor& at(uint32_t index) { return descriptors_[(consumed_ + index) & mask_]; }
  uint8_t* bytes(uint32_t index) { return arena_base + at(index).offset; }

  // JavaScript writes 16 bits; atomic here, so that thread sanitizers see what the lcore's side does about
  // it.
  void decide(uint32_t index, uint16_t verdict) {
    __atomic_store_n(&at(index).verdict, verdict, __ATOMIC_RELAXED);
  }
  void complete(uint32_t count) {
    consumed_ += count;
    shared_->completed.store(consumed_, std::memory_order_seq_cst);
  }
  void forge_completed(uint32_t value) { shared_->completed.store(value, std::memory_order_seq_cst); }
  bool lcore_asleep() const { return shared_->asleep.load(std::memory_order_seq_cst) != 0; }
  uint32_t consumed() const { return consumed_; }

 private:
  layout::HandlerRing* shared_;
  layout::Descriptor* descriptors_;
  uint32_t mask_;
  uint32_t consumed_ = 0;
};

// The same for a send ring.
class SendScript {
 public:
  explicit SendScript(const SendRing& ring)
      : shared_(reinterpret_cast<layout::SendRing*>(arena_base + ring.offset())),
        supplies_(reinterpret_cast<layout::Supply*>(shared_ + 1)),
        submissions_(reinterpret_cast<layout::Submission*>(supplies_ + ring.size())),
        size_(ring.size()) {}

  uint32_t available() const { return shared_->supplied.load(std::memory_order_acquire) - taken_; }
  layout::Supply take() { return supplies_[taken_++ & (size_ - 1)]; }

  // Word by word, as the lcore reads it.
  void submit(layout::Submission submission) {
    auto* place = reinterpret_cast<uint64_t*>(&submissions_[submitted_ & (2 * size_ - 1)]);
    uint64_t words[2];
    std::memcpy(words, &submission, sizeof words);
    __atomic_store_n(place, words[0], __ATOMIC_RELAXED);
    __atomic_store_n(place + 1, words[1], __ATOMIC_RELAXED);
    submitted_++;
  }
  void publish() { shared_->submitted.store(submitted_, std::memory_order_seq_cst); }
  void forge_submitted(uint32_t value) { shared_->submitted.store(value, std::memory_order_seq_cst); }

 private:
  layout::SendRing* shared_;
  layout::Supply* supplies_;
  layout::Submission* submissions_;
  uint32_t size_;
  uint32_t taken_ = 0;
  uint32_t submitted_ = 0;
};

}  // namespace dpdk_node::test
