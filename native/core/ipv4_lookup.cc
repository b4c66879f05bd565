#include <rte_fib.h>
#include <rte_lpm.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "lookup_memory.h"
#include "output.h"
#include "prefix_lookup.h"

namespace dpdk_node {

namespace {

constexpr uint32_t kRibNodeBytes = 48;
constexpr uint32_t kRuleBytes = 8;

std::string next_name() {
  static uint32_t made = 0;
  return "routes4_" + std::to_string(made++);
}

// rte_lpm. One writer may change it under its readers if blocks that become free are used again only when no
// reader can be in one. Its own RCU takes care of that: the control thread stands for all lcores in it, and
// reports for them when they have passed a quiescent state.
class LpmLookup final : public Ipv4Lookup {
 public:
  explicit LpmLookup(LookupSize size) : capacity_(size.routes) {
    rte_lpm_config config = {};
    config.max_rules = size.routes;
    config.number_tbl8s = size.groups;
    const uint64_t bytes =
        entries_bytes(size.groups, sizeof(rte_lpm_tbl_entry)) + uint64_t{size.routes} * kRuleBytes;
    lpm_ = rte_lpm_create(next_name().c_str(), SOCKET_ID_ANY, &config);
    if (lpm_ == nullptr) throw_no_memory(size.routes, "IPv4", bytes, "rte_lpm_create");
    reclaimer_ =
        static_cast<rte_rcu_qsbr*>(rte_zmalloc("routes4", rte_rcu_qsbr_get_memsize(1), RTE_CACHE_LINE_SIZE));
    if (reclaimer_ == nullptr || !set_up_reclaimer()) {
      release();
      throw_no_memory(size.routes, "IPv4", bytes, "rte_lpm_rcu_qsbr_add");
    }
  }
  ~LpmLookup() override { release(); }
  LpmLookup(const LpmLookup&) = delete;
  LpmLookup& operator=(const LpmLookup&) = delete;

  const char* kind() const override { return "lpm"; }

  void find(const Ipv4Address* addresses, uint32_t* values, uint16_t count) const override {
    uint16_t i = 0;
    for (; i + 4 <= count; i += 4) {
      xmm_t four;
      std::memcpy(&four, addresses + i, sizeof four);
      rte_lpm_lookupx4(lpm_, four, values + i, 0);
    }
    for (; i < count; i++) {
      if (rte_lpm_lookup(lpm_, addresses[i], &values[i]) != 0) values[i] = 0;
    }
  }

  bool set(const Prefix<Ipv4Address>& prefix, uint32_t value) override {
    return rte_lpm_add(lpm_, prefix.address, prefix.length, value) >= 0;
  }
  void remove(const Prefix<Ipv4Address>& prefix) override {
    rte_lpm_delete(lpm_, prefix.address, prefix.length);
  }

  bool changes_in_place() const override { return true; }
  void removed_unseen() override { rte_rcu_qsbr_quiescent(reclaimer_, 0); }
  uint32_t capacity() const override { return capacity_; }

 private:
  bool set_up_reclaimer() {
    if (rte_rcu_qsbr_init(reclaimer_, 1) != 0 || rte_rcu_qsbr_thread_register(reclaimer_, 0) != 0)
      return false;
    rte_rcu_qsbr_thread_online(reclaimer_, 0);
    rte_lpm_rcu_config config = {};
    config.v = reclaimer_;
    config.mode = RTE_LPM_QSBR_MODE_DQ;
    return rte_lpm_rcu_qsbr_add(lpm_, &config) == 0;
  }

  void release() {
    // It waits for readers of what it still has to reclaim; there are none.
    if (reclaimer_ != nullptr) rte_rcu_qsbr_thread_offline(reclaimer_, 0);
    rte_lpm_free(lpm_);
    rte_free(reclaimer_);
  }

  uint32_t capacity_;
  rte_lpm* lpm_;
  rte_rcu_qsbr* reclaimer_ = nullptr;
};

// rte_fib with DIR24_8. A change may clear a block before its reader has left it, so it is changed where no
// lcore reads.
class FibLookup final : public Ipv4Lookup {
 public:
  explicit FibLookup(LookupSize size) : capacity_(size.routes) {
    rte_fib_conf config = {};
    config.type = RTE_FIB_DIR24_8;
    config.default_nh = 0;
    config.max_routes = static_cast<int>(size.routes);
    // Two bytes also name as many groups.
    const bool is_wide = size.groups > kMaxValue;
    config.dir24_8.nh_sz = is_wide ? RTE_FIB_DIR24_8_4B : RTE_FIB_DIR24_8_2B;
    config.dir24_8.num_tbl8 = size.groups;
    fib_ = rte_fib_create(next_name().c_str(), SOCKET_ID_ANY, &config);
    if (fib_ == nullptr) {
      throw_no_memory(size.routes, "IPv4",
                      entries_bytes(size.groups, is_wide ? 4 : 2) + rib_bytes(size.routes, kRibNodeBytes),
                      "rte_fib_create");
    }
  }
  ~FibLookup() override { rte_fib_free(fib_); }
  FibLookup(const FibLookup&) = delete;
  FibLookup& operator=(const FibLookup&) = delete;

  const char* kind() const override { return "fib"; }

  void find(const Ipv4Address* addresses, uint32_t* values, uint16_t count) const override {
    uint64_t found[kBurst];
    rte_fib_lookup_bulk(fib_, const_cast<uint32_t*>(addresses), found, count);
    std::copy_n(found, count, values);
  }

  bool set(const Prefix<Ipv4Address>& prefix, uint32_t value) override {
    return rte_fib_add(fib_, prefix.address, prefix.length, value) == 0;
  }
  void remove(const Prefix<Ipv4Address>& prefix) override {
    rte_fib_delete(fib_, prefix.address, prefix.length);
  }

  bool changes_in_place() const override { return false; }
  uint32_t capacity() const override { return capacity_; }

 private:
  rte_fib* fib_;
  uint32_t capacity_;
};

}  // namespace

std::unique_ptr<Ipv4Lookup> make_ipv4_lookup(LookupSize size, LookupKind kind) {
  const bool wants_lpm = kind == LookupKind::kLpm || (kind == LookupKind::kAuto && size.routes <= kLpmRoutes);
  if (wants_lpm) return std::make_unique<LpmLookup>(size);
  return std::make_unique<FibLookup>(size);
}

}  // namespace dpdk_node
