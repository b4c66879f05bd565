#include "l3fwd.h"

#include <rte_ip.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <cstring>

namespace dpdk_node {

namespace {

constexpr uint16_t kPrefetchAhead = 4;
// As far as forwarding changes a packet: both addresses and the type, and in an IPv4 header up to the checksum.
constexpr uint32_t kChanged = RTE_ETHER_HDR_LEN + offsetof(rte_ipv4_hdr, src_addr);

// Packets may begin at any address.
struct EthernetHeader {
  uint8_t addresses[12];
  rte_be16_t type;
} __rte_packed;

// As in every version of DPDK; its own has changed.
struct Ipv6Header {
  rte_be32_t version_class_label;
  rte_be16_t payload_length;
  uint8_t protocol;
  uint8_t hop_limit;
  Ipv6Address source;
  Ipv6Address destination;
} __rte_packed;
static_assert(sizeof(Ipv6Header) == 40);

// Bytes of a packet, which may lie in several segments: then they are copied.
template <typename Header>
class HeaderOf {
 public:
  HeaderOf(const rte_mbuf* packet, uint32_t offset)
      : bytes_(rte_pktmbuf_read(packet, offset, sizeof(Header), copy_)) {}
  // False where the packet is too short.
  explicit operator bool() const { return bytes_ != nullptr; }
  const Header* operator->() const { return get(); }
  const Header* get() const { return static_cast<const Header*>(bytes_); }

 private:
  uint8_t copy_[sizeof(Header)];
  const void* bytes_;
};

template <typename Number>
Number load(const uint8_t* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

// RFC 1071, eight bytes at a time: with the checksum in it, a header's sum is minus zero.
class HeaderSum {
 public:
  void add(uint64_t words) {
    sum_ += words;
    sum_ += sum_ < words ? 1 : 0;
  }
  // Adding a number to itself with its halves exchanged leaves their sum, end-around, in the upper half.
  bool is_minus_zero() const {
    const uint64_t halves = sum_ + (sum_ << 32 | sum_ >> 32);
    const auto words = static_cast<uint32_t>(halves >> 32);
    return (words + (words << 16 | words >> 16)) >> 16 == 0xffff;
  }

 private:
  uint64_t sum_ = 0;
};

bool has_right_checksum(const rte_ipv4_hdr* header) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(header);
  HeaderSum sum;
  sum.add(load<uint64_t>(bytes));
  sum.add(load<uint64_t>(bytes + 8));
  sum.add(load<uint32_t>(bytes + 16));
  return sum.is_minus_zero();
}

bool has_right_checksum(const rte_mbuf* packet, uint32_t header_length) {
  uint8_t copy[15 * 4];
  const auto* header =
      static_cast<const uint8_t*>(rte_pktmbuf_read(packet, RTE_ETHER_HDR_LEN, header_length, copy));
  HeaderSum sum;
  for (uint32_t at = 0; at < header_length; at += 4) sum.add(load<uint32_t>(header + at));
  return sum.is_minus_zero();
}

// Not to this network (0/8), a loop (127/8), a group (224/4), or what is reserved (240/4), the broadcast among
// them. (RFC 1812, sections 4.2.2.11 and 5.3.7)
bool is_unicast(Ipv4Address address) {
  const uint32_t first = address >> 24;
  return first != 0 && first != 127 && first < 224;
}

// Neither unspecified or looping (::, ::1), nor of the link (fe80::/10), nor a group (ff00::/8). (RFC 4291)
bool is_global(const Ipv6Address& address) {
  if (unlikely(address[0] == 0xff || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80))) return false;
  uint64_t halves[2];
  std::memcpy(halves, address.data(), sizeof halves);
  return halves[0] != 0 || rte_be_to_cpu_64(halves[1]) > 1;
}

// One hop less. RFC 1624: the checksum grows by what the word with the time to live has lost, end-around.
void count_down(rte_ipv4_hdr* header) {
  header->time_to_live--;
  const uint32_t sum = uint32_t{header->hdr_checksum} + RTE_BE16(0x0100);
  header->hdr_checksum = static_cast<rte_be16_t>(sum + (sum >= 0xffff ? 1 : 0));
}

void count_down(uint8_t* frame, bool is_ipv6) {
  uint8_t* header = frame + RTE_ETHER_HDR_LEN;
  if (is_ipv6) {
    reinterpret_cast<Ipv6Header*>(header)->hop_limit--;
  } else {
    count_down(reinterpret_cast<rte_ipv4_hdr*>(header));
  }
}

// Where the first segment ends in the headers.
void write_across(rte_mbuf* segment, const uint8_t* bytes, uint32_t length) {
  while (length != 0) {
    const uint32_t here = std::min<uint32_t>(length, segment->data_len);
    std::memcpy(rte_pktmbuf_mtod(segment, uint8_t*), bytes, here);
    bytes += here;
    length -= here;
    segment = segment->next;
  }
}

using Addresses = std::array<uint8_t, size_t{2} * RTE_ETHER_ADDR_LEN>;

void update(rte_mbuf* packet, bool is_ipv6, const Addresses& addresses) {
  if (likely(packet->data_len >= kChanged)) {
    auto* frame = rte_pktmbuf_mtod(packet, uint8_t*);
    std::memcpy(frame, addresses.data(), addresses.size());
    count_down(frame, is_ipv6);
    return;
  }
  alignas(2) uint8_t copy[kChanged];
  uint8_t scratch[kChanged];
  std::memcpy(copy, rte_pktmbuf_read(packet, 0, kChanged, scratch), kChanged);
  std::memcpy(copy, addresses.data(), addresses.size());
  count_down(copy, is_ipv6);
  write_across(packet, copy, kChanged);
}

}  // namespace

