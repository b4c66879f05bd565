#include "acl.h"

#include <netinet/in.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include <algorithm>
#include <cstring>

namespace dpdk_node {

namespace {

enum class Kind : uint8_t { kIpv4, kIpv6, kNotIp, kBad };

// As in every version of DPDK; its own has changed.
struct Ipv6Header {
  uint32_t version_class_label;
  uint16_t payload_length;
  uint8_t protocol;
  uint8_t hop_limit;
  std::array<uint8_t, 16> source;
  std::array<uint8_t, 16> destination;
};
static_assert(sizeof(Ipv6Header) == 40);

// False where the packet is too short. Headers may lie across segments.
template <typename Header>
bool read(const rte_mbuf* packet, uint32_t offset, Header& header) {
  Header copy;
  const void* bytes = rte_pktmbuf_read(packet, offset, sizeof copy, &copy);
  if (bytes == nullptr) return false;
  std::memcpy(&header, bytes, sizeof header);
  return true;
}

// Protocols without ports, and packets too short for them, have ports 0.
template <typename Key>
void read_ports(const rte_mbuf* packet, uint32_t offset, Key& key) {
  const bool has_ports = key.protocol == IPPROTO_TCP || key.protocol == IPPROTO_UDP ||
                         key.protocol == IPPROTO_SCTP || key.protocol == IPPROTO_UDPLITE ||
                         key.protocol == IPPROTO_DCCP;
  std::array<rte_be16_t, 2> ports = {0, 0};
  if (has_ports) read(packet, offset, ports);
  key.source_port = ports[0];
  key.destination_port = ports[1];
}

Kind read_ipv4(const rte_mbuf* packet, Ipv4FlowKey& key) {
  rte_ipv4_hdr header;
  if (!read(packet, RTE_ETHER_HDR_LEN, header)) return Kind::kBad;
  const uint32_t length = (header.version_ihl & 0x0f) * 4u;
  if (header.version_ihl >> 4 != 4 || length < sizeof header) return Kind::kBad;
  key = {};
  key.protocol = header.next_proto_id;
  std::memcpy(key.source.data(), &header.src_addr, sizeof header.src_addr);
  std::memcpy(key.destination.data(), &header.dst_addr, sizeof header.dst_addr);
  // Later fragments have no ports.
  const bool is_first = (header.fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) == 0;
  if (is_first) read_ports(packet, RTE_ETHER_HDR_LEN + length, key);
  return Kind::kIpv4;
}

// Walks to what is behind the extension headers. (RFC 8200, section 4)
Kind read_ipv6(const rte_mbuf* packet, Ipv6FlowKey& key) {
  constexpr int kMostExtensions = 8;
  Ipv6Header header;
  if (!read(packet, RTE_ETHER_HDR_LEN, header)) return Kind::kBad;
  if (rte_be_to_cpu_32(header.version_class_label) >> 28 != 6) return Kind::kBad;
  key = {};
  key.source = header.source;
  key.destination = header.destination;
  key.protocol = header.protocol;
  uint32_t offset = RTE_ETHER_HDR_LEN + sizeof header;
  for (int i = 0; i < kMostExtensions; i++) {
    std::array<uint8_t, 8> extension;  // each has at least so many bytes
    switch (key.protocol) {
      case IPPROTO_HOPOPTS:
      case IPPROTO_ROUTING:
      case IPPROTO_DSTOPTS:
        if (!read(packet, offset, extension)) return Kind::kBad;
        offset += (extension[1] + 1u) * 8;
        break;
      case IPPROTO_AH:
        if (!read(packet, offset, extension)) return Kind::kBad;
        offset += (extension[1] + 2u) * 4;
        break;
      case IPPROTO_FRAGMENT:
        if (!read(packet, offset, extension)) return Kind::kBad;
        key.protocol = extension[0];
        // Later fragments have no ports, nor anything else that could be walked.
        if ((extension[2] | (extension[3] & 0xf8)) != 0) return Kind::kIpv6;
        offset += 8;
        continue;
      default:
        read_ports(packet, offset, key);
        return Kind::kIpv6;
    }
    key.protocol = extension[0];
  }
  return Kind::kBad;
}

}  // namespace

uint16_t AccessControl::process(rte_mbuf** packets, uint16_t count) {
  uint16_t passed = 0;
  for (uint16_t done = 0; done < count;) {
    const uint16_t part = std::min<uint16_t>(count - done, kBurst);
    passed += process_burst(packets + done, part, packets + passed);
    done += part;
  }
  return passed;
}

uint16_t AccessControl::process_burst(rte_mbuf** packets, uint16_t count, rte_mbuf** passed) {
  Kind kinds[kBurst];
  Ipv4FlowKey ipv4[kBurst];
  Ipv6FlowKey ipv6[kBurst];
  uint16_t ipv4_count = 0;
  uint16_t ipv6_count = 0;
  for (uint16_t i = 0; i < count; i++) {
    rte_ether_hdr ethernet;
    kinds[i] = Kind::kNotIp;
    if (!read(packets[i], 0, ethernet)) continue;
    if (ethernet.ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4)) {
      kinds[i] = read_ipv4(packets[i], ipv4[ipv4_count]);
      if (kinds[i] == Kind::kIpv4) ipv4_count++;
    } else if (ethernet.ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) {
      kinds[i] = read_ipv6(packets[i], ipv6[ipv6_count]);
      if (kinds[i] == Kind::kIpv6) ipv6_count++;
    }
  }
  bool permitted[2][kBurst];  // of IPv4, of IPv6
  if (ipv4_count != 0) list_->classify(ipv4, permitted[0], ipv4_count);
  if (ipv6_count != 0) list_->classify(ipv6, permitted[1], ipv6_count);
  const bool* next[2] = {permitted[0], permitted[1]};
  uint16_t passed_count = 0;
  for (uint16_t i = 0; i < count; i++) {
    const Kind kind = kinds[i];
    const bool is_ip = kind == Kind::kIpv4 || kind == Kind::kIpv6;
    const bool goes_on = is_ip ? *next[kind == Kind::kIpv6]++ : kind == Kind::kNotIp;
    if (goes_on) {
      (is_ip ? permitted_ : not_ip_).add(1);
      passed[passed_count++] = packets[i];
    } else {
      (is_ip ? denied_ : bad_header_).add(1);
      rte_pktmbuf_free(packets[i]);
    }
  }
  return passed_count;
}

}  // namespace dpdk_node
