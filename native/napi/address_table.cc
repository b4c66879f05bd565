#include "core/address_table.h"

#include <rte_cycles.h>

#include "convert.h"
#include "core/objects.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

rte_ether_addr to_address(const Napi::Value& value) {
  rte_ether_addr address;
  if (rte_ether_unformat_addr(value.As<Napi::String>().Utf8Value().c_str(), &address) != 0) {
    throw Error("INVALID_MAC_ADDRESS", "not a MAC address");
  }
  return address;
}

std::string to_text(const rte_ether_addr& address) {
  char text[RTE_ETHER_ADDR_FMT_SIZE];
  rte_ether_format_addr(text, sizeof text, &address);
  return text;
}

}  // namespace

void export_address_table(Napi::Object exports) {
  export_function(exports, "addressTableCreate", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t capacity = to_number(info[0]);
    return on_control_thread(info.Env(), [capacity]() -> Result {
      const uint32_t id = objects::address_tables().add(std::make_shared<AddressTable>(capacity));
      return [id](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, id); };
    });
  });
  export_function(exports, "addressTableFree", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      objects::address_tables().remove(id);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
  export_function(exports, "addressTableSet", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    const rte_ether_addr address = to_address(info[1]);
    const auto port = static_cast<uint16_t>(to_number(info[2]));
    return on_control_thread(info.Env(), [=]() -> Result {
      objects::address_tables().get(id)->set(address, port);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
  export_function(exports, "addressTableRemove", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    const rte_ether_addr address = to_address(info[1]);
    return on_control_thread(info.Env(), [=]() -> Result {
      const bool removed = objects::address_tables().get(id)->remove(address);
      return [removed](Napi::Env env) -> Napi::Value { return Napi::Boolean::New(env, removed); };
    });
  });
  export_function(exports, "addressTableExpire", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    const double milliseconds = info[1].As<Napi::Number>();
    return on_control_thread(info.Env(), [=]() -> Result {
      const double cycles = milliseconds * static_cast<double>(rte_get_tsc_hz()) / MS_PER_S;
      std::vector<std::string> forgotten;
      for (const auto& address : objects::address_tables().get(id)->expire(static_cast<uint64_t>(cycles))) {
        forgotten.push_back(to_text(address));
      }
      return [forgotten](Napi::Env env) -> Napi::Value { return from_strings(env, forgotten); };
    });
  });
  export_function(exports, "addressTableSize", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return objects::address_tables().visit(to_number(info[0]), [&](const AddressTable& table) {
      return Napi::Number::New(info.Env(), table.size());
    });
  });
}

}  // namespace dpdk_node
