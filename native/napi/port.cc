#include "core/port.h"

#include <rte_ether.h>

#include "convert.h"
#include "core/eal.h"
#include "core/objects.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

std::string text_of(const rte_ether_addr& address) {
  char text[RTE_ETHER_ADDR_FMT_SIZE];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", RTE_ETHER_ADDR_BYTES(&address));
  return text;
}

const char* state_name(Port::State state) {
  switch (state) {
    case Port::State::kStarted:
      return "started";
    case Port::State::kConfigured:
      return "configured";
    default:
      return "attached";
  }
}

// What JavaScript learns of a port, gathered on the control thread.
struct Description {
  uint16_t id;
  std::string name;
  std::string driver;
  int socket;
  rte_ether_addr mac_address;
  uint16_t mtu;
  Port::State state;
  bool attached_here;
  rte_eth_dev_info info;
};

Description describe(const Port& port) {
  const rte_eth_dev_info info = port.device_info();
  return {port.id(),
          port.name(),
          info.driver_name,
          rte_eth_dev_socket_id(port.id()),
          port.mac_address(),
          port.mtu(),
          port.state(),
          port.attached_here(),
          info};
}

Napi::Value from_limits(Napi::Env env, const rte_eth_desc_lim& limits) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("minimum", limits.nb_min);
  object.Set("maximum", limits.nb_max);
  object.Set("alignment", limits.nb_align);
  return object;
}

Napi::Value from_description(Napi::Env env, const Description& port) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", port.id);
  object.Set("name", port.name);
  object.Set("driver", port.driver);
  object.Set("socket", port.socket);
  object.Set("macAddress", text_of(port.mac_address));
  object.Set("mtu", port.mtu);
  object.Set("state", state_name(port.state));
  object.Set("maxRxQueues", port.info.max_rx_queues);
  object.Set("maxTxQueues", port.info.max_tx_queues);
  object.Set("minMtu", port.info.min_mtu);
  object.Set("maxMtu", port.info.max_mtu);
  object.Set("rxDescriptors", from_limits(env, port.info.rx_desc_lim));
  object.Set("txDescriptors", from_limits(env, port.info.tx_desc_lim));
  object.Set("attachedHere", port.attached_here);
  return object;
}

struct ConfigureRequest {
  uint32_t mempool;
  PortOptions options;
};

ConfigureRequest to_request(const Napi::Object& object) {
  ConfigureRequest request = {to_number(object.Get("mempool")), {}};
  PortOptions& options = request.options;
  options.rx_queue_lcores = to_numbers(object.Get("rxQueueLcores"));
  options.rx_descriptors = static_cast<uint16_t>(to_number(object.Get("rxDescriptors")));
  options.tx_descriptors = static_cast<uint16_t>(to_number(object.Get("txDescriptors")));
  if (object.Get("mtu").IsNumber()) options.mtu = static_cast<uint16_t>(to_number(object.Get("mtu")));
  options.promiscuous = object.Get("promiscuous").As<Napi::Boolean>();
  return request;
}

Napi::Value from_configuration(Napi::Env env, const PortConfiguration& configuration) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("rxQueues", from_list(env, configuration.rx_queues, [&](const auto& queue) {
               Napi::Object entry = Napi::Object::New(env);
               entry.Set("queue", queue.first);
               entry.Set("lcore", queue.second);
               return entry;
             }));
  object.Set("txQueues", configuration.tx_queues);
  object.Set("txQueuesShared", configuration.tx_queues_shared);
  object.Set("rxDescriptors", configuration.rx_descriptors);
  object.Set("txDescriptors", configuration.tx_descriptors);
  object.Set("mtu", configuration.mtu);
  object.Set("macAddress", text_of(configuration.mac_address));
  object.Set("promiscuous", configuration.promiscuous);
  return object;
}

Napi::Value from_link(Napi::Env env, const rte_eth_link& link) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("up", link.link_status == RTE_ETH_LINK_UP);
  object.Set("speed", link.link_speed);
  object.Set("fullDuplex", link.link_duplex == RTE_ETH_LINK_FULL_DUPLEX);
  object.Set("autonegotiated", link.link_autoneg == RTE_ETH_LINK_AUTONEG);
  return object;
}

Napi::Value from_statistics(Napi::Env env, const rte_eth_stats& statistics) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("receivedPackets", from_counter(env, statistics.ipackets));
  object.Set("receivedBytes", from_counter(env, statistics.ibytes));
  object.Set("transmittedPackets", from_counter(env, statistics.opackets));
  object.Set("transmittedBytes", from_counter(env, statistics.obytes));
  object.Set("missedPackets", from_counter(env, statistics.imissed));
  object.Set("receiveErrors", from_counter(env, statistics.ierrors));
  object.Set("transmitErrors", from_counter(env, statistics.oerrors));
  object.Set("noBufferErrors", from_counter(env, statistics.rx_nombuf));
  return object;
}

