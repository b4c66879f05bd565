// libpcap's compiler for filter expressions. It is loaded when the first filter is made: programs without filters run
// where it is not installed.
#pragma once

#include <pcap/pcap.h>

#include <string>

namespace dpdk_node {

// An expression as classic BPF for Ethernet. Any thread.
class ClassicFilter {
 public:
  // Throws INVALID_FILTER with libpcap's words, and NO_LIBPCAP.
  explicit ClassicFilter(const std::string& expression);
  ~ClassicFilter();
  ClassicFilter(const ClassicFilter&) = delete;
  ClassicFilter& operator=(const ClassicFilter&) = delete;

  const bpf_program& code() const { return code_; }

 private:
  bpf_program code_ = {};
};

}  // namespace dpdk_node
