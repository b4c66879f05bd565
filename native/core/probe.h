// What a generator writes into the last bytes of a packet, and a sink finds there. lib/generator/probe.ts
// repeats it.
//
//   at    bytes   in network order
//   0     4       kMagic
//   4     2       the stream's number
//   6     6       sequence number in the stream, from 0
//   12    6       when it was made: the lowest 48 bits of the TSC; 0 where that was not asked for
#pragma once

#include <rte_byteorder.h>

#include <cstdint>
#include <cstring>

namespace dpdk_node::probe {

inline constexpr uint32_t kMagic = 0x644e5047;  // "dNPG"
inline constexpr uint32_t kSize = 18;
// Where what differs from packet to packet begins.
inline constexpr uint32_t kSequence = 6;
inline constexpr uint64_t kMask48 = (uint64_t{1} << 48) - 1;

struct Probe {
  uint16_t stream;
  uint64_t sequence;
  uint64_t timestamp;
};

// `at` is where the sequence number belongs. Both are at most 48 bits.
inline void write(uint8_t* at, uint64_t sequence, uint64_t timestamp) {
  const uint64_t first = rte_cpu_to_be_64((sequence << 16) | (timestamp >> 32));
  const uint32_t last = rte_cpu_to_be_32(static_cast<uint32_t>(timestamp));
  std::memcpy(at, &first, sizeof first);
  std::memcpy(at + sizeof first, &last, sizeof last);
}

// False when these kSize bytes are none.
inline bool read(const uint8_t* bytes, Probe& probe) {
  uint32_t magic;
  std::memcpy(&magic, bytes, sizeof magic);
  if (magic != rte_cpu_to_be_32(kMagic)) return false;
  uint16_t stream;
  uint64_t first;
  uint32_t last;
  std::memcpy(&stream, bytes + 4, sizeof stream);
  std::memcpy(&first, bytes + kSequence, sizeof first);
  std::memcpy(&last, bytes + kSequence + sizeof first, sizeof last);
  first = rte_be_to_cpu_64(first);
  probe.stream = rte_be_to_cpu_16(stream);
  probe.sequence = first >> 16;
  probe.timestamp = ((first & 0xffff) << 32) | rte_be_to_cpu_32(last);
  return true;
}

}  // namespace dpdk_node::probe
