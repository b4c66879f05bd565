#include "route_family.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "error.h"

namespace dpdk_node {

namespace {

constexpr uint8_t kFirstBits = 24;  // what lookups resolve without a group
constexpr uint32_t kMostMore = 64;

// For routes to come: each of them may need as many as there are levels.
template <typename Address>
constexpr uint32_t kSpareGroups = 256 * (sizeof(Address) - 3);

Ipv4Address masked(Ipv4Address address, uint8_t length) {
  if (length == 0) return 0;
  return length >= 32 ? address : address & (~Ipv4Address{0} << (32 - length));
}

Ipv6Address masked(const Ipv6Address& address, uint8_t length) {
  Ipv6Address masked = {};
  for (uint8_t i = 0; i * 8 < length; i++) {
    const int bits = std::min(length - i * 8, 8);
    masked[i] = static_cast<uint8_t>(address[i] & (0xff00 >> bits));
  }
  return masked;
}

constexpr uint8_t bits(Ipv4Address) { return 32; }
constexpr uint8_t bits(const Ipv6Address&) { return 128; }

// A group is needed for every eight bits, begun or not, beyond the first 24.
uint32_t groups_of(uint8_t length) { return length <= kFirstBits ? 0 : (length - kFirstBits + 7) / 8; }

// Groups that these routes need, which are in order: those that begin alike share them.
template <typename Address>
uint32_t count_groups(const std::vector<Route<Address>>& routes) {
  constexpr size_t kLevels = sizeof(Address) - 3;
  Address last[kLevels] = {};
  bool seen[kLevels] = {};
  uint32_t count = 0;
  for (const Route<Address>& route : routes) {
    for (uint32_t level = 0; level < groups_of(route.prefix.length); level++) {
      const Address group = masked(route.prefix.address, static_cast<uint8_t>(kFirstBits + 8 * level));
      if (seen[level] && last[level] == group) continue;
      seen[level] = true;
      last[level] = group;
      count++;
    }
  }
  return count;
}

template <typename Address>
LookupSize size_for(const std::vector<Route<Address>>& routes, uint32_t more) {
  const auto count = static_cast<uint32_t>(routes.size());
  const uint32_t groups = count_groups(routes) * more;
  const uint32_t capacity = count <= kLpmRoutes ? kLpmRoutes : count + count / 16;
  // rte_fib counts groups in words of 64 bits.
  return {capacity, (groups + groups / 8 + kSpareGroups<Address> + 63) / 64 * 64};
}

}  // namespace

template <typename Address>
typename RouteFamily<Address>::Routes::const_iterator RouteFamily<Address>::find(
    const Address& address) const {
  for (int length = bits(address); length >= 0; length--) {
    const auto length_in_bits = static_cast<uint8_t>(length);
    const auto found = routes_.find({masked(address, length_in_bits), length_in_bits});
    if (found != routes_.end()) return found;
  }
  return routes_.end();
}

template <typename Address>
void RouteFamily<Address>::change(const std::vector<Route<Address>>& changes, const Publish& publish) {
  std::vector<Route<Address>> long_ones;
  std::copy_if(changes.begin(), changes.end(), std::back_inserter(long_ones),
               [](const auto& change) { return change.prefix.length != 0; });
  swapped_ = false;
  Routes before;
  const bool is_done = long_ones.empty() || change_lookup(long_ones);
  if (!is_done) before = routes_;
  for (const auto& [prefix, value] : changes) {
    if (value == 0) {
      routes_.erase(prefix);
    } else {
      routes_[prefix] = value;
    }
  }
  if (!is_done) {
    try {
      rebuild();
    } catch (...) {
      routes_ = std::move(before);
      throw;
    }
  }
  const auto first = routes_.begin();
  default_ = first != routes_.end() && first->first.length == 0 ? first->second : 0;
  publish();
  settle(long_ones);
}

template <typename Address>
bool RouteFamily<Address>::change_lookup(const std::vector<Route<Address>>& changes) {
  if (live_ == nullptr || !take_room(changes)) return false;
  if (live_->changes_in_place()) return apply(*live_, changes);
  if (twin_ == nullptr) twin_ = make_filled(listed());
  if (!apply(*twin_, changes)) return false;
  std::swap(live_, twin_);
  swapped_ = true;
  return true;
}

// Lcores have left what they used before.
template <typename Address>
void RouteFamily<Address>::settle(const std::vector<Route<Address>>& changes) {
  former_.reset();
  if (live_ != nullptr) live_->removed_unseen();
  if (swapped_ && !apply(*twin_, changes)) twin_.reset();
}

template <typename Address>
void RouteFamily<Address>::rebuild() {
  twin_.reset();
  std::unique_ptr<Lookup> larger = make_filled(listed());
  room_ = kSpareGroups<Address>;
  former_ = std::exchange(live_, std::move(larger));
}

template <typename Address>
void RouteFamily<Address>::begin(std::vector<Route<Address>> routes) {
  abandon();
  coming_ = std::move(routes);
  if (!coming_.empty()) next_ = make(coming_, more_);
}

template <typename Address>
void RouteFamily<Address>::build(size_t count) {
  const size_t end = std::min(coming_.size(), built_ + count);
  while (built_ < end) {
    const auto& [prefix, value] = coming_[built_];
    if (prefix.length != 0 && !next_->set(prefix, value)) {
      if (more_ == kMostMore) throw Error("TABLE_FULL", "the routes do not fit into a lookup");
      more_ *= 2;
      next_.reset();
      next_ = make(coming_, more_);
      next_routes_.clear();
      built_ = 0;
      continue;
    }
    next_routes_.emplace_hint(next_routes_.end(), prefix, value);
    built_++;
  }
}

template <typename Address>
typename RouteFamily<Address>::Former RouteFamily<Address>::finish() {
  Former former = {std::move(routes_), std::move(live_), std::move(twin_)};
  live_ = std::move(next_);
  routes_ = std::move(next_routes_);
  room_ = kSpareGroups<Address>;
  const auto first = routes_.begin();
  default_ = first != routes_.end() && first->first.length == 0 ? first->second : 0;
  abandon();
  return former;
}

template <typename Address>
void RouteFamily<Address>::abandon() {
  next_.reset();
  next_routes_.clear();
  coming_ = {};
  built_ = 0;
  more_ = 1;
}

template <>
std::unique_ptr<Ipv4Lookup> RouteFamily<Ipv4Address>::make(const std::vector<Route<Ipv4Address>>& routes,
                                                           uint32_t more) const {
  return make_ipv4_lookup(size_for(routes, more), kind_);
}

template <>
std::unique_ptr<Ipv6Lookup> RouteFamily<Ipv6Address>::make(const std::vector<Route<Ipv6Address>>& routes,
                                                           uint32_t more) const {
  return make_ipv6_lookup(size_for(routes, more));
}

template <typename Address>
std::unique_ptr<typename RouteFamily<Address>::Lookup> RouteFamily<Address>::make_filled(
    const std::vector<Route<Address>>& routes) const {
  for (uint32_t more = 1; more <= kMostMore; more *= 2) {
    auto lookup = make(routes, more);
    const bool is_full = std::any_of(routes.begin(), routes.end(), [&](const auto& route) {
      return route.prefix.length != 0 && !lookup->set(route.prefix, route.value);
    });
    if (!is_full) return lookup;
  }
  throw Error("TABLE_FULL", "the routes do not fit into a lookup");
}

template <typename Address>
std::vector<Route<Address>> RouteFamily<Address>::listed() const {
  std::vector<Route<Address>> list;
  list.reserve(routes_.size());
  for (const auto& [prefix, value] : routes_) list.push_back({prefix, value});
  return list;
}

// DPDK's own count of groups is not to be relied on: where a route leads as its parent does, rte_fib does not
// count it, and a later change of the parent fails without a word.
template <typename Address>
bool RouteFamily<Address>::take_room(const std::vector<Route<Address>>& changes) {
  uint64_t groups = 0;
  size_t added = 0;
  for (const Route<Address>& change : changes) {
    if (change.value == 0 || routes_.contains(change.prefix)) continue;
    groups += groups_of(change.prefix.length);
    added++;
  }
  if (groups > room_ || routes_.size() + added > live_->capacity()) return false;
  room_ -= groups;
  return true;
}

// False when there is no room; then nothing has changed.
template <typename Address>
bool RouteFamily<Address>::apply(Lookup& lookup, const std::vector<Route<Address>>& changes) const {
  for (size_t i = 0; i < changes.size(); i++) {
    const auto& [prefix, value] = changes[i];
    if (value == 0) {
      lookup.remove(prefix);
    } else if (!lookup.set(prefix, value)) {
      while (i-- > 0) revert(lookup, changes[i].prefix);
      return false;
    }
  }
  return true;
}

template <typename Address>
void RouteFamily<Address>::revert(Lookup& lookup, const Prefix<Address>& prefix) const {
  const auto before = routes_.find(prefix);
  if (before == routes_.end()) {
    lookup.remove(prefix);
  } else {
    lookup.set(prefix, before->second);
  }
}

template class RouteFamily<Ipv4Address>;
template class RouteFamily<Ipv6Address>;

}  // namespace dpdk_node
