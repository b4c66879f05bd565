#include "core/lcore.h"

#include <pthread.h>
#include <sched.h>

#include "convert.h"
#include "core/eal.h"
#include "exports.h"

namespace dpdk_node {

namespace {

// CPU numbers beyond CPU_SETSIZE (1024) cannot be named; no machine that DPDK runs on has them.
Napi::Value thread_affinity(const Napi::CallbackInfo& info) {
  cpu_set_t set;
  const int result = pthread_getaffinity_np(pthread_self(), sizeof set, &set);
  if (result != 0)
    throw Error("CALL_FAILED", "cannot read the thread's CPUs", result, "pthread_getaffinity_np");
  std::vector<unsigned> cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return from_list(info.Env(), cpus, [&](unsigned cpu) { return Napi::Number::New(info.Env(), cpu); });
}

Napi::Value set_thread_affinity(const Napi::CallbackInfo& info) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned cpu : to_numbers(info[0])) {
    if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  }
  const int result = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  if (result != 0)
    throw Error("CALL_FAILED", "cannot move the thread to these CPUs", result, "pthread_setaffinity_np");
  return info.Env().Undefined();
}

Napi::Value from_counters(Napi::Env env, const LcoreCounters& counters) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("busyPolls", from_counter(env, counters.busy_polls.read()));
  object.Set("emptyPolls", from_counter(env, counters.empty_polls.read()));
  object.Set("sleeps", from_counter(env, counters.sleeps.read()));
  object.Set("wakeups", from_counter(env, counters.wakeups.read()));
  object.Set("notifications", from_counter(env, counters.notifications.read()));
  return object;
}

}  // namespace

void export_lcore(Napi::Object exports) {
  export_function(exports, "threadAffinity", thread_affinity);
  export_function(exports, "setThreadAffinity", set_thread_affinity);
  export_function(exports, "lcoreCounters", [](const Napi::CallbackInfo& info) -> Napi::Value {
    return from_counters(info.Env(), eal::lcore(to_number(info[0])).counters());
  });
  export_function(exports, "lcoreWake", [](const Napi::CallbackInfo& info) -> Napi::Value {
    eal::lcore(to_number(info[0])).wake();
    return info.Env().Undefined();
  });
}

}  // namespace dpdk_node
