#include "filter_code.h"

#include <rte_byteorder.h>

#include <cstring>
#include <string>

#include "error.h"

namespace dpdk_node {

namespace {

constexpr uint32_t kWordBits = 32;
// Offsets by which libpcap asks for what is not in the packet (SKF_AD_OFF).
constexpr uint32_t kFirstOfSockets = 0xfffff000;

[[noreturn]] void refuse(const std::string& what) { throw Error("INVALID_FILTER", what); }

void check_jump(uint64_t to, size_t size) {
  if (to >= size) refuse("it has a loop, as protochain makes one");
}

void check_arithmetic(const bpf_insn& instruction) {
  const bool by_constant = BPF_SRC(instruction.code) == BPF_K;
  switch (BPF_OP(instruction.code)) {
    case BPF_DIV:
    case BPF_MOD:
      if (by_constant && instruction.k == 0) refuse("division by zero");
      return;
    case BPF_ADD:
    case BPF_SUB:
    case BPF_MUL:
    case BPF_AND:
    case BPF_OR:
    case BPF_XOR:
    case BPF_LSH:
    case BPF_RSH:
    case BPF_NEG:
      return;
    default:
      refuse("it has an instruction that is unknown");
  }
}

void check_load(const bpf_insn& instruction) {
  const auto mode = BPF_MODE(instruction.code);
  if (mode == BPF_MEM && instruction.k >= BPF_MEMWORDS) refuse("it has a word of memory that is not there");
  if (mode == BPF_ABS && instruction.k >= kFirstOfSockets)
    refuse("it asks what only a socket of Linux knows");
}

bool is_known(uint16_t code) {
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_H | BPF_ABS:
    case BPF_LD | BPF_B | BPF_ABS:
    case BPF_LD | BPF_W | BPF_IND:
    case BPF_LD | BPF_H | BPF_IND:
    case BPF_LD | BPF_B | BPF_IND:
    case BPF_LDX | BPF_MSH | BPF_B:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
    case BPF_JMP | BPF_JA:
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_K:
    case BPF_JMP | BPF_JEQ | BPF_X:
    case BPF_JMP | BPF_JGT | BPF_X:
    case BPF_JMP | BPF_JGE | BPF_X:
    case BPF_JMP | BPF_JSET | BPF_X:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
      return true;
    default:
      return BPF_CLASS(code) == BPF_ALU;
  }
}

void check(const bpf_insn& instruction, size_t place, size_t size) {
  if (!is_known(instruction.code)) refuse("it has an instruction that is unknown");
  const uint64_t next = place + 1;
  switch (BPF_CLASS(instruction.code)) {
    case BPF_LD:
    case BPF_LDX:
      return check_load(instruction);
    case BPF_ST:
    case BPF_STX:
      if (instruction.k >= BPF_MEMWORDS) refuse("it has a word of memory that is not there");
      return;
    case BPF_ALU:
      return check_arithmetic(instruction);
    case BPF_JMP:
      if (BPF_OP(instruction.code) == BPF_JA) return check_jump(next + instruction.k, size);
      check_jump(next + instruction.jt, size);
      return check_jump(next + instruction.jf, size);
    default:
      return;
  }
}

// Returns false when that is not all in the packet.
template <typename Value>
inline bool load(const rte_mbuf* packet, uint64_t offset, uint32_t& into) {
  Value value;
  if (likely(offset + sizeof value <= packet->data_len)) {
    std::memcpy(&value, rte_pktmbuf_mtod_offset(packet, const uint8_t*, offset), sizeof value);
  } else {
    // rte_pktmbuf_read adds in 32 bits, without a look at overflows.
    if (offset + sizeof value > packet->pkt_len) return false;
    Value buffer;
    const void* found = rte_pktmbuf_read(packet, static_cast<uint32_t>(offset), sizeof value, &buffer);
    if (unlikely(found == nullptr)) return false;
    std::memcpy(&value, found, sizeof value);
  }
  if constexpr (sizeof value == 4) into = rte_be_to_cpu_32(value);
  if constexpr (sizeof value == 2) into = rte_be_to_cpu_16(value);
  if constexpr (sizeof value == 1) into = value;
  return true;
}

// What few filters need. Returns false for a division by zero.
bool compute(const bpf_insn& instruction, uint32_t x, uint32_t& a) {
  const uint32_t operand = BPF_SRC(instruction.code) == BPF_X ? x : instruction.k;
  switch (BPF_OP(instruction.code)) {
    case BPF_ADD:
      a += operand;
      return true;
    case BPF_SUB:
      a -= operand;
      return true;
    case BPF_MUL:
      a *= operand;
      return true;
    case BPF_DIV:
      if (operand == 0) return false;
      a /= operand;
      return true;
    case BPF_MOD:
      if (operand == 0) return false;
      a %= operand;
      return true;
    case BPF_AND:
      a &= operand;
      return true;
    case BPF_OR:
      a |= operand;
      return true;
    case BPF_XOR:
      a ^= operand;
      return true;
    case BPF_LSH:
      a = operand < kWordBits ? a << operand : 0;
      return true;
    case BPF_RSH:
      a = operand < kWordBits ? a >> operand : 0;
      return true;
    default:
      a = 0 - a;
      return true;
  }
}

}  // namespace

