#include "core/eal.h"

#include <rte_version.h>

#include <algorithm>
#include <chrono>

#include "convert.h"
#include "core/arena.h"
#include "core/control.h"
#include "core/log.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

eal::Options to_options(const Napi::Object& object) {
  const auto arena = object.Get("arena").As<Napi::Uint8Array>();
  // The view crosses Node-API, the SharedArrayBuffer itself does not.
  void* base = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(arena.Env(), arena, nullptr, &length, &base, nullptr, nullptr);
  return {to_strings(object.Get("arguments")), static_cast<uint8_t*>(base), length,
          object.Get("idle").As<Napi::String>().Utf8Value() == "sleep" ? Idle::kSleep : Idle::kSpin,
          object.Get("echoLog").As<Napi::Boolean>()};
}

Napi::Value from_info(Napi::Env env, const eal::Info& info) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("mainLcore", info.main_lcore);
  object.Set("lcores", from_list(env, info.lcores, [&](const eal::LcoreInfo& lcore) {
               Napi::Object entry = Napi::Object::New(env);
               entry.Set("id", lcore.id);
               entry.Set("cpus", from_list(env, lcore.cpus,
                                           [&](unsigned cpu) { return Napi::Number::New(env, cpu); }));
               entry.Set("socket", lcore.socket);
               return entry;
             }));
  object.Set("pageSize", static_cast<double>(info.page_size));
  object.Set("hugepages", info.hugepages);
  object.Set("iovaMode", info.iova_as_va ? "va" : "pa");
  object.Set("runtimeDirectory", info.runtime_directory);
  return object;
}

const char* use_name(ZoneUse use) {
  switch (use) {
    case ZoneUse::kPackets:
      return "packets";
    case ZoneUse::kPool:
      return "pool";
    default:
      return "rings";
  }
}

Napi::Value read_arena(const Napi::CallbackInfo& info) {
  const uint32_t offset = to_number(info[0]);
  const uint32_t length = to_number(info[1]);
  const uint8_t* address = arena::native_address(offset, length);
  if (address == nullptr) throw Error("ARENA_UNBACKED", "no EAL memory lies at that part of the arena");
  auto copy = Napi::Uint8Array::New(info.Env(), length);
  std::copy_n(address, length, copy.Data());
  return copy;
}

}  // namespace

void export_eal(Napi::Object exports) {
  exports.Set("dpdkVersion", rte_version());

  export_function(exports, "ealInit", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const eal::Options options = to_options(info[0].As<Napi::Object>());
    return on_control_thread(info.Env(), [options]() -> Result {
      const eal::Info result = eal::init(options);
      return [result](Napi::Env env) { return from_info(env, result); };
    });
  });
  export_function(exports, "ealClose", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return on_control_thread(info.Env(), []() -> Result {
      eal::close();
      return [](Napi::Env env) { return env.Undefined(); };
    });
  });
  export_function(exports, "ealCloseSync", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const std::chrono::milliseconds limit(to_number(info[0]));
    return Napi::Boolean::New(info.Env(), control::run([] { eal::close(); }, limit));
  });
  export_function(exports, "ealLog", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return from_strings(info.Env(), log::since(0));
  });
  export_function(exports, "arenaRead", read_arena);
  export_function(exports, "arenaZones", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const Napi::Env env = info.Env();
    return from_list(env, arena::zones(), [&](const arena::ZoneInfo& zone) {
      Napi::Object object = Napi::Object::New(env);
      object.Set("offset", zone.offset);
      object.Set("length", static_cast<double>(zone.length));
      object.Set("use", use_name(zone.use));
      return object;
    });
  });
}

}  // namespace dpdk_node
