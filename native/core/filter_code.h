// Classic BPF, as libpcap compiles it, run on mbufs. This is what filters mean; filter_compiler.h makes it faster.
//
// DPDK's librte_bpf is not used for it. In 22.11, rte_bpf_convert takes the accumulator where it should take the index
// register in loads of one byte and of four (`tcp[13]`), and its compiler for x86 gets tests of few bits wrong
// (`ether[0] & 1 != 0`) and sometimes jumps into the middle of an instruction: it stops to look for the shortest
// jumps when two passes happen to have the same size. native/test/filter.cc has found all three.
#pragma once

#include <pcap/pcap.h>
#include <rte_mbuf.h>

#include <vector>

namespace dpdk_node {

class FilterCode {
 public:
  // Checks the code, so that it can be run without a look at anything but the packet: known instructions, and jumps
  // that go forward and stay within. Throws INVALID_FILTER.
  explicit FilterCode(const bpf_program& classic);

  const std::vector<bpf_insn>& instructions() const { return instructions_; }

  // Lcore. A load from outside the packet, wherever that is, ends it with false; so does a division by zero.
  bool run(const rte_mbuf* packet) const;

 private:
  std::vector<bpf_insn> instructions_;
};

}  // namespace dpdk_node