FilterCode::FilterCode(const bpf_program& classic)
    : instructions_(classic.bf_insns, classic.bf_insns + classic.bf_len) {
  for (size_t i = 0; i < instructions_.size(); i++) check(instructions_[i], i, instructions_.size());
  if (instructions_.empty() || BPF_CLASS(instructions_.back().code) != BPF_RET) refuse("it has no end");
}

bool FilterCode::run(const rte_mbuf* packet) const {
  uint32_t a = 0;
  uint32_t x = 0;
  uint32_t memory[BPF_MEMWORDS];  // libpcap writes a word before it reads it
  for (const bpf_insn* at = instructions_.data();; at++) {
    const uint32_t k = at->k;
    switch (at->code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (!load<uint32_t>(packet, k, a)) return false;
        break;
      case BPF_LD | BPF_H | BPF_ABS:
        if (!load<uint16_t>(packet, k, a)) return false;
        break;
      case BPF_LD | BPF_B | BPF_ABS:
        if (!load<uint8_t>(packet, k, a)) return false;
        break;
      case BPF_LD | BPF_W | BPF_IND:
        if (!load<uint32_t>(packet, uint64_t{x} + k, a)) return false;
        break;
      case BPF_LD | BPF_H | BPF_IND:
        if (!load<uint16_t>(packet, uint64_t{x} + k, a)) return false;
        break;
      case BPF_LD | BPF_B | BPF_IND:
        if (!load<uint8_t>(packet, uint64_t{x} + k, a)) return false;
        break;
      case BPF_LDX | BPF_MSH | BPF_B:
        // Four times the lower half of a byte: the length of an IPv4 header.
        if (!load<uint8_t>(packet, k, x)) return false;
        x = (x & 0xf) << 2;
        break;
      case BPF_LD | BPF_W | BPF_LEN:
        a = packet->pkt_len;
        break;
      case BPF_LDX | BPF_W | BPF_LEN:
        x = packet->pkt_len;
        break;
      case BPF_LD | BPF_IMM:
        a = k;
        break;
      case BPF_LDX | BPF_IMM:
        x = k;
        break;
      case BPF_LD | BPF_MEM:
        a = memory[k];
        break;
      case BPF_LDX | BPF_MEM:
        x = memory[k];
        break;
      case BPF_ST:
        memory[k] = a;
        break;
      case BPF_STX:
        memory[k] = x;
        break;
      case BPF_JMP | BPF_JA:
        at += k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += a == k ? at->jt : at->jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        at += a > k ? at->jt : at->jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += a >= k ? at->jt : at->jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (a & k) != 0 ? at->jt : at->jf;
        break;
      case BPF_JMP | BPF_JEQ | BPF_X:
        at += a == x ? at->jt : at->jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_X:
        at += a > x ? at->jt : at->jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_X:
        at += a >= x ? at->jt : at->jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_X:
        at += (a & x) != 0 ? at->jt : at->jf;
        break;
      case BPF_RET | BPF_K:
        return k != 0;
      case BPF_RET | BPF_A:
        return a != 0;
      case BPF_MISC | BPF_TAX:
        x = a;
        break;
      case BPF_MISC | BPF_TXA:
        a = x;
        break;
      default:
        if (!compute(*at, x, a)) return false;
    }
  }
}

}  // namespace dpdk_node
