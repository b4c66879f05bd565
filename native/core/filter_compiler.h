// Filter code as instructions of this CPU, for packets in one piece: a third of the interpreter's time. Jumps have one
// length and loads one form each; what filters rarely do (to divide, to shift by a variable) is left to the interpreter.
#pragma once

#include <pcap/pcap.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace dpdk_node {

class CompiledFilter {
 public:
  // `code` has been checked by FilterCode. Null where it cannot be compiled, this CPU is another, or the system
  // gives no memory that can be executed.
  static std::unique_ptr<CompiledFilter> make(const std::vector<bpf_insn>& code);
  ~CompiledFilter();
  CompiledFilter(const CompiledFilter&) = delete;
  CompiledFilter& operator=(const CompiledFilter&) = delete;

  // Lcore.
  bool run(const uint8_t* bytes, uint32_t length) const { return function_(bytes, length) != 0; }

 private:
  using Function = uint32_t (*)(const uint8_t* bytes, uint32_t length);

  CompiledFilter(void* memory, size_t size)
      : memory_(memory), size_(size), function_(reinterpret_cast<Function>(memory)) {}

  void* const memory_;
  const size_t size_;
  const Function function_;
};

}  // namespace dpdk_node
