// Longest prefix match, as lcores use it: addresses in, numbers out. DPDK's own tables are behind it.
//
// The control thread changes a lookup; whether it may do so while lcores read says `changes_in_place`.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

namespace dpdk_node {

using Ipv4Address = uint32_t;  // in the host's byte order
using Ipv6Address = std::array<uint8_t, 16>;

template <typename Address>
struct Prefix {
  Address address;  // zeros behind `length`
  uint8_t length;   // in bits

  // NOLINTNEXTLINE(modernize-use-nullptr): it takes the 0 of what is generated for a pointer
  auto operator<=>(const Prefix&) const = default;
};

template <typename Address>
class PrefixLookup {
 public:
  virtual ~PrefixLookup() = default;

  virtual const char* kind() const = 0;

  // Lcore. What each address was given, by its longest prefix; 0 where there is none.
  virtual void find(const Address* addresses, uint32_t* values, uint16_t count) const = 0;

  // Control thread. Prefixes have at least one bit, values are 1 to kMaxValue. False when there is no room:
  // then nothing has changed.
  virtual bool set(const Prefix<Address>& prefix, uint32_t value) = 0;
  virtual void remove(const Prefix<Address>& prefix) = 0;

  // Whether set() and remove() are safe while lcores read. After remove() the table must then be told when
  // no lcore can see any more what was removed.
  virtual bool changes_in_place() const = 0;
  virtual void removed_unseen() {}

  // What it was made for; more may or may not fit.
  virtual uint32_t capacity() const = 0;
};

using Ipv4Lookup = PrefixLookup<Ipv4Address>;
using Ipv6Lookup = PrefixLookup<Ipv6Address>;

// What two bytes hold beside a flag.
inline constexpr uint32_t kMaxValue = 0x7fff;

// What is to fit in.
struct LookupSize {
  uint32_t routes;
  uint32_t groups;  // blocks of 256 entries, for what is longer than 24 bits
};

// Of IPv4. `kAuto` is rte_lpm for few routes and rte_fib for many.
enum class LookupKind { kAuto, kLpm, kFib };

// Few. rte_lpm answers half a nanosecond sooner than rte_fib and may be changed in place, but to add a route
// takes it the longer the more there are: 2 us at 20,000, 11 us at 100,000.
inline constexpr uint32_t kLpmRoutes = 16384;

// Control thread. Throw NOT_ENOUGH_MEMORY with the bytes that are needed.
std::unique_ptr<Ipv4Lookup> make_ipv4_lookup(LookupSize size, LookupKind kind);
std::unique_ptr<Ipv6Lookup> make_ipv6_lookup(LookupSize size);

}  // namespace dpdk_node
