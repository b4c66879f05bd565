#include "filter.h"

#include <dlfcn.h>
#include <pcap/pcap.h>
#include <rte_errno.h>

#include <memory>
#include <vector>

#include "error.h"
#include "filter_code.h"

namespace dpdk_node {

namespace {

// libpcap is loaded when the first filter is made: programs without filters run where it is not installed.
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

rte_bpf* load(const bpf_program& classic) {
  const std::vector<ebpf_insn> code = translate_filter(classic);
  rte_bpf_prm parameters = {};
  parameters.ins = code.data();
  parameters.nb_ins = static_cast<uint32_t>(code.size());
  parameters.prog_arg.type = RTE_BPF_ARG_PTR_MBUF;
  parameters.prog_arg.size = sizeof(rte_mbuf);
  rte_bpf* program = rte_bpf_load(&parameters);
  if (program == nullptr)
    throw Error("INVALID_FILTER", "the filter cannot be loaded", rte_errno, "rte_bpf_load");
  return program;
}

}  // namespace

Filter::Filter(const std::string& expression) {
  const Libpcap& pcap = libpcap();
  const std::unique_ptr<pcap_t, decltype(pcap.close)> compiler(pcap.open_dead(DLT_EN10MB, kWholePacket),
                                                               pcap.close);
  if (compiler == nullptr) throw Error("OUT_OF_MEMORY", "no memory for a filter");
  bpf_program code = {};
  if (pcap.compile(compiler.get(), &code, expression.c_str(), kOptimize, PCAP_NETMASK_UNKNOWN) != 0) {
    throw Error("INVALID_FILTER", "'" + expression + "' is not a filter: " + pcap.geterr(compiler.get()));
  }
  const std::unique_ptr<bpf_program, decltype(pcap.freecode)> owned(&code, pcap.freecode);
  program_ = load(code);
  rte_bpf_jit jit = {};
  if (rte_bpf_get_jit(program_, &jit) == 0) compiled_ = jit.func;
}

Filter::~Filter() { rte_bpf_destroy(program_); }

}  // namespace dpdk_node
