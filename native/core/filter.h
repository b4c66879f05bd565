// A pcap filter expression, compiled by libpcap.
#pragma once

#include <rte_mbuf.h>

#include <optional>
#include <string>

#include "filter_code.h"

namespace dpdk_node {

// Why an expression is none.
struct FilterFault {
  std::string message;  // in libpcap's words
  // Where in the expression libpcap stopped, in bytes, and the word there: empty at the end. None where it read
  // all of it.
  std::optional<size_t> place;
  std::string word;
};

class Filter {
 public:
  // Control thread. Throws INVALID_FILTER with libpcap's words.
  explicit Filter(const std::string& expression);

  // Any thread; needs no EAL. Host names in the expression are looked up.
  static std::optional<FilterFault> fault_of(const std::string& expression);

  // Lcore.
  bool matches(const rte_mbuf* packet) const { return code_.run(packet); }

 private:
  FilterCode code_;
};

}  // namespace dpdk_node
