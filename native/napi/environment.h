// What belongs to one JavaScript thread (the main thread or a Worker): its way back from the control thread,
// and its consumers. It ends with the thread.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <set>

namespace dpdk_node {

// Makes the JavaScript value of a result, back on the JavaScript thread.
using Result = std::function<Napi::Value(Napi::Env)>;

// The promise of what `work` does on the control thread. What it throws rejects the promise, together with
// what EAL logged meanwhile.
Napi::Promise on_control_thread(Napi::Env env, std::function<Result()> work);

// Registers the hooks that take this thread's consumers back when its environment ends. Call once per
// environment.
void open_environment(Napi::Env env);
// Consumers of this thread.
std::set<uint32_t>& consumers_of(Napi::Env env);

}  // namespace dpdk_node
