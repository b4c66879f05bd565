#include "core/access_list.h"

#include "convert.h"
#include "convert_ip.h"
#include "core/objects.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

std::array<uint16_t, 2> to_ports(const Napi::Value& value) {
  const std::vector<unsigned> ports = to_numbers(value);
  return {static_cast<uint16_t>(ports[0]), static_cast<uint16_t>(ports[1])};
}

AccessRule to_rule(const Napi::Object& object) {
  return {to_ip_address(object.Get("source")),
          to_ip_address(object.Get("destination")),
          static_cast<uint8_t>(to_number(object.Get("sourceLength"))),
          static_cast<uint8_t>(to_number(object.Get("destinationLength"))),
          static_cast<uint8_t>(to_number(object.Get("protocol"))),
          static_cast<uint8_t>(to_number(object.Get("protocolMask"))),
          to_ports(object.Get("sourcePorts")),
          to_ports(object.Get("destinationPorts")),
          object.Get("permits").As<Napi::Boolean>()};
}

}  // namespace

void export_access_list(Napi::Object exports) {
  export_function(exports, "accessListCreate", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return on_control_thread(info.Env(), []() -> Result {
      const uint32_t id = objects::access_lists().add(std::make_shared<AccessList>());
      return [id](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, id); };
    });
  });
  export_function(exports, "accessListFree", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      objects::access_lists().remove(id);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
  export_function(exports, "accessListReplace", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    const auto list = info[1].As<Napi::Array>();
    const bool permits_others = info[2].As<Napi::Boolean>();
    std::vector<AccessRule> rules;
    for (uint32_t i = 0; i < list.Length(); i++) {
      rules.push_back(to_rule(static_cast<Napi::Value>(list.Get(i)).As<Napi::Object>()));
    }
    return on_control_thread(info.Env(), [=]() -> Result {
      objects::access_lists().get(id)->replace(rules, permits_others);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
  export_function(exports, "accessListSize", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return objects::access_lists().visit(to_number(info[0]), [&](const AccessList& list) {
      return Napi::Number::New(info.Env(), list.size());
    });
  });
}

}  // namespace dpdk_node
