// Forwards IP packets by a table of routes, as DPDK's l3fwd does and RFC 1812 and RFC 8200 ask: looks at the
// header, counts down its time to live, gives it the addresses of the next hop, and sends. What is no unicast
// IP packet goes on.
//
// Unlike DPDK's l3fwd it verifies the header's checksum and lengths, drops packets whose time is over or that
// have no route, counts IPv6 hop limits down too, and wraps the checksum as RFC 1624 says.
#pragma once

#include <rte_ether.h>

#include <array>
#include <memory>
#include <utility>

#include "../output.h"
#include "../route_table.h"
#include "action.h"

namespace dpdk_node {

class L3Forward final : public Action {
 public:
  // To a port, from this lcore; without an output it does not send there.
  struct Way {
    Output* output;
    rte_ether_addr source;
  };
  using Ways = std::array<Way, RTE_MAX_ETHPORTS>;  // by port

  L3Forward(std::shared_ptr<RouteTable> table, const Ways& ways) : table_(std::move(table)), ways_(ways) {}

  const char* kind() const override { return "l3fwd"; }
  uint16_t process(rte_mbuf** packets, uint16_t count) override;
  Tallies tallies() const override;

 private:
  // A burst on its way: what is to be forwarded, in its order, and where each goes.
  struct Burst {
    uint16_t count = 0;
    uint16_t ipv4_count = 0;
    uint16_t ipv6_count = 0;
    bool is_ipv6[kBurst];
    rte_mbuf* packets[kBurst];
    Ipv4Address ipv4[kBurst];
    Ipv6Address ipv6[kBurst];
  };
  struct Group {
    uint16_t count = 0;
    rte_mbuf* packets[kBurst];
  };

  uint16_t process_burst(rte_mbuf** packets, uint16_t count, rte_mbuf** passed);
  // Takes the packet; false where it is to go on.
  bool sort(rte_mbuf* packet, Burst& burst);
  bool sort_ipv4(rte_mbuf* packet, Burst& burst);
  bool sort_ipv6(rte_mbuf* packet, Burst& burst);
  // True: the packet is taken.
  static bool drop(rte_mbuf* packet, Counter& reason);
  void route(const Burst& burst);
  void send_all();

  const std::shared_ptr<RouteTable> table_;
  const Ways ways_;
  // Each port's part of a burst, the lcore's scratch; and those that have one.
  std::array<Group, RTE_MAX_ETHPORTS> groups_;
  std::array<uint16_t, RTE_MAX_ETHPORTS> touched_;
  uint16_t touched_count_ = 0;

  Counter forwarded_;
  Counter passed_;
  Counter bad_header_;
  Counter bad_checksum_;
  Counter ttl_exceeded_;
  Counter no_route_;
  Counter no_neighbour_;
  Counter no_output_;
};

}  // namespace dpdk_node
