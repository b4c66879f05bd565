#include "convert.h"

#include <rte_errno.h>

#include <cerrno>

namespace dpdk_node {

Napi::Value error_value(Napi::Env env, const std::exception& failure, const std::vector<std::string>& log) {
  Napi::Object value = Napi::Error::New(env, failure.what()).Value();
  const auto* error = dynamic_cast<const Error*>(&failure);
  value.Set("code", std::string("ERR_DPDK_") + (error != nullptr ? error->code() : "INTERNAL"));
  if (error != nullptr && error->error_number() != 0) value.Set("errno", error->error_number());
  if (error != nullptr && !error->call().empty()) value.Set("syscall", error->call());
  value.Set("log", from_strings(env, log));
  return value;
}

std::vector<unsigned> to_numbers(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<unsigned> numbers;
  for (uint32_t i = 0; i < array.Length(); i++) numbers.push_back(to_number(array.Get(i)));
  return numbers;
}

std::vector<std::string> to_strings(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> strings;
  for (uint32_t i = 0; i < array.Length(); i++) strings.push_back(array.Get(i).As<Napi::String>());
  return strings;
}

Napi::Object from_counts(Napi::Env env, const std::vector<NamedCount>& counts) {
  Napi::Object object = Napi::Object::New(env);
  for (const NamedCount& count : counts) object.Set(count.name, from_counter(env, count.value));
  return object;
}

Napi::Array from_strings(Napi::Env env, const std::vector<std::string>& strings) {
  return from_list(env, strings, [&](const std::string& string) { return Napi::String::New(env, string); });
}

}  // namespace dpdk_node
