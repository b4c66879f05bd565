#include <rte_fib6.h>
#include <rte_version.h>

#include <algorithm>
#include <string>

#include "lookup_memory.h"
#include "output.h"
#include "prefix_lookup.h"

namespace dpdk_node {

namespace {

constexpr uint32_t kRibNodeBytes = 56;

// DPDK 24.11 has given IPv6 addresses a type.
#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
const rte_ipv6_addr* to_dpdk(const Ipv6Address* address) {
  return reinterpret_cast<const rte_ipv6_addr*>(address);
}
const rte_ipv6_addr* to_dpdk_list(const Ipv6Address* addresses) { return to_dpdk(addresses); }
#else
using DpdkAddress = uint8_t[RTE_FIB6_IPV6_ADDR_SIZE];
const uint8_t* to_dpdk(const Ipv6Address* address) { return address->data(); }
DpdkAddress* to_dpdk_list(const Ipv6Address* addresses) {
  // It only reads them; its prototype cannot say so.
  return reinterpret_cast<DpdkAddress*>(const_cast<Ipv6Address*>(addresses));
}
#endif

std::string next_name() {
  static uint32_t made = 0;
  return "routes6_" + std::to_string(made++);
}

// rte_fib6 with TRIE: like DIR24_8, with as many levels of groups as a prefix has bytes. Changed where no
// lcore reads. rte_lpm6 is slower at every size, takes twice the memory, and may not be changed in place either.
class Fib6Lookup final : public Ipv6Lookup {
 public:
  explicit Fib6Lookup(LookupSize size) : capacity_(size.routes) {
    rte_fib6_conf config = {};
    config.type = RTE_FIB6_TRIE;
    config.default_nh = 0;
    config.max_routes = static_cast<int>(size.routes);
    const bool is_wide = size.groups > kMaxValue;
    config.trie.nh_sz = is_wide ? RTE_FIB6_TRIE_4B : RTE_FIB6_TRIE_2B;
    config.trie.num_tbl8 = size.groups;
    fib_ = rte_fib6_create(next_name().c_str(), SOCKET_ID_ANY, &config);
    if (fib_ == nullptr) {
      throw_no_memory(size.routes, "IPv6",
                      entries_bytes(size.groups, is_wide ? 4 : 2) + rib_bytes(size.routes, kRibNodeBytes),
                      "rte_fib6_create");
    }
  }
  ~Fib6Lookup() override { rte_fib6_free(fib_); }
  Fib6Lookup(const Fib6Lookup&) = delete;
  Fib6Lookup& operator=(const Fib6Lookup&) = delete;

  const char* kind() const override { return "fib"; }

  void find(const Ipv6Address* addresses, uint32_t* values, uint16_t count) const override {
    uint64_t found[kBurst];
    rte_fib6_lookup_bulk(fib_, to_dpdk_list(addresses), found, count);
    std::copy_n(found, count, values);
  }

  bool set(const Prefix<Ipv6Address>& prefix, uint32_t value) override {
    return rte_fib6_add(fib_, to_dpdk(&prefix.address), prefix.length, value) == 0;
  }
  void remove(const Prefix<Ipv6Address>& prefix) override {
    rte_fib6_delete(fib_, to_dpdk(&prefix.address), prefix.length);
  }

  bool changes_in_place() const override { return false; }
  uint32_t capacity() const override { return capacity_; }

 private:
  rte_fib6* fib_;
  uint32_t capacity_;
};

}  // namespace

std::unique_ptr<Ipv6Lookup> make_ipv6_lookup(LookupSize size) { return std::make_unique<Fib6Lookup>(size); }

}  // namespace dpdk_node
