// Which flows may pass: rules about addresses, ports and protocol, of which the first that fits decides.
// DPDK's rte_acl looks all of them up at once.
//
// What lcores read is a View, which the control thread replaces as a whole, as in RouteTable.
#pragma once

#include <rte_byteorder.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "ip_address.h"

struct rte_acl_ctx;

namespace dpdk_node {

// Of a packet, in network byte order, as rte_acl reads them: the first byte, then four at a time.
template <size_t kAddressBytes>
struct FlowKey {
  uint8_t protocol;
  uint8_t unused[3];
  std::array<uint8_t, kAddressBytes> source;
  std::array<uint8_t, kAddressBytes> destination;
  rte_be16_t source_port;
  rte_be16_t destination_port;
};
using Ipv4FlowKey = FlowKey<4>;
using Ipv6FlowKey = FlowKey<16>;
static_assert(sizeof(Ipv4FlowKey) == 16 && sizeof(Ipv6FlowKey) == 40);

// Both addresses are of one family.
struct AccessRule {
  IpAddress source;
  IpAddress destination;
  uint8_t source_length;  // in bits
  uint8_t destination_length;
  uint8_t protocol;
  uint8_t protocol_mask;
  std::array<uint16_t, 2> source_ports;  // first and last
  std::array<uint16_t, 2> destination_ports;
  bool permits;
};

class AccessList {
 public:
  // Control thread. Without rules everything is denied.
  AccessList();
  // Control thread, when no lcore has it any more.
  ~AccessList();
  AccessList(const AccessList&) = delete;
  AccessList& operator=(const AccessList&) = delete;

  // Lcore, for up to kBurst keys.
  void classify(const Ipv4FlowKey* keys, bool* permitted, uint16_t count) const;
  void classify(const Ipv6FlowKey* keys, bool* permitted, uint16_t count) const;

  // Control thread. Other rules, in their order, and what becomes of packets that none fits. Lcores have the
  // old ones until the new ones are ready. Throws NOT_ENOUGH_MEMORY, and then keeps the old ones.
  void replace(const std::vector<AccessRule>& rules, bool permits_others);

  // Any thread.
  uint32_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Context {
    void operator()(rte_acl_ctx* context) const;
  };
  using ContextPointer = std::unique_ptr<rte_acl_ctx, Context>;
  struct View {
    ContextPointer ipv4;  // nullptr without rules
    ContextPointer ipv6;
    bool permits_others;
  };

  std::unique_ptr<const View> current_;  // owns what view_ points to
  std::atomic<const View*> view_;
  std::atomic<uint32_t> size_{0};
};

}  // namespace dpdk_node
