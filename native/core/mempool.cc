#include "mempool.h"

#include <rte_errno.h>
#include <rte_mbuf_pool_ops.h>

#include <array>
#include <atomic>
#include <bit>
#include <vector>

#include "error.h"

namespace dpdk_node {

namespace {

// Bytes for `count` elements when no element may cross a border between IOVA runs, and each page may be a
// run.
size_t zone_size(size_t count, size_t element) {
  const size_t page = arena::page_size();
  if (rte_eal_iova_mode() == RTE_IOVA_VA || element > page) return count * element;
  const size_t per_page = page / element;
  return (count + per_page - 1) / per_page * page;
}

// Elements larger than a page need more than pages that happen to lie well.
bool needs_contiguous(size_t element) {
  return rte_eal_iova_mode() == RTE_IOVA_PA && element > arena::page_size();
}

// For `containing`. Slots are set and cleared by the control thread; a pool is only freed when no port uses
// it.
std::array<std::atomic<const Mempool*>, 64> listed;

[[noreturn]] void fail(const MempoolOptions& options, const char* call) {
  throw Error("MEMPOOL_FAILED",
              "cannot make the pool '" + options.name + "' of " + std::to_string(options.size) + " buffers",
              rte_errno, call);
}

// The mark of an external buffer; mempool.h says why it goes. Taken from a pool, a buffer keeps what it has of it.
void unmark(rte_mempool* /*pool*/, void* /*opaque*/, void* object, unsigned /*index*/) {
  static_cast<rte_mbuf*>(object)->ol_flags = 0;
}

}  // namespace

Mempool::Mempool(const MempoolOptions& options) {
  if (rte_mempool_lookup(options.name.c_str()) != nullptr) {
    throw Error("MEMPOOL_EXISTS", "there is a pool named '" + options.name + "' already");
  }
  if (options.isolated) {
    create_isolated(options);
  } else {
    create_direct(options);
  }
  list();
}

Mempool::~Mempool() {
  unlist();
  rte_mempool_free(pool_);
}

void Mempool::list() {
  for (auto& slot : listed) {
    if (slot.load(std::memory_order_relaxed) != nullptr) continue;
    slot.store(this, std::memory_order_release);
    return;
  }
  rte_mempool_free(pool_);
  throw Error("MEMPOOL_LIMIT", "there are " + std::to_string(listed.size()) + " pools already");
}

void Mempool::unlist() {
  for (auto& slot : listed) {
    if (slot.load(std::memory_order_relaxed) == this) slot.store(nullptr, std::memory_order_release);
  }
}

const Mempool* Mempool::containing(const void* data) {
  for (const auto& slot : listed) {
    const Mempool* pool = slot.load(std::memory_order_acquire);
    if (pool != nullptr && pool->zone().contains(data)) return pool;
  }
  return nullptr;
}

void Mempool::create_isolated(const MempoolOptions& options) {
  // An odd number of lines: the starts of packets then lie in all sets of a cache, and not in half of them.
  const size_t lines = RTE_ALIGN_CEIL(options.data_room, RTE_CACHE_LINE_SIZE) / RTE_CACHE_LINE_SIZE;
  const size_t element = (lines | 1) * RTE_CACHE_LINE_SIZE;
  zone_ = std::make_unique<Zone>((options.name + "_data").c_str(), zone_size(options.size, element),
                                 options.socket, ZoneUse::kPackets, needs_contiguous(element));
  std::vector<rte_pktmbuf_extmem> memory;
  for (const IovaRun& run : zone_->iova_runs()) {
    if (run.length < element) continue;
    memory.push_back({run.address, run.iova, run.length, static_cast<uint16_t>(element)});
  }
  pool_ = rte_pktmbuf_pool_create_extbuf(options.name.c_str(), options.size, options.cache_size, 0,
                                         static_cast<uint16_t>(options.data_room), options.socket,
                                         memory.data(), static_cast<unsigned>(memory.size()));
  if (pool_ == nullptr) fail(options, "rte_pktmbuf_pool_create_extbuf");
  rte_mempool_obj_iter(pool_, unmark, nullptr);
}

// rte_pktmbuf_pool_create would do, but its chunks are not page-aligned and share pages with the rest of
// EAL's heap.
void Mempool::create_direct(const MempoolOptions& options) {
  const uint32_t element = static_cast<uint32_t>(sizeof(rte_mbuf)) + options.data_room;
  pool_ = rte_mempool_create_empty(options.name.c_str(), options.size, element, options.cache_size,
                                   sizeof(rte_pktmbuf_pool_private), options.socket, 0);
  if (pool_ == nullptr) fail(options, "rte_mempool_create_empty");
  try {
    if (rte_mempool_set_ops_byname(pool_, rte_mbuf_best_mempool_ops(), nullptr) != 0) {
      fail(options, "rte_mempool_set_ops_byname");
    }
    rte_pktmbuf_pool_private settings = {};
    settings.mbuf_data_room_size = static_cast<uint16_t>(options.data_room);
    rte_pktmbuf_pool_init(pool_, &settings);

    size_t page = 0;
    check(rte_mempool_get_page_size(pool_, &page), "rte_mempool_get_page_size", "no page size for a pool");
    size_t smallest_chunk = 0;
    size_t alignment = 0;
    const ssize_t size = rte_mempool_op_calc_mem_size_default(
        pool_, options.size, page == 0 ? 0 : static_cast<uint32_t>(std::countr_zero(page)), &smallest_chunk,
        &alignment);
    if (size < 0) fail(options, "rte_mempool_op_calc_mem_size_default");
    zone_ = std::make_unique<Zone>((options.name + "_pool").c_str(), static_cast<size_t>(size),
                                   options.socket, ZoneUse::kPool, needs_contiguous(smallest_chunk));
    for (const IovaRun& run : zone_->iova_runs()) {
      if (pool_->populated_size == pool_->size) break;
      const int added = rte_mempool_populate_iova(pool_, reinterpret_cast<char*>(run.address), run.iova,
                                                  run.length, nullptr, nullptr);
      if (added < 0) {
        rte_errno = -added;
        fail(options, "rte_mempool_populate_iova");
      }
    }
    if (pool_->populated_size != pool_->size) {
      rte_errno = ENOMEM;
      fail(options, "rte_mempool_populate_iova");
    }
    rte_mempool_obj_iter(pool_, rte_pktmbuf_init, nullptr);
  } catch (...) {
    rte_mempool_free(pool_);
    throw;
  }
}

}  // namespace dpdk_node
