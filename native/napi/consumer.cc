#include "core/consumer.h"

#include <chrono>
#include <map>

#include "convert.h"
#include "core/objects.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

void ring_bell(Napi::Env env, Napi::Function on_ready, std::nullptr_t*, void*) {
  if (env != nullptr) on_ready.Call({});
}
using Bell = Napi::TypedThreadSafeFunction<std::nullptr_t, void, ring_bell>;

// A consumer's way to its event loop. The notifier thread rings it, but not after objects::close_consumer.
std::map<uint32_t, Bell>& bells() {
  static thread_local auto* bells = new std::map<uint32_t, Bell>;
  return *bells;
}

Napi::Value open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Bell bell = Bell::New(env, info[0].As<Napi::Function>(), "dpdk-node consumer", 0, 1);
  bell.Unref(env);
  const uint32_t id = objects::open_consumer([bell] { bell.NonBlockingCall(); });
  bells().emplace(id, bell);
  consumers_of(env).insert(id);
  return Napi::Number::New(env, id);
}

Napi::Value close(const Napi::CallbackInfo& info) {
  const uint32_t id = to_number(info[0]);
  objects::close_consumer(id);
  consumers_of(info.Env()).erase(id);
  if (auto bell = bells().extract(id)) bell.mapped().Release();
  return info.Env().Undefined();
}

Napi::Value reference(const Napi::CallbackInfo& info) {
  const auto bell = bells().find(to_number(info[0]));
  if (bell == bells().end()) return info.Env().Undefined();
  if (info[1].As<Napi::Boolean>()) {
    bell->second.Ref(info.Env());
  } else {
    bell->second.Unref(info.Env());
  }
  return info.Env().Undefined();
}

}  // namespace

void export_consumer(Napi::Object exports) {
  export_function(exports, "consumerOpen", open);
  export_function(exports, "consumerClose", close);
  export_function(exports, "consumerReference", reference);
  export_function(exports, "consumerAttach", [](const Napi::CallbackInfo& info) -> Napi::Value {
    objects::attach_ring(to_number(info[0]), to_number(info[1]));
    return info.Env().Undefined();
  });
  export_function(exports, "consumerDetach", [](const Napi::CallbackInfo& info) -> Napi::Value {
    objects::detach_ring(to_number(info[0]), to_number(info[1]));
    return info.Env().Undefined();
  });
  export_function(exports, "consumerArm", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return Napi::Boolean::New(info.Env(), objects::consumers().get(to_number(info[0]))->arm());
  });
  export_function(exports, "consumerWait", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const std::chrono::milliseconds limit(to_number(info[1]));
    return Napi::Boolean::New(info.Env(), objects::consumers().get(to_number(info[0]))->wait(limit));
  });
  export_function(exports, "consumerWake", [](const Napi::CallbackInfo& info) -> Napi::Value {
    objects::consumers().get(to_number(info[0]))->wake();
    return info.Env().Undefined();
  });
}

}  // namespace dpdk_node
