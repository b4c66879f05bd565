// Filters against libpcap's own interpreter: whatever the expression and the packet, in however many segments, ours
// says the same.
#include "core/filter.h"

#include <dlfcn.h>
#include <pcap/pcap.h>
#include <rte_byteorder.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/libpcap.h"
#include "test.h"

using namespace dpdk_node;
using namespace dpdk_node::test;

namespace {

using Bytes = std::vector<uint8_t>;

std::mt19937 random_source(1);  // the same numbers every time

uint32_t below(uint32_t limit) { return random_source() % limit; }
template <typename T>
const T& one_of(const std::vector<T>& choices) {
  return choices[below(static_cast<uint32_t>(choices.size()))];
}

// --- expressions

std::string number() {
  return std::to_string(one_of<uint32_t>({0, 1, 2, 6, 17, 64, 127, 128, 255, 1500, 65535}));
}

std::string accessor(int depth) {
  static const std::vector<std::string> headers = {"ether", "ip", "ip6", "tcp", "udp", "icmp", "arp"};
  std::string offset = std::to_string(below(70));
  // An offset that comes out of the packet, up to four bytes of it.
  if (depth > 0 && below(4) == 0) offset = accessor(depth - 1);
  return one_of(headers) + "[" + offset + one_of<std::string>({"", ":1", ":2", ":4"}) + "]";
}

std::string arithmetic(int depth) {
  const std::string left = below(8) == 0 ? "len" : accessor(depth);
  if (depth == 0 || below(2) == 0) return left;
  static const std::vector<std::string> operators = {"+", "-", "*", "/", "%", "&", "|", "^"};
  if (below(6) == 0)
    return "(" + left + one_of<std::string>({" << ", " >> "}) + std::to_string(below(32)) + ")";
  return "(" + left + " " + one_of(operators) + " " + (below(2) == 0 ? arithmetic(depth - 1) : number()) +
         ")";
}

std::string primitive() {
  static const std::vector<std::string> simple = {"ip",
                                                  "ip6",
                                                  "arp",
                                                  "tcp",
                                                  "udp",
                                                  "icmp",
                                                  "icmp6",
                                                  "vlan",
                                                  "vlan 5",
                                                  "host 10.0.0.1",
                                                  "src net 10.0.0.0/8",
                                                  "dst host 10.0.0.2",
                                                  "port 53",
                                                  "src port 80",
                                                  "dst port 443",
                                                  "portrange 50-100",
                                                  "tcp port 80",
                                                  "udp port 53",
                                                  "ip6 host 2001:db8::1",
                                                  "net 2001:db8::/32",
                                                  "ether host 02:00:00:00:00:01",
                                                  "ether proto 0x88cc",
                                                  "multicast",
                                                  "broadcast",
                                                  "greater 100",
                                                  "less 80",
                                                  "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn",
                                                  "ip[6:2] & 0x1fff != 0",
                                                  "ip proto 47",
                                                  "ip6 proto 6",
                                                  "ether[0] & 1 != 0",
                                                  "icmp[icmptype] == icmp-echo",
                                                  "mpls",
                                                  "pppoes"};
  if (below(3) != 0) return one_of(simple);
  static const std::vector<std::string> relations = {"=", "!=", "<", ">", "<=", ">="};
  return arithmetic(2) + " " + one_of(relations) + " " + (below(3) == 0 ? arithmetic(1) : number());
}

std::string expression(int depth) {
  if (depth == 0 || below(3) == 0) return primitive();
  if (below(4) == 0) return "not (" + expression(depth - 1) + ")";
  return "(" + expression(depth - 1) + ") " + one_of<std::string>({"and", "or"}) + " (" +
         expression(depth - 1) + ")";
}

// --- packets

void append(Bytes& bytes, std::initializer_list<uint32_t> values) {
  for (const uint32_t value : values) bytes.push_back(static_cast<uint8_t>(value));
}

void append_transport(Bytes& bytes, uint32_t protocol) {
  const uint32_t source = one_of<uint32_t>({53, 80, 443, 60, 1024});
  const uint32_t destination = one_of<uint32_t>({53, 80, 443, 99, 65535});
  append(bytes, {source >> 8, source, destination >> 8, destination});
  if (protocol == 6) append(bytes, {0, 0, 0, 1, 0, 0, 0, 2, 0x50, below(256), 1, 0, 0, 0, 0, 0});
  if (protocol == 17) append(bytes, {0, 20, 0, 0});
}

void append_ipv4(Bytes& bytes) {
  const uint32_t words = 5 + (below(4) == 0 ? below(11) : 0);
  const uint32_t protocol = one_of<uint32_t>({1, 6, 17, 47});
  const uint32_t fragment = one_of<uint32_t>({0, 0, 0x4000, 0x2000, 0x00b9});
  append(bytes, {0x40 | words, 0, 0, 60, 0, 0, fragment >> 8, fragment, 64, protocol, 0, 0});
  append(bytes, {10, 0, 0, below(4), 10, below(2), 0, below(4)});
  bytes.resize(bytes.size() + (words - 5) * 4, 1);
  append_transport(bytes, protocol);
}

void append_ipv6(Bytes& bytes) {
  const uint32_t protocol = one_of<uint32_t>({6, 17, 58, 0, 44});
  append(bytes, {0x60, 0, 0, 0, 0, 20, protocol, 64});
  for (int i = 0; i < 2; i++) {
    append(bytes, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, below(3)});
  }
  append_transport(bytes, protocol);
}

