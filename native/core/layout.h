// The memory that lcores and JavaScript share, byte for byte. This file is its only source:
// lib/ring/layout.ts repeats the numbers, and a test compares the two through `layout` in the addon's
// exports.
//
// Everything here may be overwritten by JavaScript at any time. Native code keeps what it relies on in
// private memory, reads each shared word once, and checks it before use.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace dpdk_node::layout {

// One writer per line. 128 bytes is a line on some arm64 cores, and a prefetched pair of lines on x86-64.
inline constexpr size_t kLine = 128;

// What an lcore tells of one packet segment and, in `verdict`, what JavaScript answers. Eight bytes, because
// these are the lines that cross between two cores for every burst.
struct Descriptor {
  uint32_t offset;   // of the first byte, from the start of the arena
  uint16_t length;   // of this segment, in bytes
  uint16_t verdict;  // lcore: kVerdictUnhandled, perhaps with kMoreSegments; JavaScript: its decision
};
static_assert(sizeof(Descriptor) == 8);

// What few handlers read; written by the lcore only, on lines that cross only when they are read.
struct Metadata {
  uint32_t hash;         // RSS hash, valid with kFlagHash
  uint32_t packet_type;  // RTE_PTYPE_* bits, 0 where the device does not classify
  uint16_t vlan;         // stripped VLAN tag control information, valid with kFlagVlan
  uint16_t flags;        // kFlag*
  uint16_t headroom;     // bytes before the packet that belong to its buffer
  uint16_t tailroom;     // bytes behind it, likewise
};
static_assert(sizeof(Metadata) == 16);

inline constexpr uint16_t kFlagHash = 1 << 0;
inline constexpr uint16_t kFlagVlan = 1 << 1;
inline constexpr uint16_t kFlagIpChecksumGood = 1 << 2;
inline constexpr uint16_t kFlagIpChecksumBad = 1 << 3;
inline constexpr uint16_t kFlagL4ChecksumGood = 1 << 4;
inline constexpr uint16_t kFlagL4ChecksumBad = 1 << 5;

// A verdict's low 12 bits.
inline constexpr uint16_t kVerdictMask = 0x0fff;
inline constexpr uint16_t kVerdictUnhandled = 0;  // the handler left it alone
inline constexpr uint16_t kVerdictDrop = 1;
inline constexpr uint16_t kVerdictContinue = 2;  // the program goes on behind the handler
inline constexpr uint16_t kVerdictFailed = 3;    // the handler threw before it decided
inline constexpr uint16_t kVerdictOutput = 8;    // + index of a declared output
inline constexpr uint16_t kVerdictHold =
    0x800;  // + a free slot of the handler's send ring: JavaScript keeps it
// Its flags.
inline constexpr uint16_t kMoreSegments = 1 << 14;  // lcore: the packet goes on in the next descriptor
inline constexpr uint16_t kResized = 1 << 15;  // JavaScript: offset and length were changed, read them back

// lcore -> JavaScript, answered in place. Followed by Descriptor[size], then Metadata[size]; size is a power
// of 2. Counters run freely and wrap at 2^32.
struct HandlerRing {
  alignas(kLine) std::atomic<uint32_t> produced;   // by the lcore: descriptors written
  alignas(kLine) std::atomic<uint32_t> completed;  // by JavaScript: descriptors answered
  std::byte zeros[kLine - 4];                      // stay zero: there JavaScript points packets that are gone
  // What JavaScript looks at for every batch, and the lcore seldom writes: on a line that stays in both CPUs.
  alignas(kLine) std::atomic<uint32_t> asleep;  // by the lcore: 1 while completions need a doorbell
  // By the lcore: behind the last packet of several segments. Not beyond it, no descriptor has kMoreSegments.
  std::atomic<uint32_t> segmented;
};
static_assert(sizeof(HandlerRing) == 3 * kLine);
static_assert(offsetof(HandlerRing, completed) == kLine && offsetof(HandlerRing, asleep) == 2 * kLine &&
              offsetof(HandlerRing, segmented) == 2 * kLine + 4);

// An empty buffer that an lcore lends to JavaScript.
struct Supply {
  uint32_t offset;    // of the first byte to fill, headroom already left
  uint16_t capacity;  // bytes that fit
  uint16_t packet;    // its name: give it back in Submission::packet
};
static_assert(sizeof(Supply) == 8);

// A packet that JavaScript owned, on its way back: a lent buffer, filled, or one that was held.
struct Submission {
  uint32_t offset;
  uint16_t length;   // of the first segment
  uint16_t packet;   // its name: as supplied, or kHeldName + the slot it was held in
  uint16_t verdict;  // kVerdictOutput + index, kVerdictDrop or kVerdictContinue
  uint16_t reserved[3];
};
static_assert(sizeof(Submission) == 16);

inline constexpr uint16_t kHeldName = 0x8000;

// Packets that JavaScript owns: buffers out, packets back. Followed by Supply[size], then Submission[2 *
// size]. There are `size` lent buffers and `size` slots for held packets at most, and each is in circulation
// once, so neither column can overflow.
struct SendRing {
  alignas(kLine) std::atomic<uint32_t> supplied;   // by the lcore
  std::atomic<uint32_t> asleep;                    // by the lcore, as above
  std::atomic<uint32_t> reaped;                    // by the lcore: submissions executed
  alignas(kLine) std::atomic<uint32_t> submitted;  // by JavaScript
};
static_assert(sizeof(SendRing) == 2 * kLine);
static_assert(offsetof(SendRing, reaped) == 8 && offsetof(SendRing, submitted) == kLine);

static_assert(std::atomic<uint32_t>::is_always_lock_free && sizeof(std::atomic<uint32_t>) == 4);

}  // namespace dpdk_node::layout
