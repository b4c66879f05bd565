// Takes one sample of a contender: lets it run for a while, and prints what its ports sent meanwhile.
//
//   sampler PID TELEMETRY-SOCKET PORTS CPU,CPU SETTLE-MS WINDOW-MS
//
// Where the last port is a net_frames that measures latency, that of the window is printed too.
//
// The process PID is stopped (SIGSTOP) before and after: contenders take turns on the same CPUs within a
// fraction of a second. Before and after, while nobody runs, the round trip of a cache line between the two
// CPUs is measured: on a virtual machine it changes for seconds at a time with where the host puts them.
//
// Packets are counted by the devices, and read through DPDK's telemetry, which every DPDK program has: all
// contenders are measured by the same means.

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  fprintf(stderr, "sampler: %s: %s\n", what.c_str(), strerror(errno));
  exit(1);
}

double seconds_between(Clock::time_point start, Clock::time_point end) {
  return std::chrono::duration<double>(end - start).count();
}

std::vector<int> parse_numbers(const char* text) {
  std::vector<int> numbers;
  std::stringstream stream(text);
  for (std::string number; std::getline(stream, number, ',');) numbers.push_back(std::stoi(number));
  return numbers;
}

void run_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0) fail("cannot run on a CPU");
}

// Nanoseconds for a cache line to the other CPU and back: the median of some short runs.
double round_trip(int here, int there) {
  constexpr int kRuns = 7;
  constexpr uint32_t kTrips = 3000;
  alignas(128) std::atomic<uint32_t> ping{0};
  alignas(128) std::atomic<uint32_t> pong{0};
  std::thread other([&] {
    run_on(there);
    for (uint32_t i = 1; i <= kRuns * kTrips; i++) {
      while (ping.load(std::memory_order_acquire) != i) {
      }
      pong.store(i, std::memory_order_release);
    }
  });
  run_on(here);
  std::vector<double> runs;
  uint32_t trip = 0;
  for (int run = 0; run < kRuns; run++) {
    const auto start = Clock::now();
    for (uint32_t i = 0; i < kTrips; i++) {
      ping.store(++trip, std::memory_order_release);
      while (pong.load(std::memory_order_acquire) != trip) {
      }
    }
    runs.push_back(seconds_between(start, Clock::now()) * 1e9 / kTrips);
  }
  other.join();
  std::sort(runs.begin(), runs.end());
  return runs[kRuns / 2];
}

class Telemetry {
 public:
  explicit Telemetry(const char* path) : socket_(socket(AF_UNIX, SOCK_SEQPACKET, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) fail(path);
    receive();  // it introduces itself
  }
  ~Telemetry() { close(socket_); }

  struct Statistics {
    uint64_t sent;
    uint64_t missed;
  };

  Statistics statistics_of(int port) {
    const std::string answer = ask("/ethdev/stats," + std::to_string(port));
    return {number(answer, "opackets").value(), number(answer, "imissed").value()};
  }

  // As JSON, since it was last asked for; empty where it is not measured. Nanoseconds.
  std::string latency_of(int port) {
    const std::string answer = ask("/ethdev/xstats," + std::to_string(port));
    std::string json;
    for (const char* name : {"packets", "p50_ns", "p99_ns", "p999_ns", "max_ns"}) {
      const std::string key = name;
      const auto value = number(answer, "latency_" + key);
      if (!value) return {};
      json += (json.empty() ? "\"" : ",\"") + key.substr(0, key.find('_')) + "\":" + std::to_string(*value);
    }
    return ",\"latency\":{" + json + "}";
  }

  // Of net_frames, over the first frames that it was sent; 0 where there is none.
  uint64_t checksum_of(int port) {
    const std::string answer = ask("/ethdev/xstats," + std::to_string(port));
    return number(answer, "checksum").value_or(0);
  }

 private:
  std::string ask(const std::string& command) {
    if (send(socket_, command.data(), command.size(), 0) < 0) fail("telemetry");
    return receive();
  }

  static std::optional<uint64_t> number(const std::string& answer, const std::string& name) {
    const size_t at = answer.find('"' + name + "\":");
    if (at == std::string::npos) return std::nullopt;
    return strtoull(answer.c_str() + at + name.size() + 3, nullptr, 10);
  }

  std::string receive() {
    char buffer[65536];
    const ssize_t length = recv(socket_, buffer, sizeof(buffer), 0);
    if (length < 0) fail("telemetry");
    return {buffer, static_cast<size_t>(length)};
  }

  int socket_;
};

struct Reading {
  Clock::time_point at;
  uint64_t packets;
  uint64_t missed;
};

// The answer waits for the thread that gives it; what it says holds for some moment between the two looks at
// the clock.
Reading read(Telemetry& telemetry, const std::vector<int>& ports) {
  const auto before = Clock::now();
  uint64_t packets = 0;
  uint64_t missed = 0;
  for (const int port : ports) {
    const auto statistics = telemetry.statistics_of(port);
    packets += statistics.sent;
    missed += statistics.missed;
  }
  return {before + (Clock::now() - before) / 2, packets, missed};
}

void sleep_for(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: sampler PID TELEMETRY-SOCKET PORTS CPU,CPU SETTLE-MS WINDOW-MS\n");
    return 2;
  }
  const pid_t process = atoi(argv[1]);
  const std::vector<int> ports = parse_numbers(argv[3]);
  const std::vector<int> cpus = parse_numbers(argv[4]);

  const double before = round_trip(cpus[0], cpus[1]);
  if (kill(process, SIGCONT) != 0) fail("cannot continue the contender");
  Telemetry telemetry(argv[2]);
  sleep_for(atoi(argv[5]));
  telemetry.latency_of(ports.back());
  const Reading start = read(telemetry, ports);
  sleep_for(atoi(argv[6]));
  const Reading end = read(telemetry, ports);
  const std::string latency = telemetry.latency_of(ports.back());
  uint64_t checksum = 0;
  for (const int port : ports) checksum += telemetry.checksum_of(port);
  kill(process, SIGSTOP);
  const double after = round_trip(cpus[0], cpus[1]);

  const double seconds = seconds_between(start.at, end.at);
  const uint64_t packets = end.packets - start.packets;
  printf(
      "{\"roundTripBefore\":%.1f,\"roundTripAfter\":%.1f,\"seconds\":%.6f,\"packets\":%llu,"
      "\"packetsPerSecond\":%.0f,\"missed\":%llu,\"checksum\":%llu%s}\n",
      before, after, seconds, static_cast<unsigned long long>(packets),
      static_cast<double>(packets) / seconds, static_cast<unsigned long long>(end.missed - start.missed),
      static_cast<unsigned long long>(checksum), latency.c_str());
  return 0;
}
