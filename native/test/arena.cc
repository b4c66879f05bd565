// What JavaScript can reach: the pages of our zones, all of them, and not a byte more of EAL's memory.
#include "core/arena.h"

#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_memzone.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "core/error.h"
#include "core/ring_memory.h"
#include "test.h"

using namespace dpdk_node;
using namespace dpdk_node::test;

namespace {

struct Range {
  uintptr_t start;
  uintptr_t end;
  bool operator==(const Range&) const = default;
  bool overlaps(uintptr_t from, size_t length) const { return from < end && start < from + length; }
};

// EAL's own addresses of what is exposed.
std::vector<Range> exposed() {
  std::vector<Range> ranges;
  for (const arena::ZoneInfo& zone : arena::zones()) {
    const auto start = reinterpret_cast<uintptr_t>(arena::native_address(zone.offset, zone.length));
    ranges.push_back({start, start + zone.length});
  }
  return ranges;
}

bool is_exposed(const void* address, size_t length) {
  const auto ranges = exposed();
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return range.overlaps(reinterpret_cast<uintptr_t>(address), length);
  });
}

// What the kernel says is shared with somebody else within the arena; neighbours are joined.
std::vector<Range> shared_mappings() {
  const auto base = reinterpret_cast<uintptr_t>(arena_base);
  std::vector<Range> ranges;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    Range range;
    char dash;
    std::string permissions;
    fields >> std::hex >> range.start >> dash >> range.end >> permissions;
    if (range.end <= base || range.start >= base + kArenaLength || permissions[3] != 's') continue;
    if (!ranges.empty() && ranges.back().end == range.start) {
      ranges.back().end = range.end;
    } else {
      ranges.push_back(range);
    }
  }
  return ranges;
}

std::vector<Range> zones_in_arena() {
  const auto base = reinterpret_cast<uintptr_t>(arena_base);
  std::vector<Range> ranges;
  for (const arena::ZoneInfo& zone : arena::zones()) {
    const Range range = {base + zone.offset, base + zone.offset + zone.length};
    if (!ranges.empty() && ranges.back().end == range.start) {
      ranges.back().end = range.end;
    } else {
      ranges.push_back(range);
    }
  }
  return ranges;
}

void the_kernel_maps_our_zones_and_nothing_else() {
  EXPECT(shared_mappings().empty());
  {
    const auto isolated = make_pool("isolated", 200);
    const auto direct = make_pool("direct", 100, false);
    const RingMemory ring(10000);
    EXPECT_EQUAL(arena::zones().size(), 3);
    EXPECT(shared_mappings() == zones_in_arena());
  }
  EXPECT(arena::zones().empty());
  EXPECT(shared_mappings().empty());
}

void nothing_of_the_heap_shares_a_page() {
  std::mt19937 random(1);
  std::vector<void*> objects;
  std::vector<std::unique_ptr<RingMemory>> rings;
  std::vector<std::shared_ptr<Mempool>> pools;
  const auto litter = [&] {
    for (int i = 0; i < 50; i++) {
      const size_t size = 1 + random() % 5000;
      void* object = rte_malloc("litter", size, 0);
      EXPECT(object != nullptr && !is_exposed(object, size));
      objects.push_back(object);
    }
  };
  for (int round = 0; round < 20; round++) {
    litter();
    rings.push_back(std::make_unique<RingMemory>(1 + random() % 400'000));
    pools.push_back(make_pool(("pool" + std::to_string(round)).c_str(), 1 + random() % 300));
    litter();
    // Holes for the next zones to fall into.
    for (size_t i = 0; i < objects.size(); i += 2) {
      rte_free(objects[i]);
      objects[i] = nullptr;
    }
    if (round % 3 == 0) rings.erase(rings.begin());
  }
  EXPECT(shared_mappings() == zones_in_arena());
  for (void* object : objects) rte_free(object);
}

void every_other_memzone_is_out_of_reach() {
  const auto pool = make_pool("pool", 200);
  const RingMemory ring(10000);
  static size_t reachable;
  reachable = 0;
  rte_memzone_walk([](const rte_memzone* zone, void*) { reachable += is_exposed(zone->addr, zone->len); },
                   nullptr);
  EXPECT_EQUAL(reachable, arena::zones().size());
}

void isolated_headers_are_out_of_reach_and_direct_ones_within() {
  for (const bool isolated : {true, false}) {
    const auto pool = make_pool("pool", 300, isolated);
    static size_t headers_exposed, bytes_exposed;
    headers_exposed = bytes_exposed = 0;
    rte_mempool_obj_iter(
        pool->handle(),
        [](rte_mempool*, void*, void* object, unsigned) {
          const auto* packet = static_cast<const rte_mbuf*>(object);
          headers_exposed += is_exposed(packet, sizeof *packet);
          bytes_exposed += is_exposed(packet->buf_addr, packet->buf_len);
        },
        nullptr);
    EXPECT_EQUAL(headers_exposed, isolated ? 0 : 300);
    EXPECT_EQUAL(bytes_exposed, 300);
  }
}

void a_freed_zone_reads_zeros() {
  uint32_t offset;
  {
    const RingMemory ring(1000);
    offset = ring.offset();
    std::memset(ring.address(), 0x5a, 1000);
    EXPECT_EQUAL(arena_base[offset], 0x5a);
  }
  EXPECT_EQUAL(arena_base[offset], 0);
}

void rings_share_a_zone_and_not_a_byte() {
  std::vector<std::unique_ptr<RingMemory>> rings;
  for (int i = 0; i < 8; i++) {
    rings.push_back(std::make_unique<RingMemory>(20'000));
    std::memset(rings.back()->address(), i + 1, 20'000);
  }
  EXPECT_EQUAL(arena::zones().size(), 1);
  for (int i = 0; i < 8; i++) {
    EXPECT_EQUAL(std::count(rings[i]->address(), rings[i]->address() + 20'000, i + 1), 20'000);
  }
}

void an_arena_that_is_full_says_so() {
  try {
    const Zone zone("large", kArenaLength, SOCKET_ID_ANY, ZoneUse::kPackets);
    EXPECT(!"reached");
  } catch (const Error& error) {
    EXPECT(error.code() == "ARENA_FULL");
  }
  EXPECT(arena::zones().empty());
}

}  // namespace

int main() {
  open_eal();
  on_control([] {
    run("the kernel maps our zones and nothing else", the_kernel_maps_our_zones_and_nothing_else);
    run("nothing of the heap shares a page", nothing_of_the_heap_shares_a_page);
    run("every other memzone is out of reach", every_other_memzone_is_out_of_reach);
    run("isolated headers are out of reach, direct ones within",
        isolated_headers_are_out_of_reach_and_direct_ones_within);
    run("a freed zone reads zeros", a_freed_zone_reads_zeros);
    run("rings share a zone and not a byte", rings_share_a_zone_and_not_a_byte);
    run("an arena that is full says so", an_arena_that_is_full_says_so);
    eal::close();
  });
  return 0;
}
