#include "filter_code.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <string>

#include "error.h"

namespace dpdk_node {

namespace {

// Where the classic machine's registers are. Loads expect the mbuf in R6, and spoil R1 to R5.
constexpr uint8_t kAccumulator = EBPF_REG_0;
constexpr uint8_t kPacket = EBPF_REG_6;
constexpr uint8_t kIndex = EBPF_REG_7;
constexpr uint8_t kScratch = EBPF_REG_8;
constexpr uint8_t kFrame = EBPF_REG_10;

// No packet is as long. DPDK adds offset and length without a look at overflows: an offset that comes out of a
// packet must be held against this first.
constexpr uint32_t kFarthest = 0xffffff;
constexpr uint32_t kWordBits = 32;

class Translator {
 public:
  explicit Translator(const bpf_program& classic)
      : classic_(classic.bf_insns, classic.bf_insns + classic.bf_len),
        guards_index_(std::any_of(classic_.begin(), classic_.end(), sets_index_freely)) {}

  std::vector<ebpf_insn> run() {
    emit(EBPF_ALU64 | BPF_XOR | BPF_X, kAccumulator, kAccumulator);
    emit(EBPF_ALU64 | BPF_XOR | BPF_X, kIndex, kIndex);
    emit(EBPF_ALU64 | EBPF_MOV | BPF_X, kPacket, EBPF_REG_1);
    for (const bpf_insn& instruction : classic_) {
      starts_.push_back(code_.size());
      translate(instruction);
    }
    for (const auto& [from, to] : jumps_) {
      if (to >= starts_.size()) refuse("a jump out of the program");
      code_[from].off = static_cast<int16_t>(starts_[to] - from - 1);
    }
    return std::move(code_);
  }

 private:
  struct Jump {
    size_t from;  // in code_
    size_t to;    // in classic_
  };

  // Header lengths, which are short, are all that most filters have in the index register.
  static bool sets_index_freely(const bpf_insn& instruction) {
    if (instruction.code == (BPF_MISC | BPF_TAX)) return true;
    return BPF_CLASS(instruction.code) == BPF_LDX && BPF_MODE(instruction.code) != BPF_MSH;
  }

  [[noreturn]] static void refuse(const std::string& what) {
    throw Error("INVALID_FILTER", "the filter cannot be translated: " + what);
  }

  void emit(int code, uint8_t destination, uint8_t source, int16_t offset = 0, uint32_t value = 0) {
    ebpf_insn instruction = {};
    instruction.code = static_cast<uint8_t>(code);
    instruction.dst_reg = destination & 0xf;
    instruction.src_reg = source & 0xf;
    instruction.off = offset;
    instruction.imm = static_cast<int32_t>(value);
    code_.push_back(instruction);
  }

  void set(uint8_t destination, uint32_t value) {
    emit(BPF_ALU | EBPF_MOV | BPF_K, destination, 0, 0, value);
  }
  void copy(uint8_t destination, uint8_t source) { emit(EBPF_ALU64 | EBPF_MOV | BPF_X, destination, source); }
  void exit() { emit(BPF_JMP | EBPF_EXIT, 0, 0); }
  void return_no_match() {
    set(kAccumulator, 0);
    exit();
  }
  void jump(int code, uint8_t left, uint8_t right, uint32_t value, size_t to) {
    jumps_.push_back({code_.size(), to});
    emit(BPF_JMP | code, left, right, 0, value);
  }

  void translate(const bpf_insn& instruction) {
    switch (BPF_CLASS(instruction.code)) {
      case BPF_LD:
        return translate_load(instruction);
      case BPF_LDX:
        return translate_index_load(instruction);
      case BPF_ST:
        return emit(BPF_STX | BPF_MEM | BPF_W, kFrame, kAccumulator, memory(instruction.k));
      case BPF_STX:
        return emit(BPF_STX | BPF_MEM | BPF_W, kFrame, kIndex, memory(instruction.k));
      case BPF_ALU:
        return translate_arithmetic(instruction);
      case BPF_JMP:
        return translate_jump(instruction);
      case BPF_RET:
        if (BPF_RVAL(instruction.code) == BPF_K) set(kAccumulator, instruction.k);
        return exit();
      default:
        return BPF_MISCOP(instruction.code) == BPF_TAX ? copy(kIndex, kAccumulator)
                                                       : copy(kAccumulator, kIndex);
    }
  }

  void translate_load(const bpf_insn& instruction) {
    switch (BPF_MODE(instruction.code)) {
      case BPF_ABS:
        if (instruction.k > kFarthest) return return_no_match();
        return emit(instruction.code, 0, 0, 0, instruction.k);
      case BPF_IND:
        if (instruction.k > kFarthest) return return_no_match();
        if (guards_index_) {
          emit(BPF_JMP | EBPF_JLE | BPF_K, kIndex, 0, 2, kFarthest);
          return_no_match();
        }
        return emit(instruction.code, 0, kIndex, 0, instruction.k);
      default:
        return translate_value(instruction, kAccumulator);
    }
  }