Bytes packet() {
  Bytes bytes;
  const uint32_t group = below(3) == 0 ? 0xff : 2;
  append(bytes, {group, 0, 0, 0, 0, below(3), 2, 0, 0, 0, 0, below(3)});
  for (uint32_t tags = below(4) == 0 ? 1 + below(2) : 0; tags != 0; tags--) {
    const uint32_t type = one_of<uint32_t>({0x8100, 0x88a8});
    append(bytes, {type >> 8, type, 0, below(7)});
  }
  const uint32_t type = one_of<uint32_t>({0x0800, 0x0800, 0x86dd, 0x0806, 0x88cc, 100});
  append(bytes, {type >> 8, type});
  if (type == 0x0800) append_ipv4(bytes);
  if (type == 0x86dd) append_ipv6(bytes);
  const size_t length = std::max<size_t>(14, bytes.size() + below(60));
  while (bytes.size() < length) bytes.push_back(one_of<uint8_t>({0, 1, 0xff, 0x7f, 0x80}));
  // Some end early, and some have what nobody sends.
  if (below(4) == 0) bytes.resize(14 + below(static_cast<uint32_t>(bytes.size() - 13)));
  if (below(4) == 0) bytes[below(static_cast<uint32_t>(bytes.size()))] = one_of<uint8_t>({0, 0xff, 0x45});
  return bytes;
}

// In as many segments as it happens, some of them of one byte.
rte_mbuf* in_segments(rte_mempool* pool, const Bytes& bytes) {
  rte_mbuf* head = nullptr;
  for (size_t at = 0; at < bytes.size();) {
    const size_t left = bytes.size() - at;
    const auto length = static_cast<uint16_t>(below(2) == 0 ? left : 1 + below(static_cast<uint32_t>(left)));
    rte_mbuf* segment = rte_pktmbuf_alloc(pool);
    EXPECT(segment != nullptr);
    std::memcpy(rte_pktmbuf_append(segment, length), bytes.data() + at, length);
    if (head == nullptr) {
      head = segment;
    } else {
      EXPECT_EQUAL(rte_pktmbuf_chain(head, segment), 0);
    }
    at += length;
  }
  return head;
}

