// IP addresses as text, and back.
#pragma once

#include <napi.h>

#include <string>

#include "core/ip_address.h"

namespace dpdk_node {

IpAddress to_ip_address(const Napi::Value& value);
std::string to_text(const IpAddress& address);

}  // namespace dpdk_node
