// The signal that net_tap has the kernel send when a frame has come: rx_burst looks at the device only after
// its handler has run.
#pragma once

#include <sys/types.h>

namespace dpdk_node::receive_signal {

// Lets the devices that were opened since the last call interrupt this thread and no other. They would
// interrupt the process: most often Node's main thread, and a device is blind for as long as that does not
// come to run. And they would queue a signal a frame, beyond the limit of queued signals SIGIO comes instead,
// and that ends the process. SIGIO with their handler does not queue.
void direct_to(pid_t thread);

}  // namespace dpdk_node::receive_signal