  void translate_index_load(const bpf_insn& instruction) {
    if (BPF_MODE(instruction.code) != BPF_MSH) return translate_value(instruction, kIndex);
    // Four times the lower half of a byte: the length of an IPv4 header.
    if (instruction.k > kFarthest) return return_no_match();
    copy(kScratch, kAccumulator);
    emit(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, instruction.k);
    emit(BPF_ALU | BPF_AND | BPF_K, kAccumulator, 0, 0, 0xf);
    emit(BPF_ALU | BPF_LSH | BPF_K, kAccumulator, 0, 0, 2);
    copy(kIndex, kAccumulator);
    copy(kAccumulator, kScratch);
  }

  // What is not in the packet.
  void translate_value(const bpf_insn& instruction, uint8_t destination) {
    switch (BPF_MODE(instruction.code)) {
      case BPF_IMM:
        return set(destination, instruction.k);
      case BPF_MEM:
        return emit(BPF_LDX | BPF_MEM | BPF_W, destination, kFrame, memory(instruction.k));
      case BPF_LEN:
        return emit(BPF_LDX | BPF_MEM | BPF_W, destination, kPacket, offsetof(rte_mbuf, pkt_len));
      default:
        refuse("instruction " + std::to_string(instruction.code));
    }
  }

  static int16_t memory(uint32_t word) {
    if (word >= BPF_MEMWORDS) refuse("a word of memory that is not there");
    return static_cast<int16_t>(-4 * static_cast<int32_t>(BPF_MEMWORDS - word));
  }

  void translate_arithmetic(const bpf_insn& instruction) {
    const auto operation = BPF_OP(instruction.code);
    const bool by_index = BPF_SRC(instruction.code) == BPF_X && operation != BPF_NEG;
    if (by_index && (operation == BPF_DIV || operation == BPF_MOD)) {
      emit(BPF_JMP | EBPF_JNE | BPF_K, kIndex, 0, 2, 0);
      return_no_match();
    }
    if (operation == BPF_LSH || operation == BPF_RSH) {
      // Shifted by a word or more, nothing is left; a CPU sees to it only within a word.
      if (!by_index && instruction.k >= kWordBits) return set(kAccumulator, 0);
      if (by_index) {
        emit(BPF_JMP | EBPF_JLT | BPF_K, kIndex, 0, 2, kWordBits);
        set(kAccumulator, 0);
        emit(BPF_JMP | BPF_JA, 0, 0, 1);
      }
    }
    emit(instruction.code, kAccumulator, by_index ? kIndex : uint8_t{0}, 0, by_index ? 0 : instruction.k);
  }

  void translate_jump(const bpf_insn& instruction) {
    const size_t next = starts_.size();
    const auto operation = BPF_OP(instruction.code);
    if (operation == BPF_JA) return jump(BPF_JA, 0, 0, 0, next + instruction.k);
    if (BPF_SRC(instruction.code) == BPF_X) {
      return branch(instruction, BPF_X, kIndex, 0);
    }
    // Values that eBPF would extend with their sign, and tests of bits, which DPDK's compiler can do with registers only.
    if (operation == BPF_JSET || static_cast<int32_t>(instruction.k) < 0) {
      set(kScratch, instruction.k);
      return branch(instruction, BPF_X, kScratch, 0);
    }
    branch(instruction, BPF_K, 0, instruction.k);
  }

  void branch(const bpf_insn& instruction, int source, uint8_t right, uint32_t value) {
    const size_t next = starts_.size();
    const auto operation = BPF_OP(instruction.code);
    const int opposite = opposite_of(operation);
    if (instruction.jt == 0 && instruction.jf != 0 && opposite != 0) {
      return jump(opposite | source, kAccumulator, right, value, next + instruction.jf);
    }
    jump(operation | source, kAccumulator, right, value, next + instruction.jt);
    if (instruction.jf != 0) jump(BPF_JA, 0, 0, 0, next + instruction.jf);
  }

  static int opposite_of(int operation) {
    switch (operation) {
      case BPF_JEQ:
        return EBPF_JNE;
      case BPF_JGT:
        return EBPF_JLE;
      case BPF_JGE:
        return EBPF_JLT;
      default:
        return 0;
    }
  }

  const std::vector<bpf_insn> classic_;
  const bool guards_index_;
  std::vector<ebpf_insn> code_;
  std::vector<size_t> starts_;  // in code_, of each classic instruction
  std::vector<Jump> jumps_;
};

}  // namespace

std::vector<ebpf_insn> translate_filter(const bpf_program& classic) { return Translator(classic).run(); }

}  // namespace dpdk_node
