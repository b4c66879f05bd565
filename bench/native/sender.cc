// Sends the frames of a capture through a network interface of the kernel, at a rate, and prints how many it was rid of.
//
//   sender INTERFACE FILE FRAMES-PER-SECOND MILLISECONDS [FRAMES]
//
// FILE is a pcap file, not pcapng. A rate of 0 is as fast as the kernel takes them. What is due is sent at once, in
// system calls of up to 32 frames, and nothing is made up for later than the end. FRAMES end it earlier.

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Frame = std::vector<char>;

constexpr uint64_t kBurst = 32;

[[noreturn]] void fail(const std::string& what) {
  fprintf(stderr, "sender: %s: %s\n", what.c_str(), strerror(errno));
  exit(1);
}

std::vector<Frame> read_frames(const char* path) {
  std::ifstream file(path, std::ios::binary);
  uint32_t header[6];
  uint32_t record[4];
  std::vector<Frame> frames;
  if (!file.read(reinterpret_cast<char*>(header), sizeof(header))) fail(path);
  while (file.read(reinterpret_cast<char*>(record), sizeof(record))) {
    frames.emplace_back(record[2]);
    file.read(frames.back().data(), record[2]);
  }
  if (frames.empty()) fail(path);
  return frames;
}

int open_interface(const char* name) {
  const int interface = socket(AF_PACKET, SOCK_RAW, 0);
  if (interface < 0) fail("socket");
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(name));
  if (bind(interface, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) fail(name);
  const int yes = 1;
  if (setsockopt(interface, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes)) != 0)
    fail("PACKET_QDISC_BYPASS");
  return interface;
}

class Sender {
 public:
  Sender(int interface, std::vector<Frame>& frames) : interface_(interface) {
    for (Frame& frame : frames) pieces_.push_back({frame.data(), frame.size()});
    // Headers for a burst that begins at any frame.
    for (uint64_t i = 0; i < pieces_.size() + kBurst; i++) {
      mmsghdr message = {};
      message.msg_hdr.msg_iov = &pieces_[i % pieces_.size()];
      message.msg_hdr.msg_iovlen = 1;
      messages_.push_back(message);
    }
  }

  void send(uint64_t count) {
    const int taken = sendmmsg(interface_, &messages_[sent_ % pieces_.size()],
                               static_cast<unsigned>(std::min(count, kBurst)), 0);
    if (taken > 0) sent_ += static_cast<uint64_t>(taken);
    if (taken < 0 && errno != ENOBUFS && errno != EAGAIN) fail("sendmmsg");
  }

  uint64_t sent() const { return sent_; }

 private:
  int interface_;
  std::vector<iovec> pieces_;
  std::vector<mmsghdr> messages_;
  uint64_t sent_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) {
    fprintf(stderr, "usage: sender INTERFACE FILE FRAMES-PER-SECOND MILLISECONDS [FRAMES]\n");
    return 2;
  }
  std::vector<Frame> frames = read_frames(argv[2]);
  Sender sender(open_interface(argv[1]), frames);
  const double rate = atof(argv[3]);
  const double duration = atof(argv[4]) / 1000;
  const uint64_t limit = argc == 6 ? strtoull(argv[5], nullptr, 10) : UINT64_MAX;
  const auto start = Clock::now();
  double seconds = 0;
  while ((seconds = std::chrono::duration<double>(Clock::now() - start).count()) < duration) {
    const auto wanted = rate == 0 ? sender.sent() + kBurst : static_cast<uint64_t>(rate * seconds);
    const uint64_t due = std::min(wanted, limit);
    if (sender.sent() == limit) break;
    if (due > sender.sent()) sender.send(due - sender.sent());
  }
  printf("{\"sent\":%llu,\"seconds\":%.6f}\n", static_cast<unsigned long long>(sender.sent()), seconds);
  return 0;
}