// RFC 1812, section 5.2.2.
__rte_always_inline bool L3Forward::sort_ipv4(rte_mbuf* packet, Burst& burst) {
  const HeaderOf<rte_ipv4_hdr> header(packet, RTE_ETHER_HDR_LEN);
  if (unlikely(!header)) return drop(packet, bad_header_);
  const uint32_t header_length = (header->version_ihl & 0x0f) * 4u;
  const uint32_t length = rte_be_to_cpu_16(header->total_length);
  if (unlikely(header->version_ihl >> 4 != 4 || header_length < sizeof(rte_ipv4_hdr) ||
               length < header_length || length > packet->pkt_len - RTE_ETHER_HDR_LEN)) {
    return drop(packet, bad_header_);
  }
  const uint64_t known = packet->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
  const bool is_right =
      known == RTE_MBUF_F_RX_IP_CKSUM_GOOD ||
      (known != RTE_MBUF_F_RX_IP_CKSUM_BAD &&
       (likely(header_length == sizeof(rte_ipv4_hdr)) ? has_right_checksum(header.get())
                                                      : has_right_checksum(packet, header_length)));
  if (unlikely(!is_right)) return drop(packet, bad_checksum_);
  const Ipv4Address destination = rte_be_to_cpu_32(header->dst_addr);
  if (unlikely(!is_unicast(destination))) return false;
  if (unlikely(header->time_to_live <= 1)) return drop(packet, ttl_exceeded_);
  burst.ipv4[burst.ipv4_count++] = destination;
  burst.is_ipv6[burst.count] = false;
  burst.packets[burst.count++] = packet;
  return true;
}

// RFC 8200, section 3; scopes: RFC 4291, section 2.5.6.
__rte_always_inline bool L3Forward::sort_ipv6(rte_mbuf* packet, Burst& burst) {
  const HeaderOf<Ipv6Header> header(packet, RTE_ETHER_HDR_LEN);
  if (unlikely(!header)) return drop(packet, bad_header_);
  const bool is_version_6 = (rte_be_to_cpu_32(header->version_class_label) >> 28) == 6;
  const uint32_t length = RTE_ETHER_HDR_LEN + sizeof(Ipv6Header) + rte_be_to_cpu_16(header->payload_length);
  if (unlikely(!is_version_6 || length > packet->pkt_len)) return drop(packet, bad_header_);
  if (unlikely(!is_global(header->destination) || !is_global(header->source))) return false;
  if (unlikely(header->hop_limit <= 1)) return drop(packet, ttl_exceeded_);
  burst.ipv6[burst.ipv6_count++] = header->destination;
  burst.is_ipv6[burst.count] = true;
  burst.packets[burst.count++] = packet;
  return true;
}

