#include "core/route_table.h"

#include <cstdio>
#include <cstring>

#include "convert.h"
#include "convert_ip.h"
#include "core/objects.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

// A packed route, as lib/route-table/packed-routes.ts writes it.
struct PackedRoute {
  uint8_t address[16];
  uint32_t next_hops;
  uint8_t length;
  uint8_t is_ipv6;
  uint8_t unused[2];
};
static_assert(sizeof(PackedRoute) == 24);

std::vector<RouteOrder> to_routes(const Napi::Value& value) {
  const auto bytes = value.As<Napi::Uint8Array>();
  std::vector<RouteOrder> routes(bytes.ByteLength() / sizeof(PackedRoute));
  for (size_t i = 0; i < routes.size(); i++) {
    PackedRoute packed;
    std::memcpy(&packed, bytes.Data() + i * sizeof packed, sizeof packed);
    RouteOrder& route = routes[i];
    route.address.is_ipv6 = packed.is_ipv6 != 0;
    std::memcpy(route.address.bytes.data(), packed.address, sizeof packed.address);
    route.length = packed.length;
    route.next_hops = packed.next_hops;
  }
  return routes;
}

using MacBytes = std::array<uint8_t, RTE_ETHER_ADDR_LEN>;

std::optional<MacBytes> to_mac(const Napi::Value& value) {
  if (!value.IsString()) return std::nullopt;
  rte_ether_addr address;
  if (rte_ether_unformat_addr(value.As<Napi::String>().Utf8Value().c_str(), &address) != 0) {
    throw Error("INVALID_MAC_ADDRESS", "not a MAC address");
  }
  return std::to_array(address.addr_bytes);
}

// In small letters, as everywhere in TypeScript.
std::string to_text(const MacBytes& mac) {
  char text[RTE_ETHER_ADDR_FMT_SIZE];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                mac[5]);
  return text;
}

template <typename Make>
auto to_list(const Napi::Value& value, Make make) {
  const auto array = value.As<Napi::Array>();
  std::vector<decltype(make(Napi::Value()))> list;
  for (uint32_t i = 0; i < array.Length(); i++) list.push_back(make(array.Get(i)));
  return list;
}

NextHop to_next_hop(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  NextHop hop = {static_cast<uint16_t>(to_number(object.Get("port"))), to_mac(object.Get("mac")),
                 std::nullopt};
  if (object.Get("via").IsString()) hop.via = to_ip_address(object.Get("via"));
  return hop;
}

std::vector<std::vector<NextHop>> to_next_hops(const Napi::Value& value) {
  return to_list(value, [](const Napi::Value& group) { return to_list(group, to_next_hop); });
}

Neighbour to_neighbour(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {static_cast<uint16_t>(to_number(object.Get("port"))), to_ip_address(object.Get("address")),
          to_mac(object.Get("mac"))};
}

LookupKind to_lookup_kind(const std::string& name) {
  if (name == "lpm") return LookupKind::kLpm;
  return name == "fib" ? LookupKind::kFib : LookupKind::kAuto;
}

Napi::Value from_next_hop(Napi::Env env, const NextHop& hop) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("port", hop.port);
  if (hop.address) object.Set("mac", to_text(*hop.address));
  if (hop.via) object.Set("via", to_text(*hop.via));
  return object;
}

Napi::Value from_found(Napi::Env env, const std::optional<FoundRoute>& route) {
  if (!route) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("prefix", to_text(route->address) + "/" + std::to_string(route->length));
  object.Set("nextHops",
             from_list(env, route->next_hops, [&](const NextHop& hop) { return from_next_hop(env, hop); }));
  return object;
}

// A promise of what `act(table)` returns on the control thread, translated by `from`.
template <typename Act, typename From>
Napi::Value ask_table(const Napi::CallbackInfo& info, Act act, From from) {
  const uint32_t id = to_number(info[0]);
  return on_control_thread(info.Env(), [=]() -> Result {
    const auto answer = act(*objects::route_tables().get(id));
    return [answer, from](Napi::Env env) -> Napi::Value { return from(env, answer); };
  });
}

// A promise that `act(table)` is done.
template <typename Act>
Napi::Value tell_table(const Napi::CallbackInfo& info, Act act) {
  const auto done = [act](RouteTable& table) {
    act(table);
    return nullptr;
  };
  return ask_table(info, done, [](Napi::Env env, std::nullptr_t) { return env.Undefined(); });
}

void export_routes(Napi::Object exports) {
  export_function(exports, "routeTableAdd", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_table(info, [routes = to_routes(info[1]), hops = to_next_hops(info[2])](RouteTable& table) {
      table.add(routes, hops);
    });
  });
  export_function(exports, "routeTableRemove", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return ask_table(
        info, [routes = to_routes(info[1])](RouteTable& table) { return table.remove(routes); },
        [](Napi::Env env, uint32_t count) { return Napi::Number::New(env, count); });
  });
  export_function(exports, "routeTableFind", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return ask_table(
        info, [address = to_ip_address(info[1])](RouteTable& table) { return table.find_route(address); },
        from_found);
  });
  export_function(exports, "routeTableSetNeighbours", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const bool only_these = info[2].As<Napi::Boolean>();
    return tell_table(info, [=, neighbours = to_list(info[1], to_neighbour)](RouteTable& table) {
      table.set_neighbours(neighbours, only_these);
    });
  });
}

void export_replacement(Napi::Object exports) {
  export_function(exports, "routeTableStage", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_table(info, [routes = to_routes(info[1]), hops = to_next_hops(info[2])](RouteTable& table) {
      table.stage(routes, hops);
    });
  });
  export_function(exports, "routeTableBuild", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t count = to_number(info[1]);
    return ask_table(
        info, [count](RouteTable& table) { return table.build(count); },
        [](Napi::Env env, const RouteTable::Progress& progress) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("built", static_cast<double>(progress.built));
          object.Set("total", static_cast<double>(progress.total));
          return object;
        });
  });
  export_function(exports, "routeTableReplace", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_table(info, [](RouteTable& table) { table.replace(); });
  });
  export_function(exports, "routeTableAbandon", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_table(info, [](RouteTable& table) { table.abandon(); });
  });
}

}  // namespace

void export_route_table(Napi::Object exports) {
  export_function(exports, "routeTableCreate", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const LookupKind kind = to_lookup_kind(info[0].As<Napi::String>());
    return on_control_thread(info.Env(), [kind]() -> Result {
      const uint32_t id = objects::route_tables().add(std::make_shared<RouteTable>(kind));
      return [id](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, id); };
    });
  });
  export_function(exports, "routeTableFree", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      objects::route_tables().remove(id);
      return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
    });
  });
  export_function(exports, "routeTableState", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return objects::route_tables().visit(to_number(info[0]), [&](const RouteTable& table) {
      Napi::Object object = Napi::Object::New(info.Env());
      object.Set("ipv4", table.ipv4_size());
      object.Set("ipv6", table.ipv6_size());
      object.Set("ipv4Lookup", table.ipv4_lookup());
      return object;
    });
  });
  export_routes(exports);
  export_replacement(exports);
}

}  // namespace dpdk_node
