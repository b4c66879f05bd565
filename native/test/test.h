// What the test programs share: named checks, and an EAL with an arena and a pool, as the addon would make
// them. A program exits with 0 when all its tests passed.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "core/arena.h"
#include "core/control.h"
#include "core/eal.h"
#include "core/mempool.h"

namespace dpdk_node::test {

#define EXPECT(condition)                                                           \
  do {                                                                              \
    if (!(condition)) {                                                             \
      std::fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                                 \
    }                                                                               \
  } while (false)

#define EXPECT_EQUAL(actual, expected)                                                                      \
  do {                                                                                                      \
    const auto actual_value = static_cast<long long>(actual);                                               \
    const auto expected_value = static_cast<long long>(expected);                                           \
    if (actual_value != expected_value) {                                                                   \
      std::fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #actual, actual_value, \
                   expected_value);                                                                         \
      std::exit(1);                                                                                         \
    }                                                                                                       \
  } while (false)

template <typename Body>
void run(const char* name, Body body) {
  std::printf("%s\n", name);
  std::fflush(stdout);
  body();
}

// Does this on the control thread, where the core wants what it calls control, and waits for it.
template <typename Work>
auto on_control(Work work) {
  using Value = std::invoke_result_t<Work>;
  if constexpr (std::is_void_v<Value>) {
    EXPECT(control::run(work, std::chrono::hours(1)));
  } else {
    std::optional<Value> value;
    EXPECT(control::run([&] { value = work(); }, std::chrono::hours(1)));
    return *value;
  }
}

// Stands in for JavaScript's memory: pages that EAL's are mapped over.
inline uint8_t* arena_base = nullptr;
inline constexpr size_t kArenaLength = size_t{256} << 20;

// EAL without hugepages, devices or files; lcores 1 and 2 float over all CPUs and sleep when idle.
inline void open_eal() {
  arena_base = static_cast<uint8_t*>(mmap(nullptr, kArenaLength, PROT_READ | PROT_WRITE,
                                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  EXPECT(arena_base != MAP_FAILED);
  const std::string cpus = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? "(0-1)" : "(0)";
  const eal::Options options = {
      {"--lcores", "1@" + cpus + ",2@" + cpus + ",127@" + cpus, "--main-lcore", "127", "--no-huge", "-m",
       "128", "--no-pci", "--no-telemetry", "--no-shconf", "--file-prefix",
       "dpdk-node-test-" + std::to_string(getpid()), "--log-level", "warning"},
      arena_base,
      kArenaLength,
      Idle::kSleep,
      true};
  on_control([&] { eal::init(options); });
}

inline std::shared_ptr<Mempool> make_pool(const char* name, uint32_t size, bool isolated = true,
                                          uint32_t data_room = RTE_MBUF_DEFAULT_BUF_SIZE) {
  return std::make_shared<Mempool>(MempoolOptions{name, size, 0, data_room, SOCKET_ID_ANY, isolated});
}

}  // namespace dpdk_node::test
