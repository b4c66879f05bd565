#include "core/meter.h"

#include <rte_cycles.h>

#include "convert.h"
#include "core/objects.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

Napi::Value from_stream(Napi::Env env, const StreamMeasurement& stream) {
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char* name, uint64_t value) { object.Set(name, from_counter(env, value)); };
  set("received", stream.received);
  set("bytes", stream.bytes);
  set("duplicates", stream.duplicates);
  set("reordered", stream.reordered);
  set("tooOld", stream.too_old);
  set("first", stream.first);
  set("highest", stream.highest);
  set("timed", stream.timed);
  set("latencySum", stream.latency_sum);
  set("latencyMinimum", stream.latency_minimum);
  set("latencyMaximum", stream.latency_maximum);
  const size_t buckets = stream.timed == 0 ? 0 : stream.latencies.size();
  Napi::Float64Array latencies = Napi::Float64Array::New(env, buckets);
  for (size_t i = 0; i < buckets; i++) latencies[i] = static_cast<double>(stream.latencies[i]);
  object.Set("latencies", latencies);
  return object;
}

}  // namespace

void export_meter(Napi::Object exports) {
  export_function(exports, "meterCreate", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const MeterOptions options = {to_number(info[0]), to_number(info[1])};
    return on_control_thread(info.Env(), [options]() -> Result {
      const uint32_t id = objects::meters().add(std::make_shared<Meter>(options));
      return [id](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, id); };
    });
  });
  export_function(exports, "meterFree", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      objects::meters().remove(id);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
  export_function(exports, "meterReset", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      objects::meters().get(id)->reset();
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
  export_function(exports, "meterRead", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      const auto measured = std::make_shared<const Measurement>(objects::meters().get(id)->read());
      return [measured](Napi::Env env) -> Napi::Value {
        Napi::Object object = Napi::Object::New(env);
        object.Set("streams", from_list(env, measured->streams, [&](const StreamMeasurement& stream) {
                     return from_stream(env, stream);
                   }));
        object.Set("otherPackets", from_counter(env, measured->other_packets));
        object.Set("otherBytes", from_counter(env, measured->other_bytes));
        object.Set("cyclesPerSecond", static_cast<double>(rte_get_tsc_hz()));
        return object;
      };
    });
  });
}

}  // namespace dpdk_node
