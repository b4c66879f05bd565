#include "core/generator.h"

#include "convert.h"
#include "core/lcore.h"
#include "core/objects.h"
#include "core/port.h"
#include "core/replay_source.h"
#include "core/stream_source.h"
#include "environment.h"
#include "exports.h"

namespace dpdk_node {

namespace {

template <typename Array>
auto to_vector(const Napi::Value& value) {
  const auto array = value.As<Array>();
  return std::vector(array.Data(), array.Data() + array.ElementLength());
}

std::vector<uint8_t> to_bytes(const Napi::Value& value) { return to_vector<Napi::Uint8Array>(value); }

uint64_t to_word(const Napi::Value& value) {
  bool lossless;
  return value.As<Napi::BigInt>().Uint64Value(&lossless);
}

uint8_t to_byte(const Napi::Value& value) { return static_cast<uint8_t>(to_number(value)); }

template <typename Element, typename Read>
std::vector<Element> to_list(const Napi::Value& value, Read read) {
  const auto array = value.As<Napi::Array>();
  std::vector<Element> list;
  for (uint32_t i = 0; i < array.Length(); i++) {
    list.push_back(read(static_cast<Napi::Value>(array.Get(i)).As<Napi::Object>()));
  }
  return list;
}

PacketFieldOptions to_field(const Napi::Object& object) {
  const std::string kind = object.Get("kind").As<Napi::String>();
  PacketFieldOptions field = {};
  field.offset = static_cast<uint16_t>(to_number(object.Get("offset")));
  field.width = to_byte(object.Get("width"));
  field.shift = to_byte(object.Get("shift"));
  field.mask = to_word(object.Get("mask"));
  field.repeat = to_number(object.Get("repeat"));
  field.covered = to_byte(object.Get("covered"));
  field.swapped = to_byte(object.Get("swapped"));
  if (kind == "list") {
    field.kind = PacketFieldOptions::Kind::kList;
    field.list = to_vector<Napi::BigUint64Array>(object.Get("list"));
    return field;
  }
  field.minimum = to_word(object.Get("minimum"));
  field.maximum = to_word(object.Get("maximum"));
  if (kind == "random") {
    field.kind = PacketFieldOptions::Kind::kRandom;
    field.seed = to_word(object.Get("seed"));
    return field;
  }
  field.kind = PacketFieldOptions::Kind::kRange;
  field.start = to_word(object.Get("start"));
  field.step = to_word(object.Get("step"));
  field.descending = object.Get("descending").As<Napi::Boolean>();
  return field;
}

ChecksumOptions to_checksum(const Napi::Object& object) {
  return {static_cast<uint16_t>(to_number(object.Get("offset"))),
          object.Get("zeroIsNone").As<Napi::Boolean>(), to_byte(object.Get("covered")),
          to_byte(object.Get("swapped"))};
}

TemplateOptions to_template(const Napi::Object& object) {
  return {to_bytes(object.Get("bytes")), to_numbers(object.Get("sums")), to_byte(object.Get("probeCovered")),
          to_byte(object.Get("probeSwapped"))};
}

StreamOptions to_stream(const Napi::Object& object) {
  return {to_list<TemplateOptions>(object.Get("templates"), to_template),
          to_vector<Napi::Uint16Array>(object.Get("order")),
          to_list<PacketFieldOptions>(object.Get("fields"), to_field),
          to_list<ChecksumOptions>(object.Get("checksums"), to_checksum),
          object.Get("probe").As<Napi::Boolean>(),
          object.Get("timestamps").As<Napi::Boolean>()};
}

ReplayOptions to_replay(const Napi::Object& object) {
  return {to_bytes(object.Get("bytes")), to_vector<Napi::Uint32Array>(object.Get("lengths")),
          to_vector<Napi::Float64Array>(object.Get("times")),
          object.Get("periodSeconds").As<Napi::Number>().DoubleValue(),
          static_cast<uint64_t>(object.Get("loops").As<Napi::Number>().Int64Value())};
}

PaceOptions to_pace(const Napi::Object& object) {
  return {object.Get("unitsPerSecond").As<Napi::Number>().DoubleValue(),
          to_number(object.Get("unitsPerPacket")),
          to_number(object.Get("unitsPerByte")),
          to_number(object.Get("shortestBytes")),
          to_number(object.Get("burst")),
          object.Get("durationSeconds").As<Napi::Number>().DoubleValue()};
}

// What is made of the options on JavaScript's thread, and used on the control thread.
struct Request {
  uint16_t port;
  std::optional<unsigned> lcore;
  PaceOptions pace;
  uint64_t packets;
  std::unique_ptr<TrafficSource> source;
};

std::shared_ptr<Request> to_request(const Napi::CallbackInfo& info) {
  const auto object = info[1].As<Napi::Object>();
  auto request = std::make_shared<Request>();
  request->port = static_cast<uint16_t>(to_number(info[0]));
  if (object.Get("lcore").IsNumber()) request->lcore = to_number(object.Get("lcore"));
  request->pace = to_pace(object.Get("pace").As<Napi::Object>());
  request->packets = static_cast<uint64_t>(object.Get("packets").As<Napi::Number>().Int64Value());
  if (object.Get("replay").IsObject()) {
    request->source = std::make_unique<ReplaySource>(to_replay(object.Get("replay").As<Napi::Object>()));
  } else {
    request->source = std::make_unique<StreamSource>(to_list<StreamOptions>(object.Get("streams"), to_stream),
                                                     to_vector<Napi::Uint16Array>(object.Get("order")));
  }
  return request;
}

Napi::Value from_generator_counts(Napi::Env env, const GeneratorCounts& counts) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("counters", from_counts(env, counts.counts));
  object.Set("elapsedSeconds", counts.elapsed_seconds);
  object.Set("finished", counts.finished);
  object.Set("streams", from_list(env, counts.streams, [&](const StreamCounts& stream) {
               Napi::Object entry = Napi::Object::New(env);
               entry.Set("generated", from_counter(env, stream.generated));
               entry.Set("bytes", from_counter(env, stream.bytes));
               return entry;
             }));
  return object;
}

}  // namespace

void export_generator(Napi::Object exports) {
  export_function(exports, "generatorStart", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const std::shared_ptr<Request> request = to_request(info);
    return on_control_thread(info.Env(), [request]() -> Result {
      const uint32_t id = objects::start_generator(request->port, request->lcore, std::move(request->source),
                                                   request->pace, request->packets);
      return [id](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, id); };
    });
  });
  export_function(exports, "generatorStop", [](const Napi::CallbackInfo& info) -> Napi::Value {
    const uint32_t id = to_number(info[0]);
    return on_control_thread(info.Env(), [id]() -> Result {
      const GeneratorCounts counts = objects::stop_generator(id);
      return [counts](Napi::Env env) { return from_generator_counts(env, counts); };
    });
  });
  export_function(exports, "generatorCounts", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return objects::generators().visit(to_number(info[0]), [&](const PortGenerator& owner) {
      return from_generator_counts(info.Env(), owner.generator.counts());
    });
  });
}

}  // namespace dpdk_node
