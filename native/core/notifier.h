// The thread between lcores and event loops. Waking an event loop takes a mutex and may allocate, which an
// lcore must not do: it rings here, one system call, and this thread does the rest.
#pragma once

#include <memory>

namespace dpdk_node {

class Consumer;

namespace notifier {

// Consumers that may be rung for. Any thread but lcores. After `remove` returns, `on_ready` is not called
// again.
void add(std::shared_ptr<Consumer> consumer);
void remove(const Consumer* consumer);

// Lcore or any other thread: some consumer's `on_ready` is due.
void ring();

}  // namespace notifier
}  // namespace dpdk_node
