#include "ring_place.h"

#include "core/objects.h"

namespace dpdk_node {

RingPlace place_of(uint32_t ring, uint16_t port, uint16_t queue, unsigned lcore) {
  return objects::handler_rings().visit(ring, [&](const HandlerRing& object) {
    const SendRing& send_ring = object.send_ring();
    return RingPlace{ring, object.offset(), object.size(), send_ring.offset(), send_ring.size(), lcore, port,
                     queue};
  });
}

Napi::Value from_ring(Napi::Env env, const RingPlace& ring) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", ring.id);
  object.Set("offset", ring.offset);
  object.Set("size", ring.size);
  object.Set("sendOffset", ring.send_offset);
  object.Set("sendSize", ring.send_size);
  object.Set("lcore", ring.lcore);
  object.Set("port", ring.port);
  object.Set("queue", ring.queue);
  return object;
}

}  // namespace dpdk_node
