// What one receive queue does with its packets: a list of actions, fixed when it is made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "access_list.h"
#include "actions/action.h"
#include "address_table.h"
#include "handler_ring.h"
#include "route_table.h"

namespace dpdk_node {

class Lcore;
class Port;

// How an action is asked for. Port numbers name open ports.
struct ForwardOptions {
  uint16_t to;
};
struct MacSwapOptions {
  uint16_t to;
};
struct L2ForwardOptions {
  uint16_t to;
  bool mac_updating;
};
struct BridgeOptions {
  std::shared_ptr<AddressTable> table;
  std::vector<uint16_t> to;
};
struct L3ForwardOptions {
  std::shared_ptr<RouteTable> table;
  std::optional<std::vector<uint16_t>> to;  // without it, every port that is open
};
struct AclOptions {
  std::shared_ptr<AccessList> list;
};
struct DropOptions {};
struct HandleOptions {
  std::vector<std::vector<uint16_t>>
      outputs;  // each a set of ports; of several, the ingress port gets nothing
  Overflow overflow;
  std::optional<uint16_t> bypass;  // the port for Overflow::kBypass
  bool continue_unhandled;
  bool continue_failed;
  uint32_t ring_size;
  uint32_t send_size;
  uint32_t rings;  // flows are spread over so many
};
using ActionOptions = std::variant<ForwardOptions, MacSwapOptions, L2ForwardOptions, BridgeOptions,
                                   L3ForwardOptions, AclOptions, DropOptions, HandleOptions>;

// A snapshot.
struct ActionCounts {
  const char* kind;
  std::vector<NamedCount> counts;
};
struct ProgramCounts {
  uint64_t received;
  std::vector<ActionCounts> actions;
  uint64_t unclaimed;  // dropped: no action decided about them
};

// Made and destroyed on the control thread; run by the lcore that polls the queue.
class Program {
 public:
  // Resolves the ports that the actions send to, as `lcore` reaches them.
  Program(std::shared_ptr<Port> port, uint16_t queue, Lcore& lcore,
          const std::vector<ActionOptions>& actions);

  Port& port() const { return *port_; }
  uint16_t queue() const { return queue_; }
  Lcore& lcore() const { return lcore_; }
  // Of all `handle` actions, in their order.
  const std::vector<std::shared_ptr<HandlerRing>>& rings() const { return rings_; }
  // Packets with JavaScript: to be answered, and held.
  uint64_t in_flight() const;
  uint64_t held() const;

  // Lcore. Takes packets that the queue received.
  void receive(rte_mbuf** packets, uint16_t count) {
    received_.add(count);
    run(0, packets, count);
  }
  // Lcore. Whether the first action lets packets in.
  bool has_room() const { return actions_.empty() || actions_.front()->has_room(); }

  // Control thread. Returns when what the actions sent is with the devices, or at the latest after some
  // milliseconds.
  void drain() const;

  // Any thread.
  ProgramCounts counts() const;
  const std::vector<std::unique_ptr<Action>>& actions() const { return actions_; }
  Tallies tallies() const { return {{"received", &received_}, {"unclaimed", &unclaimed_}}; }

 private:
  class Builder;

  // Lcore. Runs the packets from an action on; takes them all.
  void run(size_t from, rte_mbuf** packets, uint16_t count);

  std::shared_ptr<Port> port_;
  uint16_t queue_;
  Lcore& lcore_;
  std::vector<std::shared_ptr<Port>> targets_;  // keeps their outputs alive
  std::vector<std::shared_ptr<HandlerRing>> rings_;
  std::vector<std::unique_ptr<Action>> actions_;
  Counter received_;
  Counter unclaimed_;
};

}  // namespace dpdk_node
