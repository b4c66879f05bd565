// A field that differs from packet to packet: its next value, where it goes, and what it adds to checksums.
// The table of them is compiled by lib/generator; an lcore executes it.
#pragma once

#include <rte_byteorder.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace dpdk_node {

struct PacketFieldOptions {
  enum class Kind { kRange, kRandom, kList };

  uint16_t offset;  // in the frame
  uint8_t width;    // bytes: 1, 2, 4 or 8, in network order
  uint8_t shift;    // a value is shifted left by so many bits
  uint64_t mask;    // the field's bits
  Kind kind;
  // Range and random: from `minimum` to `maximum`, both included.
  uint64_t minimum;
  uint64_t maximum;
  // Range: it begins with `start`; behind the last value comes the first.
  uint64_t start;
  uint64_t step;
  bool descending;
  uint64_t seed;  // random
  std::vector<uint64_t> list;
  uint32_t repeat;  // so many packets have the same value
  // Bit i: it counts in the stream's checksum i; and there, its bytes are the other way round in the 16-bit
  // words.
  uint8_t covered;
  uint8_t swapped;
};

// The sum of the 16-bit words of a number; not folded.
inline uint32_t sum_words(uint64_t value) {
  return static_cast<uint32_t>((value & 0xffff) + ((value >> 16) & 0xffff) + ((value >> 32) & 0xffff) +
                               (value >> 48));
}

// Adds the carries back in: 16 bits.
inline uint32_t fold(uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

// Adds a part of a packet to the checksums that it counts in.
inline void add_to_sums(uint32_t* sums, uint32_t sum, uint32_t covered, uint32_t swapped) {
  for (; covered != 0; covered &= covered - 1) {
    const int index = __builtin_ctz(covered);
    // Sums have room for the carries of some thousand parts.
    sums[index] += (swapped >> index) & 1 ? rte_bswap16(static_cast<uint16_t>(fold(sum))) : sum;
  }
}

// Belongs to one lcore.
class PacketField {
 public:
  explicit PacketField(PacketFieldOptions options) : options_(std::move(options)), left_(options_.repeat) {
    switch (options_.kind) {
      case PacketFieldOptions::Kind::kRange:
        value_ = options_.start;
        break;
      case PacketFieldOptions::Kind::kRandom:
        random_ = options_.seed;
        value_ = draw();
        break;
      case PacketFieldOptions::Kind::kList:
        value_ = options_.list.front();
    }
  }

  const PacketFieldOptions& options() const { return options_; }

  // Writes the next value into a frame, and adds it to its checksums.
  void apply(uint8_t* frame, uint32_t* sums) {
    const uint64_t bits = (value_ << options_.shift) & options_.mask;
    if (--left_ == 0) {
      left_ = options_.repeat;
      advance();
    }
    write(frame + options_.offset, bits);
    if (options_.covered != 0) add_to_sums(sums, sum_words(bits), options_.covered, options_.swapped);
  }

 private:
  __extension__ using uint128 = unsigned __int128;

  void write(uint8_t* at, uint64_t bits) const {
    switch (options_.width) {
      case 1:
        *at = static_cast<uint8_t>((*at & ~options_.mask) | bits);
        break;
      case 2:
        merge<uint16_t>(at, rte_cpu_to_be_16(static_cast<uint16_t>(bits)),
                        rte_cpu_to_be_16(static_cast<uint16_t>(options_.mask)));
        break;
      case 4:
        merge<uint32_t>(at, rte_cpu_to_be_32(static_cast<uint32_t>(bits)),
                        rte_cpu_to_be_32(static_cast<uint32_t>(options_.mask)));
        break;
      default:
        merge<uint64_t>(at, rte_cpu_to_be_64(bits), rte_cpu_to_be_64(options_.mask));
    }
  }

  template <typename Word>
  static void merge(uint8_t* at, Word bits, Word mask) {
    // A field that fills its bytes need not wait for what was written there just before.
    if (mask != static_cast<Word>(~Word{0})) {
      Word word;
      std::memcpy(&word, at, sizeof word);
      bits = static_cast<Word>((word & ~mask) | bits);
    }
    std::memcpy(at, &bits, sizeof bits);
  }

  void advance() {
    switch (options_.kind) {
      case PacketFieldOptions::Kind::kRange:
        if (options_.descending) {
          value_ = value_ - options_.minimum < options_.step ? options_.maximum : value_ - options_.step;
        } else {
          value_ = options_.maximum - value_ < options_.step ? options_.minimum : value_ + options_.step;
        }
        break;
      case PacketFieldOptions::Kind::kRandom:
        value_ = draw();
        break;
      case PacketFieldOptions::Kind::kList:
        if (++listed_ == options_.list.size()) listed_ = 0;
        value_ = options_.list[listed_];
    }
  }

  // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014), and of its 64 bits
  // as many as the range needs, by multiplication: a value's odds differ from another's by 2^-64 of the
  // range's size at most.
  uint64_t draw() {
    random_ += 0x9e3779b97f4a7c15;
    uint64_t bits = random_;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    bits ^= bits >> 31;
    const uint64_t last = options_.maximum - options_.minimum;
    if (last == UINT64_MAX) return bits;
    return options_.minimum + static_cast<uint64_t>((static_cast<uint128>(bits) * (last + 1)) >> 64);
  }

  const PacketFieldOptions options_;
  uint64_t value_ = 0;
  uint32_t left_;
  size_t listed_ = 0;
  uint64_t random_ = 0;
};

}  // namespace dpdk_node
