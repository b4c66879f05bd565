#include "eal.h"

#include <fcntl.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_memory.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "arena.h"
#include "error.h"
#include "log.h"
#include "mempool.h"
#include "objects.h"
#include "port.h"

namespace dpdk_node::eal {

namespace {

struct State {
  bool open = false;
  std::vector<std::unique_ptr<Lcore>> lcores;
  std::string runtime_directory;
};

// Never freed: lcores may outlive every destructor when a process ends without close().
State& state() {
  static State* state = new State;
  return *state;
}

// EAL keeps pointers into argv, so this lives as long as the process.
int initialise(const std::vector<std::string>& arguments) {
  auto* kept = new std::vector<std::string>{"dpdk-node"};
  kept->insert(kept->end(), arguments.begin(), arguments.end());
  auto* argv = new std::vector<char*>;
  for (std::string& argument : *kept) argv->push_back(argument.data());
  argv->push_back(nullptr);
  return rte_eal_init(static_cast<int>(kept->size()), argv->data());
}

LcoreInfo describe(unsigned id) {
  LcoreInfo info = {id, {}, rte_lcore_to_socket_id(id)};
  const rte_cpuset_t cpus = rte_lcore_cpuset(id);
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (CPU_ISSET(cpu, &cpus)) info.cpus.push_back(cpu);
  }
  return info;
}

// The hugetlbfs files that EAL's memory is in, named <prefix>map_<n>; none with private or ordinary memory.
std::set<std::string> hugepage_files() {
  const std::string prefix = std::filesystem::path(state().runtime_directory).filename().string() + "map_";
  std::set<std::string> files;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t path = line.find('/');
    if (path == std::string::npos) continue;
    if (std::filesystem::path(line.substr(path)).filename().string().starts_with(prefix)) {
      files.insert(line.substr(path));
    }
  }
  return files;
}

// EAL leaves its files behind, for secondary processes of a running primary and for the next start. This
// primary ends, and its next start would begin with other files.
void remove_files(const std::set<std::string>& files) {
  std::error_code ignored;
  for (const std::string& file : files) std::filesystem::remove(file, ignored);
  std::filesystem::remove_all(state().runtime_directory, ignored);
}

// Whether the files are those of another process that runs: EAL keeps a lock on this one as long as it does.
bool has_other_primary() {
  const int file = open((state().runtime_directory + "/config").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return errno != ENOENT;
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool locked = fcntl(file, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
  ::close(file);
  return locked;
}

// A virtual device that cannot be made is only logged by EAL.
void require_virtual_devices() {
  std::string missing;
  rte_dev_iterator iterator;
  const rte_device* device;
  RTE_DEV_FOREACH(device, "bus=vdev", &iterator) {
    if (!rte_dev_is_probed(device)) missing = rte_dev_name(device);
  }
  if (!missing.empty()) {
    throw Error("DEVICE_NOT_ATTACHED", "cannot attach '" + missing + "'", 0, "rte_eal_init");
  }
}

}  // namespace

Info init(const Options& options) {
  log::capture(options.echo_log);
  arena::adopt(options.arena, options.arena_length);
  rte_errno = 0;
  const bool initialised = initialise(options.arguments) >= 0;
  const int error_number = rte_errno;
  state().runtime_directory = rte_eal_get_runtime_dir();
  if (!initialised) {
    if (!has_other_primary()) remove_files(hugepage_files());
    throw Error("EAL_INIT_FAILED", "EAL cannot be initialised", error_number, "rte_eal_init");
  }
  state().open = true;
  try {
    require_virtual_devices();
  } catch (...) {
    close();
    throw;
  }

  Info info = {rte_get_main_lcore(),
               {},
               arena::page_size(),
               rte_eal_has_hugepages() != 0,
               rte_eal_iova_mode() == RTE_IOVA_VA,
               state().runtime_directory};
  unsigned id;
  RTE_LCORE_FOREACH_WORKER(id) {
    info.lcores.push_back(describe(id));
    state().lcores.push_back(std::make_unique<Lcore>(id, options.idle));
    state().lcores.back()->launch();
  }
  return info;
}

void close() {
  if (!state().open) return;
  state().open = false;
  objects::close_all();
  for (const auto& lcore : state().lcores) lcore->stop();
  objects::free_all_memory();
  const bool primary = rte_eal_process_type() == RTE_PROC_PRIMARY;
  const std::set<std::string> files = hugepage_files();
  rte_eal_cleanup();
  if (primary) remove_files(files);
}

bool is_open() { return state().open; }

Lcore& lcore(unsigned id) {
  for (const auto& lcore : state().lcores) {
    if (lcore->id() == id) return *lcore;
  }
  throw Error("LCORE_NOT_FOUND", "there is no lcore " + std::to_string(id));
}

const std::vector<std::unique_ptr<Lcore>>& lcores() { return state().lcores; }

void synchronize() {
  for (const auto& lcore : state().lcores) lcore->synchronize();
}

}  // namespace dpdk_node::eal
