// A pcap filter expression, compiled to native code: libpcap's compiler, then DPDK's translation and JIT.
#pragma once

#include <rte_bpf.h>
#include <rte_mbuf.h>

#include <string>

namespace dpdk_node {

class Filter {
 public:
  // Control thread. Throws INVALID_FILTER with libpcap's words.
  explicit Filter(const std::string& expression);
  ~Filter();
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  // Lcore.
  bool matches(rte_mbuf* packet) const {
    return (compiled_ != nullptr ? compiled_(packet) : rte_bpf_exec(program_, packet)) != 0;
  }

 private:
  rte_bpf* program_ = nullptr;
  uint64_t (*compiled_)(void*) = nullptr;  // where DPDK has a JIT
};

}  // namespace dpdk_node