// In one piece, whose end is that of the memory: whoever reads beyond it does not live on.
const rte_mbuf* in_one_piece(const Bytes& bytes) {
  static uint8_t* const end = [] {
    const auto page = static_cast<size_t>(getpagesize());
    auto* pages = static_cast<uint8_t*>(
        mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_EQUAL(mprotect(pages + page, 2 * page, PROT_NONE), 0);
    return pages + page;
  }();
  static rte_mbuf mbuf = {};
  std::copy(bytes.begin(), bytes.end(), end - bytes.size());
  mbuf.buf_addr = end - bytes.size();
  mbuf.nb_segs = 1;
  mbuf.data_len = static_cast<uint16_t>(bytes.size());
  mbuf.pkt_len = mbuf.data_len;
  return &mbuf;
}

// --- tests

// `bpf_filter` of libpcap.
using Interpreter = unsigned (*)(const bpf_insn*, const unsigned char*, unsigned, unsigned);

Interpreter interpreter() {
  void* library = dlopen("libpcap.so.0.8", RTLD_NOW);
  if (library == nullptr) library = dlopen("libpcap.so.1", RTLD_NOW);
  EXPECT(library != nullptr);
  return reinterpret_cast<Interpreter>(dlsym(library, "bpf_filter"));
}

struct Score {
  int expressions = 0;
  int compiled = 0;
  int matches = 0;
  int comparisons = 0;
};

void compare(const std::string& text, rte_mempool* pool, Interpreter libpcap, Score& score) {
  if (Filter::fault_of(text)) return;  // some reject all packets, and libpcap says so
  const ClassicFilter classic(text);
  const Filter filter(text);
  const Filter interpreted(text, Filter::Run::kInterpreted);
  EXPECT(!interpreted.is_compiled());
  score.compiled += filter.is_compiled();
  score.expressions++;
  for (int i = 0; i < 60; i++) {
    const Bytes bytes = packet();
    const auto length = static_cast<unsigned>(bytes.size());
    const bool expected = libpcap(classic.code().bf_insns, bytes.data(), length, length) != 0;
    rte_mbuf* mbuf = in_segments(pool, bytes);
    const bool actual = interpreted.matches(mbuf);
    EXPECT_EQUAL(filter.matches(mbuf), actual);
    rte_pktmbuf_free(mbuf);
    const bool in_one = filter.matches(in_one_piece(bytes));
    if (actual != expected || in_one != expected) {
      std::fprintf(stderr, "%s: libpcap %d, packet", text.c_str(), expected);
      for (const uint8_t byte : bytes) std::fprintf(stderr, " %02x", byte);
      std::fprintf(stderr, "\n");
    }
    EXPECT_EQUAL(actual, expected);
    EXPECT_EQUAL(in_one, expected);
    score.matches += expected;
    score.comparisons++;
  }
}

void says_what_libpcap_says(rte_mempool* pool) {
  const Interpreter libpcap = interpreter();
  Score score;
  for (int i = 0; i < 3000; i++) compare(expression(3), pool, libpcap, score);
  std::printf("%d expressions, %d of them compiled, %d comparisons, %d matches\n", score.expressions,
              score.compiled, score.comparisons, score.matches);
  EXPECT(score.expressions > 1000);
#ifdef __x86_64__
  EXPECT(score.compiled > score.expressions / 2);
#endif
  EXPECT(score.matches > score.comparisons / 10);
  EXPECT(score.matches < score.comparisons * 9 / 10);
}

// Nothing that a packet says may lead out of it.
void stays_in_the_packet(rte_mempool* pool) {
  for (const char* text :
       {"ether[ether[0:4]] = 1", "ether[ether[0:4]:4] = 1", "ether[ether[0:4] + 4294967280:2] != 0",
        "ether[4294963000:4] = 0", "ether[65536 * ether[0:2] : 4] >= 0"}) {
    const Filter filter(text);
    for (const uint8_t last : {0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x80, 0x00}) {
      const Bytes bytes = {0xff, 0xff, 0xff, last, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
      rte_mbuf* mbuf = in_segments(pool, bytes);
      EXPECT(!filter.matches(mbuf));
      EXPECT(!filter.matches(in_one_piece(bytes)));
      rte_pktmbuf_free(mbuf);
    }
  }
}

void expect_fault(const char* text, const char* message, std::optional<size_t> place, const char* word) {
  const auto fault = Filter::fault_of(text);
  EXPECT(fault.has_value());
  if (fault->message != message || fault->place != place || fault->word != word) {
    std::fprintf(stderr, "%s: %s at %zd '%s'\n", text, fault->message.c_str(),
                 fault->place ? static_cast<ssize_t>(*fault->place) : -1, fault->word.c_str());
  }
  EXPECT(fault->message == message);
  EXPECT(fault->place == place);
  EXPECT(fault->word == word);
}

void says_what_is_wrong_and_where() {
  EXPECT(!Filter::fault_of("tcp port 80"));
  expect_fault("tcp prot 80", "syntax error", 4, "prot");
  expect_fault("tcp port 80 and port foo", "unknown port 'foo'", 21, "foo");
  expect_fault("(tcp) ) or udp", "syntax error", 6, ")");
  expect_fault("(tcp port 80", "syntax error", 12, "");
  expect_fault("vlan 5000", "VLAN tag 5000 greater than maximum 4095", 5, "5000");
  expect_fault("net 10.0.0.1/8 or arp", "non-network bits set in \"10.0.0.1/8\"", 4, "10.0.0.1/8");
  expect_fault("tcp and udp", "expression rejects all packets", std::nullopt, "");
  expect_fault("ip protochain 6", "it has a loop, as protochain makes one", std::nullopt, "");
  expect_fault("inbound", "it asks what only a socket of Linux knows", std::nullopt, "");
}

}  // namespace

int main() {
  open_eal();
  on_control([] {
    const auto pool = make_pool("filter", 1024);
    run("says what libpcap says", [&] { says_what_libpcap_says(pool->handle()); });
    run("stays in the packet", [&] { stays_in_the_packet(pool->handle()); });
    run("says what is wrong, and where", says_what_is_wrong_and_where);
    EXPECT_EQUAL(rte_mempool_in_use_count(pool->handle()), 0);
  });
  on_control([] { eal::close(); });
  return 0;
}
