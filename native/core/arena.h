// The arena: one large SharedArrayBuffer, made by JavaScript, over whose pages EAL's own memory is mapped a
// second time. What lies there is seen by JavaScript without a copy.
//
// Native code never uses an arena address: it works on EAL's mapping, which stays when V8 lets the buffer go.
// Control thread only, except where stated.
#pragma once

#include <rte_memzone.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dpdk_node {

enum class ZoneUse {
  kPackets,  // packet bytes only (isolated layout)
  kPool,     // a whole mempool, mbuf headers included (direct layout)
  kRings,    // descriptor rings
};

// Runs of a zone that are contiguous for devices as well.
struct IovaRun {
  uint8_t* address;
  rte_iova_t iova;
  size_t length;
};

// EAL memory that JavaScript can reach. It owns every page that it touches, because all of each page is
// exposed.
class Zone {
 public:
  // `size` is rounded up to whole pages. With `iova_contiguous`, devices see it in one piece.
  Zone(const char* name, size_t size, int socket, ZoneUse use, bool iova_contiguous = false);
  ~Zone();
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

  uint8_t* address() const { return address_; }
  size_t length() const { return length_; }
  // Of the first byte, from the start of the arena.
  uint32_t offset() const { return offset_; }
  ZoneUse use() const { return use_; }

  bool contains(const void* pointer) const {
    return reinterpret_cast<uintptr_t>(pointer) - reinterpret_cast<uintptr_t>(address_) < length_;
  }
  // The arena offset of a byte of this zone.
  uint32_t offset_of(const void* pointer) const {
    return offset_ + static_cast<uint32_t>(reinterpret_cast<uintptr_t>(pointer) -
                                           reinterpret_cast<uintptr_t>(address_));
  }
  std::vector<IovaRun> iova_runs() const;

 private:
  const rte_memzone* memzone_;
  uint8_t* address_;
  size_t length_;
  uint32_t offset_ = 0;
  ZoneUse use_;
};

namespace arena {

// The pages that later zones are mapped over. Once, before the first zone.
void adopt(uint8_t* base, size_t length);
// Bytes of the pages behind EAL's memory; 0 before rte_eal_init.
size_t page_size();
// Whether a size is worth trying; also what Zone's constructor rounds to.
size_t round_to_pages(size_t size);

struct ZoneInfo {
  uint32_t offset;
  size_t length;
  ZoneUse use;
};
// All zones, by offset. Any thread.
std::vector<ZoneInfo> zones();
// EAL's mapping of an arena range that lies within one zone, or nullptr. Any thread.
const uint8_t* native_address(uint32_t offset, size_t length);

}  // namespace arena
}  // namespace dpdk_node
