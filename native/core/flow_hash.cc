#include "flow_hash.h"

#include <netinet/in.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_hash_crc.h>
#include <rte_ip.h>

#include <cstring>

namespace dpdk_node {

namespace {

// Reads at an offset of the first segment; zeros behind its end.
template <typename T>
T read_at(const rte_mbuf* packet, uint32_t offset) {
  T value = {};
  if (offset + sizeof value <= packet->data_len) {
    std::memcpy(&value, rte_pktmbuf_mtod_offset(packet, const char*, offset), sizeof value);
  }
  return value;
}

// Addition does not care which is the source and which the destination.
uint32_t either_way(uint32_t source, uint32_t destination) {
  return rte_hash_crc_4byte(source, 0) + rte_hash_crc_4byte(destination, 0);
}

uint32_t hash_ethernet_address(const rte_mbuf* packet, uint32_t offset) {
  const auto address = read_at<rte_ether_addr>(packet, offset);
  uint64_t number = 0;
  std::memcpy(&number, &address, sizeof address);
  return rte_hash_crc_8byte(number, 0);
}

uint32_t hash_ports(const rte_mbuf* packet, uint32_t offset, uint8_t protocol) {
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_SCTP) return 0;
  return either_way(read_at<uint16_t>(packet, offset), read_at<uint16_t>(packet, offset + 2));
}

uint32_t hash_ipv4(const rte_mbuf* packet, uint32_t offset) {
  const auto header = read_at<rte_ipv4_hdr>(packet, offset);
  const uint32_t addresses = either_way(header.src_addr, header.dst_addr);
  const bool is_fragment =
      (header.fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0;
  const uint32_t ports =
      is_fragment ? 0 : hash_ports(packet, offset + rte_ipv4_hdr_len(&header), header.next_proto_id);
  return rte_hash_crc_4byte(addresses + ports, header.next_proto_id);
}

// Behind extension headers no ports are looked for: then all packets between two hosts stay together.
uint32_t hash_ipv6(const rte_mbuf* packet, uint32_t offset) {
  // Aligned, because the hash reads eight bytes at a time.
  struct alignas(8) Header {
    uint32_t version_class_label;
    uint16_t payload_length;
    uint8_t protocol;
    uint8_t hop_limit;
    uint32_t source[4];
    uint32_t destination[4];
  };
  static_assert(sizeof(Header) == 40);
  const auto header = read_at<Header>(packet, offset);
  const uint32_t addresses =
      either_way(rte_hash_crc(header.source, 16, 0), rte_hash_crc(header.destination, 16, 0));
  const uint32_t ports = hash_ports(packet, offset + sizeof header, header.protocol);
  return rte_hash_crc_4byte(addresses + ports, header.protocol);
}

}  // namespace

uint32_t flow_hash(const rte_mbuf* packet) {
  if (packet->ol_flags & RTE_MBUF_F_RX_RSS_HASH) return packet->hash.rss;
  uint32_t offset = RTE_ETHER_HDR_LEN;
  auto type = read_at<uint16_t>(packet, offset - 2);
  while (type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ)) {
    offset += RTE_VLAN_HLEN;
    if (offset > packet->data_len) break;
    type = read_at<uint16_t>(packet, offset - 2);
  }
  if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4)) return hash_ipv4(packet, offset);
  if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) return hash_ipv6(packet, offset);
  return either_way(hash_ethernet_address(packet, RTE_ETHER_ADDR_LEN), hash_ethernet_address(packet, 0));
}

}  // namespace dpdk_node
