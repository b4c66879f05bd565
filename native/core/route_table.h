// Routes of IPv4 and IPv6, by which lcores forward.
//
// What lcores read is a View, which the control thread replaces as a whole: the old one and what only it
// named are freed when no lcore has them any more (eal::synchronize).
#pragma once

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "next_hops.h"
#include "route_family.h"

namespace dpdk_node {

// As JavaScript asks for it.
struct RouteOrder {
  IpAddress address;
  uint8_t length;
  uint32_t next_hops;  // an index into the list that comes with the routes
};

struct FoundRoute {
  IpAddress address;
  uint8_t length;
  std::vector<NextHop> next_hops;
};

class RouteTable {
 public:
  // Control thread. No memory is taken before there are routes.
  explicit RouteTable(LookupKind ipv4_lookup);
  // Control thread, when no lcore has it any more.
  ~RouteTable() = default;
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;

  // Lcore, for up to kBurst addresses. Values are for `next_hops().pick`.
  void find(const Ipv4Address* addresses, uint32_t* values, uint16_t count) const {
    const View& view = *view_.load(std::memory_order_acquire);
    find_in(view.ipv4, view.ipv4_default, addresses, values, count);
  }
  void find(const Ipv6Address* addresses, uint32_t* values, uint16_t count) const {
    const View& view = *view_.load(std::memory_order_acquire);
    find_in(view.ipv6, view.ipv6_default, addresses, values, count);
  }
  const NextHops& next_hops() const { return next_hops_; }

  // Control thread, as all that follows. A prefix leads where was said last. All of them or, when it throws
  // NOT_ENOUGH_MEMORY or TOO_MANY_NEXT_HOPS, none.
  void add(const std::vector<RouteOrder>& routes, const std::vector<std::vector<NextHop>>& next_hops);
  // Returns how many were there.
  uint32_t remove(const std::vector<RouteOrder>& routes);
  void set_neighbours(const std::vector<Neighbour>& neighbours, bool only_these) {
    next_hops_.set_neighbours(neighbours, only_these);
  }
  std::optional<FoundRoute> find_route(const IpAddress& address) const;

  // Other routes for all that are there, in steps, so that other calls can come between. Lcores see the old
  // ones until `replace`, and then the new ones, all at once.
  void stage(const std::vector<RouteOrder>& routes, const std::vector<std::vector<NextHop>>& next_hops);
  struct Progress {
    size_t built;
    size_t total;
  };
  Progress build(size_t count);
  void replace();
  void abandon();

  // Any thread.
  uint32_t ipv4_size() const { return ipv4_size_.load(std::memory_order_relaxed); }
  uint32_t ipv6_size() const { return ipv6_size_.load(std::memory_order_relaxed); }
  // "lpm", "fib" or, without routes, "none".
  const char* ipv4_lookup() const { return ipv4_lookup_.load(std::memory_order_relaxed); }

 private:
  struct View {
    const Ipv4Lookup* ipv4;
    const Ipv6Lookup* ipv6;
    uint32_t ipv4_default;
    uint32_t ipv6_default;
  };

  template <typename Address>
  static void find_in(const PrefixLookup<Address>* lookup, uint32_t otherwise, const Address* addresses,
                      uint32_t* values, uint16_t count) {
    if (lookup == nullptr) {
      std::fill_n(values, count, otherwise);
      return;
    }
    lookup->find(addresses, values, count);
    for (uint16_t i = 0; i < count; i++) values[i] = values[i] != 0 ? values[i] : otherwise;
  }

  template <typename Address>
  void change(RouteFamily<Address>& family, const std::vector<Route<Address>>& changes);
  template <typename Address>
  void release_all(const typename RouteFamily<Address>::Routes& routes);
  template <typename Address>
  void begin(RouteFamily<Address>& family, std::vector<Route<Address>>& staged);
  void publish();

  NextHops next_hops_;
  RouteFamily<Ipv4Address> ipv4_;
  RouteFamily<Ipv6Address> ipv6_;
  std::vector<Route<Ipv4Address>> staged_ipv4_;
  std::vector<Route<Ipv6Address>> staged_ipv6_;
  bool building_ = false;
  size_t to_build_ = 0;
  std::vector<uint32_t> held_;  // values of the routes that are being built

  std::unique_ptr<const View> current_;  // owns what view_ points to
  std::atomic<const View*> view_;
  std::atomic<uint32_t> ipv4_size_{0};
  std::atomic<uint32_t> ipv6_size_{0};
  std::atomic<const char*> ipv4_lookup_{"none"};
};

}  // namespace dpdk_node
