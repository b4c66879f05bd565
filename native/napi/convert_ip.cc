#include "convert_ip.h"

#include <arpa/inet.h>

#include "core/error.h"

namespace dpdk_node {

IpAddress to_ip_address(const Napi::Value& value) {
  const std::string text = value.As<Napi::String>();
  IpAddress address = {};
  address.is_ipv6 = text.find(':') != std::string::npos;
  if (inet_pton(address.is_ipv6 ? AF_INET6 : AF_INET, text.c_str(), address.bytes.data()) != 1) {
    throw Error("INVALID_IP_ADDRESS", "not an IP address");
  }
  return address;
}

std::string to_text(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(address.is_ipv6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
}

}  // namespace dpdk_node
