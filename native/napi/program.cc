#include "core/program.h"

#include "convert.h"
#include "core/lcore.h"
#include "core/objects.h"
#include "core/port.h"
#include "environment.h"
#include "exports.h"
#include "ring_place.h"

namespace dpdk_node {

namespace {

Overflow to_overflow(const std::string& name) {
  if (name == "bypass") return Overflow::kBypass;
  return name == "backpressure" ? Overflow::kBackpressure : Overflow::kDrop;
}

bool continues(const Napi::Value& policy) { return policy.As<Napi::String>().Utf8Value() == "continue"; }

HandleOptions to_handle(const Napi::Object& object) {
  HandleOptions options = {};
  options.overflow = to_overflow(object.Get("overflow").As<Napi::String>());
  if (object.Get("bypass").IsNumber())
    options.bypass = static_cast<uint16_t>(to_number(object.Get("bypass")));
  options.continue_unhandled = continues(object.Get("unhandled"));
  options.continue_failed = continues(object.Get("onError"));
  options.ring_size = to_number(object.Get("ringSize"));
  options.send_size = to_number(object.Get("sendSize"));
  options.rings = to_number(object.Get("rings"));
  const auto sets = object.Get("outputs").As<Napi::Array>();
  for (uint32_t i = 0; i < sets.Length(); i++) {
    std::vector<uint16_t>& set = options.outputs.emplace_back();
    for (const unsigned port : to_numbers(sets.Get(i))) set.push_back(static_cast<uint16_t>(port));
  }
  return options;
}

BridgeOptions to_bridge(const Napi::Object& object) {
  BridgeOptions options = {objects::address_tables().get(to_number(object.Get("table"))), {}};
  for (const unsigned port : to_numbers(object.Get("to"))) options.to.push_back(static_cast<uint16_t>(port));
  return options;
}

SinkOptions to_sink(const Napi::Object& object) {
  if (!object.Get("meter").IsNumber()) return {nullptr};
  return {objects::meters().get(to_number(object.Get("meter")))};
}

L3ForwardOptions to_l3fwd(const Napi::Object& object) {
  L3ForwardOptions options = {objects::route_tables().get(to_number(object.Get("table"))), std::nullopt};
  if (!object.Get("to").IsArray()) return options;
  std::vector<uint16_t>& ports = options.to.emplace();
  for (const unsigned port : to_numbers(object.Get("to"))) ports.push_back(static_cast<uint16_t>(port));
  return options;
}

std::vector<ActionOptions> to_actions(const Napi::Value& value);

ActionOptions to_action(const Napi::Object& object) {
  const std::string kind = object.Get("kind").As<Napi::String>();
  if (kind == "drop") return DropOptions{};
  if (kind == "handle") return to_handle(object);
  if (kind == "bridge") return to_bridge(object);
  if (kind == "match") {
    return MatchOptions{object.Get("filter").As<Napi::String>(), to_actions(object.Get("actions"))};
  }
  if (kind == "sample") {
    return SampleOptions{to_number(object.Get("interval")), to_actions(object.Get("actions"))};
  }
  if (kind == "count") return CountOptions{};
  if (kind == "sink") return to_sink(object);
  if (kind == "acl") return AclOptions{objects::access_lists().get(to_number(object.Get("list")))};
  if (kind == "l3fwd") return to_l3fwd(object);
  const auto to = static_cast<uint16_t>(to_number(object.Get("to")));
  if (kind == "mirror") return MirrorOptions{to};
  if (kind == "forward") return ForwardOptions{to};
  if (kind == "macSwap") return MacSwapOptions{to};
  if (kind == "l2fwd") return L2ForwardOptions{to, object.Get("macUpdating").As<Napi::Boolean>()};
  throw Error("UNKNOWN_ACTION", "there is no action '" + kind + "'");
}

std::vector<ActionOptions> to_actions(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<ActionOptions> actions;
  for (uint32_t i = 0; i < list.Length(); i++) {
    actions.push_back(to_action(static_cast<Napi::Value>(list.Get(i)).As<Napi::Object>()));
  }
  return actions;
}

struct Created {
  uint32_t program;
  std::vector<RingPlace> rings;
};

Created create(uint16_t port, uint16_t queue, const std::vector<ActionOptions>& actions) {
  const objects::NewProgram program = objects::create_program(port, queue, actions);
  const unsigned lcore = Port::get(port)->rx_queue(queue).lcore().id();
  Created created = {program.id, {}};
  for (const uint32_t ring : program.rings) created.rings.push_back(place_of(ring, port, queue, lcore));
  return created;
}

Napi::Value from_created(Napi::Env env, const Created& created) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", created.program);
  object.Set("rings",
             from_list(env, created.rings, [&](const RingPlace& ring) { return from_ring(env, ring); }));
  return object;
}

Napi::Value from_program_counts(Napi::Env env, const ProgramCounts& counts) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("received", from_counter(env, counts.received));
  object.Set("actions", from_list(env, counts.actions, [&](const ActionCounts& action) {
               Napi::Object entry = Napi::Object::New(env);
               entry.Set("kind", action.kind);
               if (*action.note != '\0') entry.Set("note", action.note);
               entry.Set("counters", from_counts(env, action.counts));
               entry.Set("measuredPackets", from_counter(env, action.measured_packets));
               entry.Set("measuredCycles", from_counter(env, action.measured_cycles));
               return entry;
             }));
  object.Set("unclaimed", from_counter(env, counts.unclaimed));
  return object;
}

