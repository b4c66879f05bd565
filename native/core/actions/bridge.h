// Sends frames from stations that the table knows to be behind this port to stations that it knows, each to
// the port where it is, and drops those whose receiver is behind this port too. All others go on: from a
// station that is new or has moved, to one that nobody knows, to a group. (IEEE 802.1Q, clauses 8.6 to 8.8.)
#pragma once

#include <rte_cycles.h>
#include <rte_ether.h>

#include <array>
#include <memory>
#include <utility>

#include "../address_table.h"
#include "../output.h"
#include "action.h"

namespace dpdk_node {

class Bridge final : public Action {
 public:
  // By port; nullptr where this bridge does not send.
  using Outputs = std::array<Output*, RTE_MAX_ETHPORTS>;

  Bridge(std::shared_ptr<AddressTable> table, uint16_t port, const Outputs& outputs)
      : table_(std::move(table)), port_(port), outputs_(outputs) {}

  const char* kind() const override { return "bridge"; }

  uint16_t process(rte_mbuf** packets, uint16_t count) override {
    const uint64_t now = rte_rdtsc();
    uint16_t passed = 0;
    for (uint16_t i = 0; i < count; i++) {
      if (!take(packets[i], now)) packets[passed++] = packets[i];
    }
    flush();
    return passed;
  }

  Tallies tallies() const override { return {{"forwarded", &forwarded_}, {"dropped", &dropped_}}; }

 private:
  bool take(rte_mbuf* packet, uint64_t now) {
    const auto* ethernet = rte_pktmbuf_mtod(packet, const rte_ether_hdr*);
    const AddressTable::Station source = table_->find(ethernet->src_addr);
    if (!source || source.port != port_) return false;
    table_->heard(source, now);
    const AddressTable::Station destination = table_->find(ethernet->dst_addr);
    if (!destination) return false;
    if (destination.port == port_) {
      dropped_.add(1);
      rte_pktmbuf_free(packet);
      return true;
    }
    Output* output = destination.port < outputs_.size() ? outputs_[destination.port] : nullptr;
    if (output == nullptr) return false;
    gather(output, packet);
    return true;
  }

  // Runs of frames to one port go together.
  void gather(Output* output, rte_mbuf* packet) {
    if (output != run_to_ || run_length_ == kBurst) flush();
    run_to_ = output;
    run_[run_length_++] = packet;
  }

  void flush() {
    const uint16_t count = std::exchange(run_length_, 0);
    if (count == 0) return;
    forwarded_.add(count);
    run_to_->send(run_, count);
  }

  const std::shared_ptr<AddressTable> table_;
  const uint16_t port_;
  const Outputs outputs_;
  Output* run_to_ = nullptr;
  uint16_t run_length_ = 0;
  rte_mbuf* run_[kBurst];
  Counter forwarded_;
  Counter dropped_;  // the receiver is behind this port, and has heard it already
};

}  // namespace dpdk_node
