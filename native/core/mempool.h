// Packet buffers in the arena, in one of two layouts:
//   isolated  only packet bytes are exposed; the rte_mbuf headers stay outside, where no handler can spoil
//             them
//   direct    an ordinary pool, headers in the arena, for drivers that need the data right behind the header
// Isolated buffers do not carry RTE_MBUF_F_EXTERNAL on their way: with it, each one that is freed costs two more
// cache lines. So they must not be cloned as they are (rte_pktmbuf_attach and what is built on it: GSO, IP
// fragmentation), because a clone would look for its header in front of the data. For several destinations the
// reference count goes up; what has to differ is a copy.
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

  // The pool whose buffers contain this byte, or nullptr. Lcores, for the few packets that come from another
  // pool than their queue's.
  static const Mempool* containing(const void* data);
  uint32_t data_room() const { return rte_pktmbuf_data_room_size(pool_); }

 private:
  void create_isolated(const MempoolOptions& options);
  void create_direct(const MempoolOptions& options);
  void list();
  void unlist();

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

}  // namespace dpdk_node
