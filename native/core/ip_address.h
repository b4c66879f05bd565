// An IP address of either family, as the control thread names next hops by it.
#pragma once

#include <array>
#include <cstdint>

namespace dpdk_node {

struct IpAddress {
  bool is_ipv6;
  std::array<uint8_t, 16> bytes;  // of IPv4 the first four; then zeros

  // NOLINTNEXTLINE(modernize-use-nullptr): it takes the 0 of what is generated for a pointer
  auto operator<=>(const IpAddress&) const = default;
};

}  // namespace dpdk_node
