#include "filter_compiler.h"

#include <sys/mman.h>

#include <climits>
#include <cstring>
#include <initializer_list>
#include <optional>

namespace dpdk_node {

namespace {

#ifdef __x86_64__

// The accumulator is eax, the index ecx. The caller gives the bytes in rdi, their number in esi. Memory words are
// below the stack, where the System V ABI leaves 128 bytes to functions that call none.
class Compiler {
 public:
  explicit Compiler(const std::vector<bpf_insn>& code) : code_(code) {}

  std::optional<std::vector<uint8_t>> run() {
    emit({0x31, 0xc0});        // xor eax, eax
    emit({0x31, 0xc9});        // xor ecx, ecx
    emit({0x41, 0x89, 0xf1});  // mov r9d, esi
    for (const bpf_insn& instruction : code_) {
      starts_.push_back(bytes_.size());
      if (!compile(instruction)) return std::nullopt;
    }
    starts_.push_back(bytes_.size());
    emit({0x31, 0xc0, 0xc3});  // no match: xor eax, eax; ret
    for (const auto& [place, target] : jumps_) {
      const auto distance = static_cast<int32_t>(starts_[target] - (place + sizeof(int32_t)));
      std::memcpy(&bytes_[place], &distance, sizeof distance);
    }
    return std::move(bytes_);
  }

 private:
  struct Jump {
    size_t place;   // of the distance
    size_t target;  // a classic instruction, or the one behind the last: no match
  };

  // Conditions of jumps; the opposite of each differs in the lowest bit.
  static constexpr uint8_t kBelow = 0x82;
  static constexpr uint8_t kAboveOrEqual = 0x83;
  static constexpr uint8_t kEqual = 0x84;
  static constexpr uint8_t kNotEqual = 0x85;
  static constexpr uint8_t kAbove = 0x87;

  void emit(std::initializer_list<uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes); }
  void emit_word(uint32_t word) {
    const size_t place = bytes_.size();
    bytes_.resize(place + sizeof word);
    std::memcpy(&bytes_[place], &word, sizeof word);
  }
  void jump_if(uint8_t condition, size_t target) {
    emit({0x0f, condition});
    jumps_.push_back({bytes_.size(), target});
    emit_word(0);
  }
  void jump(size_t target) {
    emit({0xe9});
    jumps_.push_back({bytes_.size(), target});
    emit_word(0);
  }
  size_t no_match() const { return code_.size(); }

  bool compile(const bpf_insn& instruction) {
    const uint32_t k = instruction.k;
    switch (BPF_CLASS(instruction.code)) {
      case BPF_LD:
        return load(instruction);
      case BPF_LDX:
        return load_index(instruction);
      case BPF_ST:
        emit({0x89, 0x44, 0x24, memory(k)});  // mov [rsp + ...], eax
        return true;
      case BPF_STX:
        emit({0x89, 0x4c, 0x24, memory(k)});  // mov [rsp + ...], ecx
        return true;
      case BPF_ALU:
        return compute(instruction);
      case BPF_JMP:
        branch(instruction);
        return true;
      case BPF_RET:
        if (BPF_RVAL(instruction.code) == BPF_K) {
          emit({0xb8});  // mov eax, k
          emit_word(k);
        }
        emit({0xc3});  // ret
        return true;
      default:
        if (BPF_MISCOP(instruction.code) == BPF_TAX) {
          emit({0x89, 0xc1});  // mov ecx, eax
        } else {
          emit({0x89, 0xc8});  // mov eax, ecx
        }
        return true;
    }
  }

  static uint8_t memory(uint32_t word) { return static_cast<uint8_t>(4 * word - 4 * BPF_MEMWORDS); }

  static uint32_t size_of(const bpf_insn& instruction) {
    switch (BPF_SIZE(instruction.code)) {
      case BPF_B:
        return 1;
      case BPF_H:
        return 2;
      default:
        return 4;
    }
  }

