#include "arena.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <string>

#include "error.h"

namespace dpdk_node {

namespace {

// Zones by arena offset. The mutex is for readers on JavaScript threads; only the control thread writes.
struct Arena {
  uint8_t* base = nullptr;
  size_t length = 0;
  std::mutex mutex;
  std::map<uint32_t, const Zone*> zones;
};

Arena& instance() {
  static Arena* arena = new Arena;
  return *arena;
}

int smallest_page(const rte_memseg_list* list, void* result) {
  auto* smallest = static_cast<size_t*>(result);
  if (!list->external && list->page_sz != 0) *smallest = std::min<size_t>(*smallest, list->page_sz);
  return 0;
}

// The first gap that fits, `alignment` counted in addresses. Offset 0 stays unused: a zeroed descriptor names
// nothing.
uint32_t find_gap(const Arena& arena, size_t length, size_t alignment) {
  const auto aligned = [&](size_t offset) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(arena.base) + offset;
    return (address + alignment - 1) / alignment * alignment - reinterpret_cast<uintptr_t>(arena.base);
  };
  size_t candidate = aligned(1);
  for (const auto& [offset, zone] : arena.zones) {
    if (candidate + length <= offset) break;
    candidate = aligned(offset + zone->length());
  }
  if (candidate + length > arena.length) {
    throw Error("ARENA_FULL", "the arena of " + std::to_string(arena.length >> 20) +
                                  " MB has no room for another " + std::to_string(length >> 20) + " MB");
  }
  return static_cast<uint32_t>(candidate);
}

struct FileRange {
  int descriptor;
  size_t offset;
};

FileRange backing(const uint8_t* address) {
  const rte_memseg* segment = rte_mem_virt2memseg(address, nullptr);
  if (segment == nullptr) throw Error("ARENA_UNBACKED", "EAL does not know its own memory");
  const int descriptor = rte_memseg_get_fd(segment);
  size_t offset = 0;
  if (descriptor < 0 || rte_memseg_get_fd_offset(segment, &offset) < 0) {
    throw Error("ARENA_UNBACKED", "EAL's memory has no file descriptor to map it again by", rte_errno,
                "rte_memseg_get_fd");
  }
  return {descriptor, offset};
}

void map_again(uint8_t* target, size_t length, const FileRange& range) {
  void* mapped = mmap(target, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, range.descriptor,
                      static_cast<off_t>(range.offset));
  if (mapped == MAP_FAILED) throw Error("ARENA_UNBACKED", "cannot map EAL's memory again", errno, "mmap");
}

// One mmap for each run of pages with the same descriptor and consecutive offsets: page by page costs 70
// times more.
void alias(uint8_t* target, uint8_t* source, size_t length, size_t page) {
  FileRange run = backing(source);
  size_t run_start = 0;
  for (size_t done = page; done < length; done += page) {
    const FileRange next = backing(source + done);
    if (next.descriptor == run.descriptor && next.offset == run.offset + (done - run_start)) continue;
    map_again(target + run_start, done - run_start, run);
    run = next;
    run_start = done;
  }
  map_again(target + run_start, length - run_start, run);
}

// Puts anonymous pages back, so that JavaScript reads zeros there and not what EAL does next with the memory.
bool unalias(uint8_t* target, size_t length) {
  return mmap(target, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
              -1, 0) != MAP_FAILED;
}

}  // namespace

Zone::Zone(const char* name, size_t size, int socket, ZoneUse use, bool iova_contiguous)
    : memzone_(nullptr), address_(nullptr), length_(arena::round_to_pages(size)), use_(use) {
  Arena& arena = instance();
  const size_t page = arena::page_size();
  if (page > RTE_PGSIZE_2M) {
    throw Error("PAGE_TOO_LARGE", "zones own whole pages, and these are of " + std::to_string(page >> 20) +
                                      " MB: reserve hugepages of 2 MB");
  }
  unsigned flags = page == RTE_PGSIZE_2M ? RTE_MEMZONE_2MB : 0;
  if (iova_contiguous) flags |= RTE_MEMZONE_IOVA_CONTIG;
  const uint32_t gap = find_gap(arena, length_, page);
  memzone_ = rte_memzone_reserve_aligned(name, length_, socket, flags, static_cast<unsigned>(page));
  if (memzone_ == nullptr) {
    throw Error("OUT_OF_MEMORY",
                "cannot reserve " + std::to_string(length_) + " bytes of EAL memory for '" + name + "'",
                rte_errno, "rte_memzone_reserve_aligned");
  }
  address_ = static_cast<uint8_t*>(memzone_->addr);
  offset_ = gap;
  try {
    alias(arena.base + offset_, address_, length_, page);
  } catch (...) {
    if (unalias(arena.base + offset_, length_)) rte_memzone_free(memzone_);
    throw;
  }
  std::lock_guard lock(arena.mutex);
  arena.zones.emplace(offset_, this);
}

Zone::~Zone() {
  Arena& arena = instance();
  {
    std::lock_guard lock(arena.mutex);
    arena.zones.erase(offset_);
  }
  // Pages that stay exposed must not become anything else: then they are rather lost.
  if (unalias(arena.base + offset_, length_)) rte_memzone_free(memzone_);
}

std::vector<IovaRun> Zone::iova_runs() const {
  std::vector<IovaRun> runs;
  const size_t page = arena::page_size();
  for (size_t done = 0; done < length_; done += page) {
    const rte_iova_t iova = rte_mem_virt2iova(address_ + done);
    if (!runs.empty() && iova == runs.back().iova + runs.back().length) {
      runs.back().length += page;
    } else {
      runs.push_back({address_ + done, iova, page});
    }
  }
  return runs;
}

namespace arena {

void adopt(uint8_t* base, size_t length) {
  instance().base = base;
  instance().length = length;
}

size_t page_size() {
  static size_t page = 0;
  if (page == 0) {
    size_t smallest = SIZE_MAX;
    rte_memseg_list_walk(smallest_page, &smallest);
    if (smallest != SIZE_MAX) page = smallest;
  }
  return page;
}

size_t round_to_pages(size_t size) {
  const size_t page = page_size();
  if (page == 0) throw Error("EAL_NOT_OPEN", "there is no EAL memory before rte_eal_init");
  return (size + page - 1) / page * page;
}

std::vector<ZoneInfo> zones() {
  std::vector<ZoneInfo> result;
  std::lock_guard lock(instance().mutex);
  for (const auto& [offset, zone] : instance().zones) result.push_back({offset, zone->length(), zone->use()});
  return result;
}

const uint8_t* native_address(uint32_t offset, size_t length) {
  std::lock_guard lock(instance().mutex);
  for (const auto& [start, zone] : instance().zones) {
    if (offset >= start && offset - start <= zone->length() && length <= zone->length() - (offset - start)) {
      return zone->address() + (offset - start);
    }
  }
  return nullptr;
}

}  // namespace arena
}  // namespace dpdk_node
