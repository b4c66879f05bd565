// Packet buffers in the arena, in one of two layouts:
//   isolated  only packet bytes are exposed; the rte_mbuf headers stay outside, where no handler can spoil
//             them
//   direct    an ordinary pool, headers in the arena, for drivers that need the data right behind the header
// Made and freed on the control thread; buffers are taken and given back on lcores.
#pragma once

#include <rte_ether.h>
#include <rte_mbuf.h>

#include <memory>
#include <string>

#include "arena.h"

namespace dpdk_node {

struct MempoolOptions {
  std::string name;
  uint32_t size;        // buffers
  uint32_t cache_size;  // buffers kept per lcore
  uint32_t data_room;   // bytes of a buffer, headroom included
  int socket;           // SOCKET_ID_ANY for any
  bool isolated;
};

class Mempool {
 public:
  explicit Mempool(const MempoolOptions& options);
  ~Mempool();
  Mempool(const Mempool&) = delete;
  Mempool& operator=(const Mempool&) = delete;

  rte_mempool* handle() const { return pool_; }
  const Zone& zone() const { return *zone_; }
  bool isolated() const { return isolated_; }

  // The pool whose buffers contain this byte, or nullptr. Lcores, for the few packets that come from another
  // pool than their queue's.
  static const Mempool* containing(const void* data);
  uint32_t data_room() const { return rte_pktmbuf_data_room_size(pool_); }

 private:
  void create_isolated(const MempoolOptions& options);
  void create_direct(const MempoolOptions& options);
  void list();
  void unlist();

  bool isolated_;
  std::unique_ptr<Zone> zone_;
  rte_mempool* pool_ = nullptr;
};

// Moves a packet's start, as an offset in its buffer, and changes the length of its first segment. False, and
// nothing is changed, when that would not lie within the buffer or leave less than an Ethernet header.
inline bool resize_first_segment(rte_mbuf* packet, uint32_t data_off, uint16_t length) {
  if (data_off > packet->buf_len || length > packet->buf_len - data_off || length < RTE_ETHER_HDR_LEN)
    return false;
  packet->pkt_len += static_cast<uint32_t>(length) - packet->data_len;
  packet->data_off = static_cast<uint16_t>(data_off);
  packet->data_len = length;
  return true;
}

// Drivers that fill `ol_flags` on receive lose the mark of an external buffer; without it a clone of the
// packet, and everything built on clones, computes a wild address. Called for each burst from an isolated
// pool.
inline void mark_external(rte_mbuf** packets, uint16_t count) {
  for (uint16_t i = 0; i < count; i++) {
    rte_mbuf* packet = packets[i];
    packet->ol_flags |= RTE_MBUF_F_EXTERNAL;
    if (unlikely(packet->nb_segs > 1)) {
      for (rte_mbuf* segment = packet->next; segment != nullptr; segment = segment->next) {
        segment->ol_flags |= RTE_MBUF_F_EXTERNAL;
      }
    }
  }
}

}  // namespace dpdk_node
