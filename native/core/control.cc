#include "control.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace dpdk_node::control {

namespace {

struct Control {
  std::mutex mutex;
  std::condition_variable ready;
  std::deque<std::function<void()>> tasks;
};

void serve(Control& control) {
  pthread_setname_np(pthread_self(), "dpdk-control");
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(control.mutex);
      control.ready.wait(lock, [&] { return !control.tasks.empty(); });
      task = std::move(control.tasks.front());
      control.tasks.pop_front();
    }
    task();
  }
}

// Allocated and never freed, its thread detached: destructors that run at exit would wait for it, or abort.
Control& instance() {
  static Control* control = [] {
    auto* created = new Control;
    std::thread([created] { serve(*created); }).detach();
    return created;
  }();
  return *control;
}

}  // namespace

void post(std::function<void()> task) {
  Control& control = instance();
  {
    std::lock_guard lock(control.mutex);
    control.tasks.push_back(std::move(task));
  }
  control.ready.notify_one();
}

bool run(std::function<void()> task, std::chrono::milliseconds limit) {
  // Shared with the task, because this call may give up first.
  struct Completion {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  auto completion = std::make_shared<Completion>();
  post([completion, task = std::move(task)] {
    task();
    std::lock_guard lock(completion->mutex);
    completion->done = true;
    completion->changed.notify_all();
  });
  std::unique_lock lock(completion->mutex);
  return completion->changed.wait_for(lock, limit, [&] { return completion->done; });
}

}  // namespace dpdk_node::control
