// Where packets go that JavaScript has decided about: to outputs, or on with the program.
//
// Belongs to one lcore. Runs of packets with the same fate are gathered and go together.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "output.h"

namespace dpdk_node {

class Dispatch {
 public:
  // Goes on with the program; takes the packets.
  using Continue = std::function<void(rte_mbuf** packets, uint16_t count)>;
  // A verdict names one of these: one output, or several that all get the packet.
  using OutputSet = std::vector<Output*>;

  Dispatch(std::vector<OutputSet> outputs, Continue on_continue)
      : outputs_(std::move(outputs)), continue_(std::move(on_continue)) {}
  Dispatch(const Dispatch&) = delete;
  Dispatch& operator=(const Dispatch&) = delete;

  bool has_output(size_t index) const { return index < outputs_.size(); }
  // A set can be empty: of ports to flood to, the ingress port was the only one.
  bool is_empty(size_t index) const { return outputs_[index].empty(); }

  void forward(size_t index, rte_mbuf* packet) { gather(static_cast<int32_t>(index), packet); }
  void go_on(rte_mbuf* packet) { gather(kContinue, packet); }
  // Sends what was gathered. Nothing stays here between two rounds of the loop.
  void flush();

 private:
  static constexpr int32_t kContinue = -1;

  void gather(int32_t fate, rte_mbuf* packet) {
    if (count_ == kBurst || (count_ != 0 && fate != fate_)) flush();
    fate_ = fate;
    packets_[count_++] = packet;
  }
  void send(const OutputSet& outputs, uint16_t count);

  const std::vector<OutputSet> outputs_;
  const Continue continue_;
  int32_t fate_ = kContinue;
  uint16_t count_ = 0;
  rte_mbuf* packets_[kBurst];
};

}  // namespace dpdk_node
