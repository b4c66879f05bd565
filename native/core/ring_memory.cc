#include "ring_memory.h"

#include <rte_memory.h>

#include <cstring>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "layout.h"

namespace dpdk_node {

// One zone and its free pieces, by position.
struct RingMemory::Shelf {
  explicit Shelf(size_t size, const std::string& name)
      : zone(name.c_str(), size, SOCKET_ID_ANY, ZoneUse::kRings) {
    free.emplace(0, zone.length());
  }

  std::optional<size_t> take(size_t size) {
    for (auto piece = free.begin(); piece != free.end(); ++piece) {
      const auto [start, length] = *piece;
      if (length < size) continue;
      free.erase(piece);
      if (length > size) free.emplace(start + size, length - size);
      return start;
    }
    return std::nullopt;
  }

  void give_back(size_t start, size_t size) {
    auto next = free.lower_bound(start);
    if (next != free.end() && next->first == start + size) {
      size += next->second;
      next = free.erase(next);
    }
    if (next != free.begin()) {
      const auto previous = std::prev(next);
      if (previous->first + previous->second == start) {
        previous->second += size;
        return;
      }
    }
    free.emplace(start, size);
  }

  bool unused() const { return free.size() == 1 && free.begin()->second == zone.length(); }

  Zone zone;
  std::map<size_t, size_t> free;  // position -> length
};

namespace {

constexpr size_t kShelfSize = size_t{256} * 1024;

}  // namespace

struct Shelves {
  std::list<RingMemory::Shelf> list;
  unsigned made = 0;  // for names, which EAL wants to be different

  static Shelves& instance() {
    static Shelves* shelves = new Shelves;
    return *shelves;
  }
};

RingMemory::RingMemory(size_t size) : size_((size + layout::kLine - 1) / layout::kLine * layout::kLine) {
  Shelves& shelves = Shelves::instance();
  std::optional<size_t> start;
  for (Shelf& shelf : shelves.list) {
    start = shelf.take(size_);
    shelf_ = &shelf;
    if (start) break;
  }
  if (!start) {
    shelf_ =
        &shelves.list.emplace_back(std::max(size_, kShelfSize), "rings_" + std::to_string(shelves.made++));
    start = shelf_->take(size_);
  }
  address_ = shelf_->zone.address() + *start;
  offset_ = shelf_->zone.offset() + static_cast<uint32_t>(*start);
  std::memset(address_, 0, size_);
}

RingMemory::~RingMemory() {
  shelf_->give_back(static_cast<size_t>(address_ - shelf_->zone.address()), size_);
  if (shelf_->unused()) {
    Shelves::instance().list.remove_if([&](const Shelf& shelf) { return &shelf == shelf_; });
  }
}

}  // namespace dpdk_node
