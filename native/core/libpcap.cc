#include "libpcap.h"

#include <dlfcn.h>

#include <memory>
#include <string_view>
#include <type_traits>

#include "error.h"

namespace dpdk_node {

namespace {

struct Libpcap {
  decltype(&::pcap_open_dead) open_dead;
  decltype(&::pcap_compile) compile;
  decltype(&::pcap_geterr) geterr;
  decltype(&::pcap_freecode) freecode;
  decltype(&::pcap_close) close;
};

const Libpcap& libpcap() {
  static const Libpcap* library = [] {
    void* handle = nullptr;
    for (const char* name : {"libpcap.so.0.8", "libpcap.so.1", "libpcap.so"}) {
      if (handle == nullptr) handle = dlopen(name, RTLD_NOW);
    }
    if (handle == nullptr)
      throw Error("NO_LIBPCAP", "filter expressions need libpcap, which is not installed");
    const auto symbol = [handle](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    };
    auto* loaded = new Libpcap;
    symbol(loaded->open_dead, "pcap_open_dead");
    symbol(loaded->compile, "pcap_compile");
    symbol(loaded->geterr, "pcap_geterr");
    symbol(loaded->freecode, "pcap_freecode");
    symbol(loaded->close, "pcap_close");
    return loaded;
  }();
  return *library;
}

constexpr int kWholePacket = 262144;
constexpr int kOptimize = 1;

}  // namespace

ClassicFilter::ClassicFilter(const std::string& expression) {
  const Libpcap& pcap = libpcap();
  const std::unique_ptr<pcap_t, decltype(pcap.close)> compiler(pcap.open_dead(DLT_EN10MB, kWholePacket),
                                                               pcap.close);
  if (compiler == nullptr) throw Error("OUT_OF_MEMORY", "no memory for a filter");
  if (pcap.compile(compiler.get(), &code_, expression.c_str(), kOptimize, PCAP_NETMASK_UNKNOWN) == 0) return;
  std::string words = pcap.geterr(compiler.get());
  constexpr std::string_view kPreamble = "can't parse filter expression: ";
  if (words.starts_with(kPreamble)) words.erase(0, kPreamble.size());
  throw Error("INVALID_FILTER", words);
}

ClassicFilter::~ClassicFilter() { libpcap().freecode(&code_); }

}  // namespace dpdk_node
