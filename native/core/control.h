// The control thread: EAL's main lcore. Every call that may block runs here, one at a time, so nothing behind
// it needs a lock against its neighbours. rte_eal_init pins the thread that calls it; Node's threads stay as
// they are.
#pragma once

#include <chrono>
#include <functional>

namespace dpdk_node::control {

// Runs `task` on the control thread, after those posted before it. Starts the thread at first use; it never
// ends. Thread-safe. Tasks must not throw.
void post(std::function<void()> task);

// Posts a task and waits for it. False when it did not end within the limit (it then still runs to its end).
bool run(std::function<void()> task, std::chrono::milliseconds limit);

}  // namespace dpdk_node::control
