// What one receive queue does with its packets: a tree of actions, fixed when it is made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "access_list.h"
#include "action_list.h"
#include "address_table.h"
#include "handler_ring.h"
#include "meter.h"
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
struct SinkOptions {
  std::shared_ptr<Meter> meter;  // nullptr: only counted
};
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
struct ActionOptions;
struct MatchOptions {
  std::string filter;
  std::vector<ActionOptions> actions;  // for the packets that match
};
struct SampleOptions {
  uint32_t interval;
  std::vector<ActionOptions> actions;  // for one of so many packets
};
struct CountOptions {};
struct MirrorOptions {
  uint16_t to;
};
struct ActionOptions : std::variant<ForwardOptions, MacSwapOptions, L2ForwardOptions, BridgeOptions,
                                    DropOptions, HandleOptions, MatchOptions, SampleOptions, CountOptions,
                                    MirrorOptions, SinkOptions, L3ForwardOptions, AclOptions> {
  using variant::variant;
};

// An action of a program, and of how many others it is in a branch.
struct PlacedAction {
  const Action* action;
  uint32_t depth;
};

// A snapshot.
struct ActionCounts {
  const char* kind;
  const char* note;  // what people should know; may be empty
  std::vector<NamedCount> counts;
  uint64_t measured_packets;
  uint64_t measured_cycles;  // of the TSC
};
struct ProgramCounts {
  uint64_t received;
  std::vector<ActionCounts> actions;  // depth first
  uint64_t unclaimed;                 // dropped: no action decided about them
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
  // Of all `handle` actions, depth first.
  const std::vector<std::shared_ptr<HandlerRing>>& rings() const { return rings_; }
  // Packets with JavaScript: to be answered, and held.
  uint64_t in_flight() const;
  uint64_t held() const;

  // Lcore. Takes packets that the queue received.
  void receive(rte_mbuf** packets, uint16_t count) {
    received_.add(count);
    root_.go_on(0, packets, count);
  }
  // Lcore. Whether the first action lets packets in.
  bool has_room() const { return !may_refuse_ || root_.actions().front()->has_room(); }

  // Control thread. Returns when what the actions sent is with the devices, or at the latest after some
  // milliseconds.
  void drain() const;

  // Any thread.
  ProgramCounts counts() const;
  // Any thread: whether the cost of each action is measured, which costs something itself.
  void set_measuring(bool on) { measurement_.on.store(on, std::memory_order_relaxed); }
  // Depth first: an action, what is in its branch, the next action.
  const std::vector<PlacedAction>& actions() const { return actions_; }
  Tallies tallies() const { return {{"received", &received_}, {"unclaimed", &root_.unclaimed()}}; }

 private:
  class Builder;

  void list_actions(const ActionList& list, uint32_t depth);

  std::shared_ptr<Port> port_;
  uint16_t queue_;
  Lcore& lcore_;
  bool may_refuse_ = false;                     // its first action can be without room
  std::vector<std::shared_ptr<Port>> targets_;  // keeps their outputs alive
  std::vector<std::shared_ptr<HandlerRing>> rings_;
  CostMeasurement measurement_;
  ActionList root_{measurement_};
  std::vector<PlacedAction> actions_;
  Counter received_;
};

}  // namespace dpdk_node
