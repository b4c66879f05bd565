// A pcap filter expression, compiled by libpcap and for this CPU.
#pragma once

#include <rte_mbuf.h>

#include <memory>
#include <optional>
#include <string>

#include "filter_code.h"
#include "filter_compiler.h"

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
  enum class Run {
    kCompiled,     // where that can be done
    kInterpreted,  // to compare
  };

  // Control thread. Throws INVALID_FILTER with libpcap's words.
  explicit Filter(const std::string& expression, Run run = Run::kCompiled);

  // Any thread; needs no EAL. Host names in the expression are looked up.
  static std::optional<FilterFault> fault_of(const std::string& expression);

  bool is_compiled() const { return compiled_ != nullptr; }
  // Lcore.
  bool matches(const rte_mbuf* packet) const {
    if (likely(compiled_ != nullptr && packet->nb_segs == 1)) {
      return compiled_->run(rte_pktmbuf_mtod(packet, const uint8_t*), packet->data_len);
    }
    return code_.run(packet);
  }

 private:
  FilterCode code_;
  std::unique_ptr<CompiledFilter> compiled_;
};

}  // namespace dpdk_node
