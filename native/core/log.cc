#include "log.h"

#include <rte_log.h>

#include <cstdio>
#include <deque>
#include <mutex>

#include "error.h"

namespace dpdk_node::log {

namespace {

constexpr size_t kKeptLines = 256;

struct Log {
  std::mutex mutex;
  std::deque<std::string> lines;
  uint64_t written = 0;  // lines ever completed
  std::string partial;   // drivers write half lines
  bool echo = false;
};

// Allocated and never freed: EAL's threads may log while the process exits.
Log& instance() {
  static Log* log = new Log;
  return *log;
}

ssize_t on_write(void*, const char* data, size_t size) {
  Log& log = instance();
  std::lock_guard lock(log.mutex);
  for (size_t i = 0; i < size; i++) {
    if (data[i] != '\n') {
      log.partial += data[i];
      continue;
    }
    if (log.echo) std::fprintf(stderr, "%s\n", log.partial.c_str());
    log.lines.push_back(std::move(log.partial));
    log.partial.clear();
    log.written++;
    if (log.lines.size() > kKeptLines) log.lines.pop_front();
  }
  return static_cast<ssize_t>(size);
}

}  // namespace

void capture(bool echo) {
  {
    std::lock_guard lock(instance().mutex);
    instance().echo = echo;
  }
  static bool open = false;
  if (open) return;
  cookie_io_functions_t functions = {};
  functions.write = on_write;
  std::FILE* stream = fopencookie(nullptr, "w", functions);
  if (stream == nullptr) throw Error("OUT_OF_MEMORY", "no memory for the log stream");
  std::setvbuf(stream, nullptr, _IOLBF, 0);
  rte_openlog_stream(stream);
  open = true;
}

uint64_t mark() {
  std::lock_guard lock(instance().mutex);
  return instance().written;
}

std::vector<std::string> since(uint64_t position) {
  Log& log = instance();
  std::lock_guard lock(log.mutex);
  const uint64_t oldest = log.written - log.lines.size();
  const uint64_t from = position > oldest ? position - oldest : 0;
  if (from >= log.lines.size()) return {};
  return {log.lines.begin() + static_cast<ptrdiff_t>(from), log.lines.end()};
}

}  // namespace dpdk_node::log
