#include "core/send_ring.h"

#include "convert.h"
#include "core/lcore.h"
#include "core/objects.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

Napi::Value open(const Napi::CallbackInfo& info) {
  const auto port = static_cast<uint16_t>(to_number(info[0]));
  const uint32_t size = to_number(info[1]);
  return on_control_thread(info.Env(), [=]() -> Result {
    const uint32_t id = objects::open_send_ring(port, size);
    const auto [offset, lcore] = objects::send_rings().visit(
        id, [](const PortSendRing& owner) { return std::pair(owner.ring.offset(), owner.lcore.id()); });
    return [id, size, offset = offset, lcore = lcore](Napi::Env env) -> Napi::Value {
      Napi::Object object = Napi::Object::New(env);
      object.Set("id", id);
      object.Set("offset", offset);
      object.Set("size", size);
      object.Set("lcore", lcore);
      return object;
    };
  });
}

}  // namespace

void export_send_ring(Napi::Object exports) {
  export_function(exports, "sendRingOpen", open);
  export_function(exports, "sendRingClose", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      objects::close_send_ring(id);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
  export_function(exports, "sendRingCounters", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return objects::send_rings().visit(to_number(info[0]), [&](const PortSendRing& owner) {
      return from_counts(info.Env(), read(owner.ring.tallies()));
    });
  });
}

}  // namespace dpdk_node