__rte_always_inline bool L3Forward::sort(rte_mbuf* packet, Burst& burst) {
  const HeaderOf<EthernetHeader> ethernet(packet, 0);
  if (unlikely(!ethernet)) return false;
  if (ethernet->type == RTE_BE16(RTE_ETHER_TYPE_IPV4)) return sort_ipv4(packet, burst);
  if (ethernet->type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) return sort_ipv6(packet, burst);
  return false;
}

uint16_t L3Forward::process(rte_mbuf** packets, uint16_t count) {
  uint16_t passed = 0;
  for (uint16_t done = 0; done < count;) {
    const uint16_t part = std::min<uint16_t>(count - done, kBurst);
    passed += process_burst(packets + done, part, packets + passed);
    done += part;
  }
  return passed;
}

Tallies L3Forward::tallies() const {
  return {{"forwarded", &forwarded_},      {"passed", &passed_},
          {"badHeader", &bad_header_},     {"badChecksum", &bad_checksum_},
          {"ttlExceeded", &ttl_exceeded_}, {"noRoute", &no_route_},
          {"noNeighbour", &no_neighbour_}, {"noOutput", &no_output_}};
}

uint16_t L3Forward::process_burst(rte_mbuf** packets, uint16_t count, rte_mbuf** passed) {
  for (uint16_t i = 0; i < std::min(count, kPrefetchAhead); i++) {
    rte_prefetch0(rte_pktmbuf_mtod(packets[i], void*));
  }
  Burst burst;
  uint16_t passed_count = 0;
  for (uint16_t i = 0; i < count; i++) {
    if (i + kPrefetchAhead < count) rte_prefetch0(rte_pktmbuf_mtod(packets[i + kPrefetchAhead], void*));
    if (!sort(packets[i], burst)) passed[passed_count++] = packets[i];
  }
  if (passed_count != 0) passed_.add(passed_count);
  route(burst);
  return passed_count;
}

bool L3Forward::drop(rte_mbuf* packet, Counter& reason) {
  reason.add(1);
  rte_pktmbuf_free(packet);
  return true;
}

void L3Forward::route(const Burst& burst) {
  uint32_t values[2][kBurst];  // of IPv4, of IPv6
  if (burst.ipv4_count != 0) table_->find(burst.ipv4, values[0], burst.ipv4_count);
  if (burst.ipv6_count != 0) table_->find(burst.ipv6, values[1], burst.ipv6_count);
  const uint32_t* next[2] = {values[0], values[1]};
  // Often a packet takes the way of the one before it.
  Hop::Word last = 0;
  Addresses addresses = {};
  Group* group = nullptr;
  for (uint16_t i = 0; i < burst.count; i++) {
    rte_mbuf* packet = burst.packets[i];
    const bool is_ipv6 = burst.is_ipv6[i];
    const Hop::Word word = table_->next_hops().pick(*next[is_ipv6]++, packet);
    if (unlikely(group == nullptr || word != last)) {
      const auto hop = __builtin_bit_cast(Hop, word);
      if (unlikely(hop.port >= ways_.size())) {
        drop(packet, hop.is_unknown_neighbour() ? no_neighbour_ : no_route_);
        continue;
      }
      if (unlikely(ways_[hop.port].output == nullptr)) {
        drop(packet, no_output_);
        continue;
      }
      last = word;
      std::memcpy(addresses.data(), &hop.address, RTE_ETHER_ADDR_LEN);
      std::memcpy(addresses.data() + RTE_ETHER_ADDR_LEN, &ways_[hop.port].source, RTE_ETHER_ADDR_LEN);
      group = &groups_[hop.port];
      if (group->count == 0) touched_[touched_count_++] = hop.port;
    }
    update(packet, is_ipv6, addresses);
    group->packets[group->count++] = packet;
  }
  send_all();
}

// In groups, one for each port: packets to the same port stay in their order.
void L3Forward::send_all() {
  uint16_t forwarded = 0;
  for (uint16_t i = 0; i < touched_count_; i++) {
    Group& group = groups_[touched_[i]];
    forwarded += group.count;
    ways_[touched_[i]].output->send(group.packets, group.count);
    group.count = 0;
  }
  touched_count_ = 0;
  if (forwarded != 0) forwarded_.add(forwarded);
}

}  // namespace dpdk_node
