// Classic BPF, as libpcap compiles it, into eBPF as DPDK loads it.
//
// DPDK's own translation, rte_bpf_convert, takes the accumulator where it should take the index register in loads
// of one byte and of four (`tcp[13]`), and its x86 compiler gets tests of few bits wrong (`ether[0] & 1 != 0`);
// both in 22.11. So this emits only what both of DPDK's ways to run it do right; native/test/filter.cc compares
// them with libpcap.
#pragma once

#include <pcap/pcap.h>
#include <rte_bpf.h>

#include <vector>

namespace dpdk_node {

// A program whose argument is an mbuf; it returns 0 for a packet that does not match. A load from outside the packet
// ends it with 0, whatever the offset, and so does a division by zero. Throws INVALID_FILTER for an instruction
// that libpcap does not use on Ethernet.
std::vector<ebpf_insn> translate_filter(const bpf_program& classic);

}  // namespace dpdk_node
