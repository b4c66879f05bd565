#include "core/mempool.h"

#include "convert.h"
#include "core/objects.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

MempoolOptions to_options(const Napi::Object& object) {
  return {object.Get("name").As<Napi::String>(),
          to_number(object.Get("size")),
          to_number(object.Get("cacheSize")),
          to_number(object.Get("dataRoom")),
          object.Get("socket").As<Napi::Number>().Int32Value(),
          object.Get("layout").As<Napi::String>().Utf8Value() == "isolated"};
}

}  // namespace

void export_mempool(Napi::Object exports) {
  export_function(exports, "mempoolCreate", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const MempoolOptions options = to_options(info[0].As<Napi::Object>());
    return on_control_thread(info.Env(), [options]() -> Result {
      const auto pool = std::make_shared<Mempool>(options);
      const uint32_t offset = pool->zone().offset();
      const size_t length = pool->zone().length();
      const uint32_t id = objects::mempools().add(pool);
      return [=](Napi::Env env) {
        Napi::Object object = Napi::Object::New(env);
        object.Set("id", id);
        object.Set("offset", offset);
        object.Set("length", static_cast<double>(length));
        return object;
      };
    });
  });
  export_function(exports, "mempoolFree", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      objects::free_mempool(id);
      return [](Napi::Env env) { return env.Undefined(); };
    });
  });
  export_function(exports, "mempoolCounts", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const Napi::Env env = info.Env();
    return objects::mempools().visit(to_number(info[0]), [&](const Mempool& pool) {
      Napi::Object object = Napi::Object::New(env);
      object.Set("available", rte_mempool_avail_count(pool.handle()));
      object.Set("inUse", rte_mempool_in_use_count(pool.handle()));
      return object;
    });
  });
}

}  // namespace dpdk_node
