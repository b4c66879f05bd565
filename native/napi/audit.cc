#include "core/audit.h"

#include "convert.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

Napi::Value from_entry(Napi::Env env, const AuditEntry& entry) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", entry.kind);
  const auto set = [&](const char* name, int64_t value) {
    if (value >= 0) object.Set(name, static_cast<double>(value));
  };
  if (!entry.name.empty()) object.Set("name", entry.name);
  set("port", entry.port);
  set("queue", entry.queue);
  set("lcore", entry.lcore);
  set("program", entry.program);
  set("index", entry.index);
  set("depth", entry.depth);
  object.Set("counts", from_counts(env, entry.counts));
  return object;
}

Napi::Value from_pool(Napi::Env env, const AuditedPool& pool) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", pool.id);
  object.Set("name", pool.name);
  object.Set("size", pool.size);
  object.Set("inUse", pool.in_use);
  return object;
}

}  // namespace

void export_audit(Napi::Object exports) {
  export_function(exports, "audit", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return on_control_thread(info.Env(), []() -> Result {
      const Audit result = audit();
      return [result](Napi::Env env) -> Napi::Value {
        Napi::Object object = Napi::Object::New(env);
        object.Set("entries", from_list(env, result.entries,
                                        [&](const AuditEntry& entry) { return from_entry(env, entry); }));
        object.Set("pools", from_list(env, result.pools,
                                      [&](const AuditedPool& pool) { return from_pool(env, pool); }));
        return object;
      };
    });
  });
}

}  // namespace dpdk_node