Napi::Value from_removed(Napi::Env env, const objects::RemovedProgram& removed) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("reclaimed", removed.reclaimed);
  object.Set("counters", from_program_counts(env, removed.counts));
  return object;
}

// A promise that `act(program)` is done.
template <typename Act>
Napi::Value tell_program(const Napi::CallbackInfo& info, Act act) {
  const uint32_t program = to_number(info[0]);
  return on_control_thread(info.Env(), [=]() -> Result {
    act(program);
    return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
  });
}

}  // namespace

void export_program(Napi::Object exports) {
  export_function(exports, "programCreate", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const auto port = static_cast<uint16_t>(to_number(info[0]));
    const auto queue = static_cast<uint16_t>(to_number(info[1]));
    const std::vector<ActionOptions> actions = to_actions(info[2]);
    return on_control_thread(info.Env(), [=]() -> Result {
      const Created created = create(port, queue, actions);
      return [created](Napi::Env env) { return from_created(env, created); };
    });
  });
  export_function(exports, "programInstall", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_program(info, objects::install_program);
  });
  export_function(exports, "programUninstall", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return tell_program(info, objects::uninstall_program);
  });
  export_function(exports, "programRemove", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t program = to_number(info[0]);
    return on_control_thread(info.Env(), [=]() -> Result {
      const objects::RemovedProgram removed = objects::remove_program(program);
      return [removed](Napi::Env env) { return from_removed(env, removed); };
    });
  });
  export_function(exports, "programInFlight", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return objects::programs().visit(to_number(info[0]), [&](const Program& program) {
      Napi::Object object = Napi::Object::New(info.Env());
      object.Set("inRings", static_cast<double>(program.in_flight()));
      object.Set("held", static_cast<double>(program.held()));
      return object;
    });
  });
  export_function(exports, "programMeasure", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const bool on = info[1].As<Napi::Boolean>();
    objects::programs().visit(to_number(info[0]), [on](Program& program) { program.set_measuring(on); });
    return info.Env().Undefined();
  });
  export_function(exports, "programCounters", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return objects::programs().visit(to_number(info[0]), [&](const Program& program) {
      return from_program_counts(info.Env(), program.counts());
    });
  });
}

}  // namespace dpdk_node
