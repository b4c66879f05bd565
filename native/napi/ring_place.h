// Where a handler ring lies, for the JavaScript thread that will read it: `NativeRing` of lib/addon.ts.
#pragma once

#include <napi.h>

#include <cstdint>

namespace dpdk_node {

struct RingPlace {
  uint32_t id;
  uint32_t offset;
  uint32_t size;
  uint32_t send_offset;
  uint32_t send_size;
  unsigned lcore;
  uint16_t port;
  uint16_t queue;
};

// Control thread.
RingPlace place_of(uint32_t ring, uint16_t port, uint16_t queue, unsigned lcore);
Napi::Value from_ring(Napi::Env env, const RingPlace& ring);

}  // namespace dpdk_node
