// JavaScript values to C++ ones and back. TypeScript has validated what comes in; a value of another kind
// becomes a TypeError of node-addon-api.
#pragma once

#include <napi.h>

#include <exception>
#include <string>
#include <vector>

#include "core/counter.h"
#include "core/error.h"

namespace dpdk_node {

// The Error object of a failure: `code`, `errno`, `syscall` and `log` as lib/addon.ts declares them.
Napi::Value error_value(Napi::Env env, const std::exception& failure, const std::vector<std::string>& log);

inline uint32_t to_number(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }
std::vector<unsigned> to_numbers(const Napi::Value& value);
std::vector<std::string> to_strings(const Napi::Value& value);

Napi::Array from_strings(Napi::Env env, const std::vector<std::string>& strings);
// An object of bigints.
Napi::Object from_counts(Napi::Env env, const std::vector<NamedCount>& counts);
inline Napi::Value from_counter(Napi::Env env, uint64_t value) { return Napi::BigInt::New(env, value); }

// An array of what `make(element)` returns.
template <typename Elements, typename Make>
Napi::Array from_list(Napi::Env env, const Elements& elements, Make make) {
  Napi::Array array = Napi::Array::New(env, elements.size());
  uint32_t index = 0;
  for (const auto& element : elements) array.Set(index++, make(element));
  return array;
}

// Adds a function to the exports; a core Error that it throws arrives in JavaScript with its properties.
template <typename Function>
void export_function(Napi::Object exports, const char* name, Function function) {
  const auto guarded = [function](const Napi::CallbackInfo& info) -> Napi::Value {
    try {
      return function(info);
    } catch (const Error& failure) {
      throw Napi::Error(info.Env(), error_value(info.Env(), failure, {}));
    }
  };
  exports.Set(name, Napi::Function::New(exports.Env(), guarded, name));
}

}  // namespace dpdk_node
