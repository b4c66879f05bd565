// The environment abstraction layer: once per process, for ever. It owns the lcores. Control thread only,
// except where stated.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lcore.h"

namespace dpdk_node::eal {

struct Options {
  std::vector<std::string> arguments;  // argv[1]… of rte_eal_init
  uint8_t* arena;
  size_t arena_length;
  Idle idle;
  bool echo_log;
};

struct LcoreInfo {
  unsigned id;
  std::vector<unsigned> cpus;
  unsigned socket;
};

struct Info {
  unsigned main_lcore;
  std::vector<LcoreInfo> lcores;
  size_t page_size;
  bool hugepages;
  bool iova_as_va;
  std::string runtime_directory;
};

// Initialises EAL and launches the lcores.
Info init(const Options& options);

// Takes everything down: programs, rings, ports, lcores, pools, EAL. Packets with JavaScript are taken back
// at once. Harmless when repeated.
void close();

bool is_open();
// Throws where there is none.
Lcore& lcore(unsigned id);
const std::vector<std::unique_ptr<Lcore>>& lcores();
// Returns when no lcore uses what was removed before the call.
void synchronize();

}  // namespace dpdk_node::eal
