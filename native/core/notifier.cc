#include "notifier.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "consumer.h"
#include "error.h"

namespace dpdk_node::notifier {

namespace {

struct Notifier {
  int event;
  std::mutex mutex;  // held while `on_ready` runs, so that `remove` waits for it
  std::vector<std::shared_ptr<Consumer>> consumers;
};

void serve(Notifier& notifier) {
  pthread_setname_np(pthread_self(), "dpdk-notifier");
  for (;;) {
    uint64_t rings;
    if (read(notifier.event, &rings, sizeof rings) < 0 && errno != EINTR) return;
    std::lock_guard lock(notifier.mutex);
    for (const auto& consumer : notifier.consumers) consumer->notify_if_pending();
  }
}

// Never freed, as the control thread is not.
Notifier& instance() {
  static Notifier* notifier = [] {
    auto* created = new Notifier;
    created->event = eventfd(0, EFD_CLOEXEC);
    if (created->event < 0) throw Error("OUT_OF_FILES", "cannot make an eventfd", errno, "eventfd");
    std::thread([created] { serve(*created); }).detach();
    return created;
  }();
  return *notifier;
}

}  // namespace

void add(std::shared_ptr<Consumer> consumer) {
  Notifier& notifier = instance();
  std::lock_guard lock(notifier.mutex);
  notifier.consumers.push_back(std::move(consumer));
}

void remove(const Consumer* consumer) {
  Notifier& notifier = instance();
  std::lock_guard lock(notifier.mutex);
  std::erase_if(notifier.consumers, [&](const auto& own) { return own.get() == consumer; });
}

void ring() {
  const uint64_t one = 1;
  // An eventfd's counter cannot overflow here, and a failed write could not be mended.
  [[maybe_unused]] const ssize_t written = write(instance().event, &one, sizeof one);
}

}  // namespace dpdk_node::notifier
