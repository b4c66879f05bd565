#include "environment.h"

#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "convert.h"
#include "core/control.h"
#include "core/error.h"
#include "core/log.h"
#include "core/objects.h"

namespace dpdk_node {

namespace {

// A finished call on its way back.
struct Completion {
  Napi::Promise::Deferred deferred;
  Result result;
  std::exception_ptr failure;
  std::vector<std::string> log;
};

void settle(Napi::Env env, Napi::Function, std::nullptr_t*, Completion* completion);
using Courier = Napi::TypedThreadSafeFunction<std::nullptr_t, Completion, settle>;

struct Environment {
  explicit Environment(Napi::Env napi_env) : courier(Courier::New(napi_env, "dpdk-node control", 0, 1)) {
    courier.Unref(napi_env);
  }

  Courier courier;
  size_t pending = 0;  // calls under way; they keep the event loop alive. This JavaScript thread only.
  std::set<uint32_t> consumers;

  // The control thread delivers under the lock, and not at all once the environment has begun to go.
  std::mutex mutex;
  bool alive = true;
};

using Holder = std::shared_ptr<Environment>;

Holder& environment_of(Napi::Env env) { return *env.GetInstanceData<Holder>(); }

void settle(Napi::Env env, Napi::Function, std::nullptr_t*, Completion* completion) {
  const std::unique_ptr<Completion> owned(completion);
  // Without an environment the thread is ending and nobody waits for the promise.
  if (env == nullptr) return;
  const Napi::HandleScope scope(env);
  Environment& environment = *environment_of(env);
  if (--environment.pending == 0) environment.courier.Unref(env);
  if (owned->failure == nullptr) {
    owned->deferred.Resolve(owned->result(env));
    return;
  }
  try {
    std::rethrow_exception(owned->failure);
  } catch (const std::exception& failure) {
    owned->deferred.Reject(error_value(env, failure, owned->log));
  }
}

void run(const std::function<Result()>& work, Completion& completion) {
  const uint64_t mark = log::mark();
  try {
    completion.result = work();
  } catch (...) {
    completion.failure = std::current_exception();
    completion.log = log::since(mark);
  }
}

void close_environment(Holder* holder) {
  Environment& environment = **holder;
  {
    std::lock_guard lock(environment.mutex);
    environment.alive = false;
  }
  for (const uint32_t consumer : std::exchange(environment.consumers, {})) objects::close_consumer(consumer);
}

}  // namespace

Napi::Promise on_control_thread(Napi::Env env, std::function<Result()> work) {
  const Holder environment = environment_of(env);
  auto* completion = new Completion{Napi::Promise::Deferred::New(env), {}, {}, {}};
  const Napi::Promise promise = completion->deferred.Promise();
  if (environment->pending++ == 0) environment->courier.Ref(env);
  control::post([environment, completion, work = std::move(work)] {
    run(work, *completion);
    std::lock_guard lock(environment->mutex);
    // A completion that cannot be delivered is leaked: only the JavaScript thread may touch its handles.
    if (environment->alive) environment->courier.NonBlockingCall(completion);
  });
  return promise;
}

void open_environment(Napi::Env env) {
  auto* holder = new Holder(std::make_shared<Environment>(env));
  env.SetInstanceData<Holder>(holder);
  // Hooks run in the reverse order of their registration: this one before the thread-safe function goes.
  env.AddCleanupHook([holder] { close_environment(holder); });
}

std::set<uint32_t>& consumers_of(Napi::Env env) { return environment_of(env)->consumers; }

}  // namespace dpdk_node
