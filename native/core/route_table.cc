#include "route_table.h"

#include <algorithm>
#include <cstring>

#include "eal.h"

namespace dpdk_node {

namespace {

Prefix<Ipv4Address> ipv4_prefix(const IpAddress& address, uint8_t length) {
  uint32_t number;
  std::memcpy(&number, address.bytes.data(), sizeof number);
  return {rte_be_to_cpu_32(number), length};
}

Prefix<Ipv6Address> ipv6_prefix(const IpAddress& address, uint8_t length) { return {address.bytes, length}; }

IpAddress to_ip(Ipv4Address address) {
  IpAddress ip = {};
  const uint32_t number = rte_cpu_to_be_32(address);
  std::memcpy(ip.bytes.data(), &number, sizeof number);
  return ip;
}

IpAddress to_ip(const Ipv6Address& address) { return {true, address}; }

struct Sorted {
  std::vector<Route<Ipv4Address>> ipv4;
  std::vector<Route<Ipv6Address>> ipv6;

  void add(const RouteOrder& route, uint32_t value) {
    if (route.address.is_ipv6) {
      ipv6.push_back({ipv6_prefix(route.address, route.length), value});
    } else {
      ipv4.push_back({ipv4_prefix(route.address, route.length), value});
    }
  }
};

// Holds values until routes hold them.
class Holds {
 public:
  explicit Holds(NextHops& next_hops) : next_hops_(next_hops) {}
  ~Holds() {
    for (const uint32_t value : values_) next_hops_.release(value);
  }
  Holds(const Holds&) = delete;
  Holds& operator=(const Holds&) = delete;

  std::vector<uint32_t> acquire(const std::vector<std::vector<NextHop>>& groups) {
    for (const auto& group : groups) values_.push_back(next_hops_.acquire(group));
    return values_;
  }

