#include "receive_signal.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

namespace dpdk_node::receive_signal {

namespace {

// The handler of the signal that the descriptor sends to the whole process; null where it sends none.
void (*handler_of(int descriptor))(int) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || !(flags & O_ASYNC) || fcntl(descriptor, F_GETOWN) != getpid()) return nullptr;
  struct sigaction action;
  const int signal = fcntl(descriptor, F_GETSIG);
  if (signal < SIGRTMIN || sigaction(signal, nullptr, &action) != 0) return nullptr;
  return action.sa_handler;
}

// False when somebody else has it.
bool take_sigio(void (*handler)(int)) {
  struct sigaction action;
  if (sigaction(SIGIO, nullptr, &action) != 0) return false;
  if (action.sa_handler == handler) return true;
  if (action.sa_handler != SIG_DFL) return false;
  action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return sigaction(SIGIO, &action, nullptr) == 0;
}

}  // namespace

void direct_to(pid_t thread) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const int descriptor = std::stoi(entry.path().filename().string());
    void (*handler)(int) = handler_of(descriptor);
    if (handler == nullptr) continue;
    if (take_sigio(handler)) fcntl(descriptor, F_SETSIG, 0);
    const f_owner_ex owner = {F_OWNER_TID, thread};
    fcntl(descriptor, F_SETOWN_EX, &owner);
  }
}

}  // namespace dpdk_node::receive_signal
