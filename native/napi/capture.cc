#include "core/capture.h"

#include "convert.h"
#include "core/lcore.h"
#include "core/objects.h"
#include "core/port.h"
#include "environment.h"
#include "exports.h"
#include "ring_place.h"

namespace dpdk_node {

namespace {

objects::CaptureOptions to_options(const Napi::Object& object) {
  objects::CaptureOptions options = {
      {}, to_number(object.Get("snapLength")), to_number(object.Get("ringSize"))};
  if (object.Get("filter").IsString()) options.filter = object.Get("filter").As<Napi::String>().Utf8Value();
  return options;
}

}  // namespace

void export_capture(Napi::Object exports) {
  export_function(exports, "captureStart", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const auto port = static_cast<uint16_t>(to_number(info[0]));
    const auto queue = static_cast<uint16_t>(to_number(info[1]));
    const objects::CaptureOptions options = to_options(info[2].As<Napi::Object>());
    return on_control_thread(info.Env(), [=]() -> Result {
      const uint32_t ring = objects::start_capture(port, queue, options);
      const RingPlace place = place_of(ring, port, queue, Port::get(port)->rx_queue(queue).lcore().id());
      return [place](Napi::Env env) { return from_ring(env, place); };
    });
  });
  export_function(exports, "captureStop", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t ring = to_number(info[0]);
    return on_control_thread(info.Env(), [ring]() -> Result {
      objects::stop_capture(ring);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
}

}  // namespace dpdk_node