  bool load(const bpf_insn& instruction) {
    const uint32_t k = instruction.k;
    switch (BPF_MODE(instruction.code)) {
      case BPF_ABS:
        if (within(k, size_of(instruction))) load_bytes(instruction, {0x87});  // ..., [rdi + k]
        return true;
      case BPF_IND:
        if (within_from_index(k, size_of(instruction)))
          load_bytes(instruction, {0x84, 0x17});  // ..., [rdi + rdx + k]
        return true;
      case BPF_LEN:
        emit({0x89, 0xf0});  // mov eax, esi
        return true;
      case BPF_IMM:
        emit({0xb8});  // mov eax, k
        emit_word(k);
        return true;
      default:
        emit({0x8b, 0x44, 0x24, memory(k)});  // mov eax, [rsp + ...]
        return true;
    }
  }

  bool load_index(const bpf_insn& instruction) {
    const uint32_t k = instruction.k;
    switch (BPF_MODE(instruction.code)) {
      case BPF_MSH:
        if (!within(k, 1)) return true;
        emit({0x0f, 0xb6, 0x8f});  // movzx ecx, byte [rdi + k]
        emit_word(k);
        emit({0x83, 0xe1, 0x0f});  // and ecx, 15
        emit({0xc1, 0xe1, 0x02});  // shl ecx, 2
        return true;
      case BPF_LEN:
        emit({0x89, 0xf1});  // mov ecx, esi
        return true;
      case BPF_IMM:
        emit({0xb9});  // mov ecx, k
        emit_word(k);
        return true;
      default:
        emit({0x8b, 0x4c, 0x24, memory(k)});  // mov ecx, [rsp + ...]
        return true;
    }
  }

  // False when no packet has as many bytes.
  bool within(uint32_t offset, uint32_t size) {
    if (offset > INT32_MAX - size) {
      jump(no_match());
      return false;
    }
    emit({0x81, 0xfe});  // cmp esi, offset + size
    emit_word(offset + size);
    jump_if(kBelow, no_match());
    return true;
  }

  // Leaves the index in rdx. In 64 bits, for it can be anything.
  bool within_from_index(uint32_t offset, uint32_t size) {
    if (offset > INT32_MAX - size) {
      jump(no_match());
      return false;
    }
    emit({0x89, 0xca});        // mov edx, ecx
    emit({0x4c, 0x8d, 0x82});  // lea r8, [rdx + offset + size]
    emit_word(offset + size);
    emit({0x4d, 0x39, 0xc8});  // cmp r8, r9
    jump_if(kAbove, no_match());
    return true;
  }

  void load_bytes(const bpf_insn& instruction, std::initializer_list<uint8_t> place) {
    switch (size_of(instruction)) {
      case 1:
        emit({0x0f, 0xb6});  // movzx eax, byte ...
        break;
      case 2:
        emit({0x0f, 0xb7});  // movzx eax, word ...
        break;
      default:
        emit({0x8b});  // mov eax, ...
    }
    emit(place);
    emit_word(instruction.k);
    if (size_of(instruction) == 2) emit({0x66, 0xc1, 0xc0, 0x08});  // rol ax, 8
    if (size_of(instruction) == 4) emit({0x0f, 0xc8});              // bswap eax
  }

  bool compute(const bpf_insn& instruction) {
    if (BPF_OP(instruction.code) == BPF_NEG) {
      emit({0xf7, 0xd8});  // neg eax
      return true;
    }
    return BPF_SRC(instruction.code) == BPF_X ? compute_with_index(instruction)
                                              : compute_with_constant(instruction);
  }

