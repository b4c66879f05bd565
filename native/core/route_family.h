// The routes of one family, IPv4 or IPv6, and the lookup made of them. Control thread only.
//
// A lookup that may not be changed under its readers has a twin: changes are made there, lcores change over
// to it, and then the other one catches up. The twin is made with the first such change; routes that are only
// ever replaced as a whole have none.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "prefix_lookup.h"

namespace dpdk_node {

template <typename Address>
struct Route {
  Prefix<Address> prefix;
  uint32_t value;  // of NextHops; 0 in a list of changes: remove it
};

template <typename Address>
class RouteFamily {
 public:
  using Lookup = PrefixLookup<Address>;
  using Routes = std::map<Prefix<Address>, uint32_t>;
  // Lets lcores see the family's lookup and default value, and returns when none uses others.
  using Publish = std::function<void()>;

  explicit RouteFamily(LookupKind kind) : kind_(kind) {}

  // Knows all routes but the default one. nullptr while there are none.
  const Lookup* lookup() const { return live_.get(); }
  uint32_t default_value() const { return default_; }
  const Routes& routes() const { return routes_; }
  // The longest prefix that an address has.
  typename Routes::const_iterator find(const Address& address) const;

  // All or, when it throws, none.
  void change(const std::vector<Route<Address>>& changes, const Publish& publish);

  // Other routes for those that are there, in steps: each of them short, because other calls wait meanwhile.
  // `begin` takes them in order, each prefix once.
  void begin(std::vector<Route<Address>> routes);
  void build(size_t count);
  size_t left_to_build() const { return coming_.size() - built_; }
  // The new ones take the place of the old. Those come back for the caller to keep until no lcore has them.
  struct Former {
    Routes routes;
    std::unique_ptr<Lookup> live, twin;
  };
  Former finish();
  void abandon();

 private:
  std::unique_ptr<Lookup> make(const std::vector<Route<Address>>& routes, uint32_t more) const;
  std::unique_ptr<Lookup> make_filled(const std::vector<Route<Address>>& routes) const;
  std::vector<Route<Address>> listed() const;
  bool take_room(const std::vector<Route<Address>>& changes);
  bool apply(Lookup& lookup, const std::vector<Route<Address>>& changes) const;
  void revert(Lookup& lookup, const Prefix<Address>& prefix) const;
  bool change_lookup(const std::vector<Route<Address>>& changes);
  void settle(const std::vector<Route<Address>>& changes);
  void rebuild();

  const LookupKind kind_;
  Routes routes_;
  uint32_t default_ = 0;
  std::unique_ptr<Lookup> live_;
  std::unique_ptr<Lookup> twin_;    // what live_ knows, between two changes
  std::unique_ptr<Lookup> former_;  // until lcores have left it
  bool swapped_ = false;            // in this change
  uint64_t room_ = 0;               // groups that live_ has beyond those that its routes need

  Routes next_routes_;
  std::unique_ptr<Lookup> next_;
  std::vector<Route<Address>> coming_;
  size_t built_ = 0;
  uint32_t more_ = 1;
};

}  // namespace dpdk_node