Napi::Value from_rx_queue(Napi::Env env, const PortCounts::Queue& queue) {
  Napi::Object object = from_counts(env, queue.counts);
  object.Set("queue", queue.queue);
  object.Set("lcore", queue.lcore);
  return object;
}

Napi::Value from_counters(Napi::Env env, const PortCounts& counts) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("rxQueues", from_list(env, counts.rx_queues, [&](const PortCounts::Queue& queue) {
               return from_rx_queue(env, queue);
             }));
  object.Set("tx", from_counts(env, counts.tx));
  return object;
}

// A promise of what `act(port)` returns, as `make(env, value)` shows it.
template <typename Act, typename Make>
Napi::Value ask_port(const Napi::CallbackInfo& info, Act act, Make make) {
  const auto id = static_cast<uint16_t>(to_number(info[0]));
  return on_control_thread(info.Env(), [=]() -> Result {
    const auto value = act(*Port::get(id));
    return [=](Napi::Env env) -> Napi::Value { return make(env, value); };
  });
}

// A promise that `act(port)` is done.
template <typename Act>
Napi::Value tell_port(const Napi::CallbackInfo& info, Act act) {
  const auto id = static_cast<uint16_t>(to_number(info[0]));
  return on_control_thread(info.Env(), [=]() -> Result {
    act(*Port::get(id));
    return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
  });
}

Napi::Value list(const Napi::CallbackInfo& info) {
  return on_control_thread(info.Env(), []() -> Result {
    std::vector<Description> ports;
    for (const auto& port : Port::all()) ports.push_back(describe(*port));
    return [ports](Napi::Env env) -> Napi::Value {
      return from_list(env, ports, [&](const Description& port) { return from_description(env, port); });
    };
  });
}

Napi::Value attach(const Napi::CallbackInfo& info) {
  const std::string device_arguments = info[0].As<Napi::String>();
  return on_control_thread(info.Env(), [device_arguments]() -> Result {
    const uint16_t id = Port::attach(device_arguments)->id();
    return [id](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, id); };
  });
}

Napi::Value configure(const Napi::CallbackInfo& info) {
  const ConfigureRequest request = to_request(info[1].As<Napi::Object>());
  return ask_port(
      info,
      [request](Port& port) {
        PortOptions options = request.options;
        options.pool = objects::mempools().get(request.mempool);
        return port.configure(options);
      },
      from_configuration);
}

Napi::Value close(const Napi::CallbackInfo& info) {
  const auto id = static_cast<uint16_t>(to_number(info[0]));
  const bool detach = info[1].As<Napi::Boolean>();
  return on_control_thread(info.Env(), [id, detach]() -> Result {
    const PortCounts last = objects::close_port(id, detach);
    return [last](Napi::Env env) -> Napi::Value { return from_counters(env, last); };
  });
}

}  // namespace

void export_port(Napi::Object exports) {
  export_function(exports, "portList", list);
  export_function(exports, "portAttach", attach);
  export_function(exports, "portInfo", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return ask_port(
        info, [](Port& port) { return describe(port); }, from_description);
  });
  export_function(exports, "portConfigure", configure);
  export_function(exports, "portStart", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_port(info, [](Port& port) { port.start(); });
  });
  export_function(exports, "portStop", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_port(info, [](Port& port) { port.stop(); });
  });
  export_function(exports, "portClose", close);
  export_function(exports, "portLink", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return ask_port(
        info, [](Port& port) { return port.link(); }, from_link);
  });
  export_function(exports, "portStatistics", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return ask_port(
        info, [](Port& port) { return port.statistics(); }, from_statistics);
  });
  export_function(exports, "portResetStatistics", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_port(info, [](Port& port) { port.reset_statistics(); });
  });
  export_function(exports, "portCounters", [](const Napi::CallbackInfo& info) -> Napi::Value {
    Napi::Value counters;
    Port::visit(static_cast<uint16_t>(to_number(info[0])),
                [&](const Port& port) { counters = from_counters(info.Env(), port.counts()); });
    return counters;
  });
  export_function(exports, "portSetPromiscuous", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const bool on = info[1].As<Napi::Boolean>();
    return tell_port(info, [on](Port& port) { port.set_promiscuous(on); });
  });
  export_function(exports, "portSetMtu", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const auto mtu = static_cast<uint16_t>(to_number(info[1]));
    return tell_port(info, [mtu](Port& port) { port.set_mtu(mtu); });
  });
  export_function(exports, "portSetMacAddress", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const std::string address = info[1].As<Napi::String>();
    return tell_port(info, [address](Port& port) { port.set_mac_address(address); });
  });
}

}  // namespace dpdk_node