  bool compute_with_index(const bpf_insn& instruction) {
    switch (BPF_OP(instruction.code)) {
      case BPF_ADD:
        emit({0x01, 0xc8});  // add eax, ecx
        return true;
      case BPF_SUB:
        emit({0x29, 0xc8});  // sub eax, ecx
        return true;
      case BPF_MUL:
        emit({0x0f, 0xaf, 0xc1});  // imul eax, ecx
        return true;
      case BPF_AND:
        emit({0x21, 0xc8});  // and eax, ecx
        return true;
      case BPF_OR:
        emit({0x09, 0xc8});  // or eax, ecx
        return true;
      case BPF_XOR:
        emit({0x31, 0xc8});  // xor eax, ecx
        return true;
      default:
        return false;
    }
  }

  bool compute_with_constant(const bpf_insn& instruction) {
    const uint32_t k = instruction.k;
    const auto operation = BPF_OP(instruction.code);
    if (operation == BPF_LSH || operation == BPF_RSH) {
      if (k > 31) return false;
      emit({0xc1, uint8_t{operation == BPF_LSH ? uint8_t{0xe0} : uint8_t{0xe8}}, static_cast<uint8_t>(k)});
      return true;
    }
    switch (operation) {
      case BPF_ADD:
        emit({0x05});  // add eax, k
        break;
      case BPF_SUB:
        emit({0x2d});  // sub eax, k
        break;
      case BPF_MUL:
        emit({0x69, 0xc0});  // imul eax, eax, k
        break;
      case BPF_AND:
        emit({0x25});  // and eax, k
        break;
      case BPF_OR:
        emit({0x0d});  // or eax, k
        break;
      case BPF_XOR:
        emit({0x35});  // xor eax, k
        break;
      default:
        return false;
    }
    emit_word(k);
    return true;
  }

  void branch(const bpf_insn& instruction) {
    const size_t next = starts_.size();
    const auto operation = BPF_OP(instruction.code);
    if (operation == BPF_JA) return jump(next + instruction.k);
    const bool tests_bits = operation == BPF_JSET;
    if (BPF_SRC(instruction.code) == BPF_X) {
      emit({tests_bits ? uint8_t{0x85} : uint8_t{0x39}, 0xc8});  // test or cmp eax, ecx
    } else {
      emit({tests_bits ? uint8_t{0xa9} : uint8_t{0x3d}});  // test or cmp eax, k
      emit_word(instruction.k);
    }
    const uint8_t condition = condition_of(operation);
    if (instruction.jt == 0) {
      if (instruction.jf != 0) jump_if(condition ^ 1, next + instruction.jf);
      return;
    }
    jump_if(condition, next + instruction.jt);
    if (instruction.jf != 0) jump(next + instruction.jf);
  }

  static uint8_t condition_of(int operation) {
    switch (operation) {
      case BPF_JEQ:
        return kEqual;
      case BPF_JGT:
        return kAbove;
      case BPF_JGE:
        return kAboveOrEqual;
      default:
        return kNotEqual;
    }
  }

  const std::vector<bpf_insn>& code_;
  std::vector<uint8_t> bytes_;
  std::vector<size_t> starts_;  // in bytes_, of each classic instruction
  std::vector<Jump> jumps_;
};

std::optional<std::vector<uint8_t>> compile(const std::vector<bpf_insn>& code) {
  return Compiler(code).run();
}

#else

std::optional<std::vector<uint8_t>> compile(const std::vector<bpf_insn>&) { return std::nullopt; }

#endif

}  // namespace

std::unique_ptr<CompiledFilter> CompiledFilter::make(const std::vector<bpf_insn>& code) {
  const auto bytes = compile(code);
  if (!bytes) return nullptr;
  const size_t size = bytes->size();
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  std::memcpy(memory, bytes->data(), size);
  if (mprotect(memory, size, PROT_READ | PROT_EXEC) != 0) {
    munmap(memory, size);
    return nullptr;
  }
  return std::unique_ptr<CompiledFilter>(new CompiledFilter(memory, size));
}

CompiledFilter::~CompiledFilter() { munmap(memory_, size_); }

}  // namespace dpdk_node
