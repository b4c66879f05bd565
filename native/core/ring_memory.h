// Pieces of the arena for rings. Zones own whole pages, of 2 MB with hugepages, and rings are small: so
// several share a zone. All of it is meant for JavaScript. Control thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "arena.h"

namespace dpdk_node {

// A zeroed piece, aligned to a line; given back when destroyed.
class RingMemory {
 public:
  explicit RingMemory(size_t size);
  ~RingMemory();
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  uint8_t* address() const { return address_; }
  uint32_t offset() const { return offset_; }

 private:
  struct Shelf;
  friend struct Shelves;

  Shelf* shelf_;
  size_t size_;
  uint8_t* address_;
  uint32_t offset_;
};

}  // namespace dpdk_node
