#include "program.h"

#include "actions/acl.h"
#include "actions/bridge.h"
#include "actions/count.h"
#include "actions/drop.h"
#include "actions/forward.h"
#include "actions/handle.h"
#include "actions/l2fwd.h"
#include "actions/l3fwd.h"
#include "actions/mac_swap.h"
#include "actions/match.h"
#include "actions/mirror.h"
#include "actions/sample.h"
#include "actions/sink.h"
#include "lcore.h"
#include "port.h"

namespace dpdk_node {

// Fills a list with one action after the other, each made out of its own kind of options.
class Program::Builder {
 public:
  Builder(Program& program, ActionList& list) : program_(program), list_(list) {}

  void add_all(const std::vector<ActionOptions>& actions) {
    for (const ActionOptions& options : actions) list_.add(std::visit(*this, options));
  }

  std::unique_ptr<Action> operator()(const ForwardOptions& options) {
    return std::make_unique<Forward>(output_to(options.to));
  }

  std::unique_ptr<Action> operator()(const MacSwapOptions& options) {
    return std::make_unique<MacSwap>(output_to(options.to));
  }

  std::unique_ptr<Action> operator()(const L2ForwardOptions& options) {
    Output& output = output_to(options.to);
    return std::make_unique<L2Forward>(output, options.to, program_.targets_.back()->mac_address(),
                                       options.mac_updating);
  }

  std::unique_ptr<Action> operator()(const BridgeOptions& options) {
    Bridge::Outputs outputs = {};
    for (const uint16_t port : options.to) outputs[port] = &output_to(port);
    return std::make_unique<Bridge>(options.table, program_.port_->id(), outputs);
  }

  std::unique_ptr<Action> operator()(const L3ForwardOptions& options) {
    L3Forward::Ways ways = {};
    for (const uint16_t port : options.to ? *options.to : open_ports()) {
      Output& output = output_to(port);
      ways[port] = {&output, program_.targets_.back()->mac_address()};
    }
    return std::make_unique<L3Forward>(options.table, ways);
  }

  std::unique_ptr<Action> operator()(const AclOptions& options) {
    return std::make_unique<AccessControl>(options.list);
  }

  std::unique_ptr<Action> operator()(const DropOptions&) { return std::make_unique<Drop>(); }

  std::unique_ptr<Action> operator()(const SinkOptions& options) {
    return std::make_unique<Sink>(options.meter, program_.lcore_);
  }

  std::unique_ptr<Action> operator()(const HandleOptions& options) {
    const size_t next = list_.size() + 1;
    std::vector<std::shared_ptr<HandlerRing>> rings;
    for (uint32_t i = 0; i < options.rings; i++) {
      rings.push_back(std::make_shared<HandlerRing>(
          program_.port_->pool(), ring_options(options),
          [list = &list_, next](rte_mbuf** packets, uint16_t count) { list->go_on(next, packets, count); }));
      program_.rings_.push_back(rings.back());
    }
    return std::make_unique<Handle>(std::move(rings));
  }

  std::unique_ptr<Action> operator()(const SampleOptions& options) {
    return std::make_unique<Sample>(options.interval, branch_of(options.actions));
  }

  std::unique_ptr<Action> operator()(const CountOptions&) { return std::make_unique<Count>(); }

  std::unique_ptr<Action> operator()(const MirrorOptions& options) {
    return std::make_unique<Mirror>(output_to(options.to), program_.port_->pool());
  }

  std::unique_ptr<Action> operator()(const MatchOptions& options) {
    return std::make_unique<Match>(options.filter, branch_of(options.actions));
  }

 private:
  std::unique_ptr<ActionList> branch_of(const std::vector<ActionOptions>& actions) {
    auto branch = std::make_unique<ActionList>(&list_);
    Builder(program_, *branch).add_all(actions);
    return branch;
  }

  HandlerRingOptions ring_options(const HandleOptions& options) {
    HandlerRingOptions ring = {options.ring_size,
                               options.overflow,
                               options.continue_unhandled,
                               options.continue_failed,
                               options.send_size,
                               {},
                               nullptr};
    for (const auto& ports : options.outputs) ring.outputs.push_back(set_of(ports));
    if (options.bypass) ring.bypass = &output_to(*options.bypass);
    return ring;
  }

  // A flood goes everywhere but back. A single port may be the one that the packet came from.
  Dispatch::OutputSet set_of(const std::vector<uint16_t>& ports) {
    Dispatch::OutputSet outputs;
    for (const uint16_t port : ports) {
      if (ports.size() == 1 || port != program_.port_->id()) outputs.push_back(&output_to(port));
    }
    return outputs;
  }

  static std::vector<uint16_t> open_ports() {
    std::vector<uint16_t> ports;
    for (const auto& port : Port::all()) {
      if (port->state() == Port::State::kStarted) ports.push_back(port->id());
    }
    return ports;
  }

  Output& output_to(uint16_t port) {
    program_.targets_.push_back(Port::get(port));
    return program_.targets_.back()->output(program_.lcore_);
  }

  Program& program_;
  ActionList& list_;
};

Program::Program(std::shared_ptr<Port> port, uint16_t queue, Lcore& lcore,
                 const std::vector<ActionOptions>& actions)
    : port_(std::move(port)), queue_(queue), lcore_(lcore) {
  Builder(*this, root_).add_all(actions);
  const auto* first = actions.empty() ? nullptr : std::get_if<HandleOptions>(&actions.front());
  may_refuse_ = first != nullptr && first->overflow == Overflow::kBackpressure;
  list_actions(root_, 0);
}

void Program::list_actions(const ActionList& list, uint32_t depth) {
  for (const auto& action : list.actions()) {
    actions_.push_back({action.get(), depth});
    if (action->branch() != nullptr) list_actions(*action->branch(), depth + 1);
  }
}

uint64_t Program::in_flight() const {
  uint64_t packets = 0;
  for (const auto& ring : rings_) packets += ring->in_flight();
  return packets;
}

uint64_t Program::held() const {
  uint64_t packets = 0;
  for (const auto& ring : rings_) packets += ring->send_ring().held();
  return packets;
}

void Program::drain() const {
  for (const auto& target : targets_) target->drain();
}

ProgramCounts Program::counts() const {
  ProgramCounts counts = {received_.read(), {}, root_.unclaimed().read()};
  for (const auto& [action, depth] : actions_) {
    counts.actions.push_back({action->kind(), action->note(), read(action->tallies()),
                              action->cost().packets.read(), action->cost().cycles.read()});
  }
  return counts;
}

}  // namespace dpdk_node