 private:
  NextHops& next_hops_;
  std::vector<uint32_t> values_;
};

template <typename Address>
void keep_last_of_each(std::vector<Route<Address>>& routes) {
  std::stable_sort(routes.begin(), routes.end(),
                   [](const auto& a, const auto& b) { return a.prefix < b.prefix; });
  size_t kept = 0;
  for (size_t i = 0; i < routes.size(); i++) {
    if (i + 1 < routes.size() && routes[i].prefix == routes[i + 1].prefix) continue;
    routes[kept++] = routes[i];
  }
  routes.resize(kept);
}

// What undoes these changes.
template <typename Address>
std::vector<Route<Address>> inverse(const RouteFamily<Address>& family,
                                    const std::vector<Route<Address>>& changes) {
  std::vector<Route<Address>> inverse;
  for (const Route<Address>& change : changes) {
    const auto known = family.routes().find(change.prefix);
    inverse.push_back({change.prefix, known == family.routes().end() ? 0 : known->second});
  }
  return inverse;
}

}  // namespace

RouteTable::RouteTable(LookupKind ipv4_lookup)
    : ipv4_(ipv4_lookup),
      ipv6_(LookupKind::kFib),
      current_(std::make_unique<View>()),
      view_(current_.get()) {}

void RouteTable::add(const std::vector<RouteOrder>& routes,
                     const std::vector<std::vector<NextHop>>& next_hops) {
  Holds holds(next_hops_);
  const std::vector<uint32_t> values = holds.acquire(next_hops);
  Sorted sorted;
  for (const RouteOrder& route : routes) sorted.add(route, values[route.next_hops]);
  keep_last_of_each(sorted.ipv4);
  keep_last_of_each(sorted.ipv6);
  const std::vector<Route<Ipv4Address>> back = inverse(ipv4_, sorted.ipv4);
  change(ipv4_, sorted.ipv4);
  try {
    change(ipv6_, sorted.ipv6);
  } catch (...) {
    change(ipv4_, back);
    throw;
  }
  next_hops_.forget_released();
}

uint32_t RouteTable::remove(const std::vector<RouteOrder>& routes) {
  Sorted sorted;
  for (const RouteOrder& route : routes) sorted.add(route, 0);
  const auto keep_known = [](auto& changes, const auto& known) {
    keep_last_of_each(changes);
    std::erase_if(changes, [&](const auto& change) { return !known.contains(change.prefix); });
  };
  keep_known(sorted.ipv4, ipv4_.routes());
  keep_known(sorted.ipv6, ipv6_.routes());
  change(ipv4_, sorted.ipv4);
  change(ipv6_, sorted.ipv6);
  next_hops_.forget_released();
  return static_cast<uint32_t>(sorted.ipv4.size() + sorted.ipv6.size());
}

template <typename Address>
void RouteTable::change(RouteFamily<Address>& family, const std::vector<Route<Address>>& changes) {
  if (changes.empty()) return;
  std::vector<uint32_t> before;
  for (const Route<Address>& change : changes) {
    const auto known = family.routes().find(change.prefix);
    if (known != family.routes().end()) before.push_back(known->second);
  }
  family.change(changes, [this] { publish(); });
  for (const Route<Address>& change : changes) {
    if (change.value != 0) next_hops_.retain(change.value);
  }
  for (const uint32_t value : before) next_hops_.release(value);
}

std::optional<FoundRoute> RouteTable::find_route(const IpAddress& address) const {
  const auto found = [this](const auto& family, const auto& wanted) -> std::optional<FoundRoute> {
    const auto route = family.find(wanted);
    if (route == family.routes().end()) return std::nullopt;
    return FoundRoute{to_ip(route->first.address), route->first.length, next_hops_.describe(route->second)};
  };
  if (address.is_ipv6) return found(ipv6_, address.bytes);
  return found(ipv4_, ipv4_prefix(address, 32).address);
}

void RouteTable::stage(const std::vector<RouteOrder>& routes,
                       const std::vector<std::vector<NextHop>>& next_hops) {
  const size_t first = held_.size();
  for (const auto& group : next_hops) held_.push_back(next_hops_.acquire(group));
  for (const RouteOrder& route : routes) {
    const uint32_t value = held_[first + route.next_hops];
    if (route.address.is_ipv6) {
      staged_ipv6_.push_back({ipv6_prefix(route.address, route.length), value});
    } else {
      staged_ipv4_.push_back({ipv4_prefix(route.address, route.length), value});
    }
  }
}

template <typename Address>
void RouteTable::begin(RouteFamily<Address>& family, std::vector<Route<Address>>& staged) {
  keep_last_of_each(staged);
  to_build_ += staged.size();
  family.begin(std::exchange(staged, {}));
}

RouteTable::Progress RouteTable::build(size_t count) {
  if (!building_) {
    to_build_ = 0;
    begin(ipv4_, staged_ipv4_);
    begin(ipv6_, staged_ipv6_);
    building_ = true;
  } else if (ipv4_.left_to_build() != 0) {
    ipv4_.build(count);
  } else {
    ipv6_.build(count);
  }
  return {to_build_ - ipv4_.left_to_build() - ipv6_.left_to_build(), to_build_};
}

void RouteTable::replace() {
  const auto old_ipv4 = ipv4_.finish();
  const auto old_ipv6 = ipv6_.finish();
  for (const auto& [prefix, value] : ipv4_.routes()) next_hops_.retain(value);
  for (const auto& [prefix, value] : ipv6_.routes()) next_hops_.retain(value);
  publish();
  for (const auto& [prefix, value] : old_ipv4.routes) next_hops_.release(value);
  for (const auto& [prefix, value] : old_ipv6.routes) next_hops_.release(value);
  abandon();
}

void RouteTable::abandon() {
  staged_ipv4_ = {};
  staged_ipv6_ = {};
  ipv4_.abandon();
  ipv6_.abandon();
  building_ = false;
  for (const uint32_t value : std::exchange(held_, {})) next_hops_.release(value);
  next_hops_.forget_released();
}

void RouteTable::publish() {
  auto next = std::make_unique<const View>(
      View{ipv4_.lookup(), ipv6_.lookup(), ipv4_.default_value(), ipv6_.default_value()});
  view_.store(next.get(), std::memory_order_release);
  eal::synchronize();
  current_ = std::move(next);
  ipv4_size_.store(static_cast<uint32_t>(ipv4_.routes().size()), std::memory_order_relaxed);
  ipv6_size_.store(static_cast<uint32_t>(ipv6_.routes().size()), std::memory_order_relaxed);
  ipv4_lookup_.store(ipv4_.lookup() == nullptr ? "none" : ipv4_.lookup()->kind(), std::memory_order_relaxed);
}

}  // namespace dpdk_node
