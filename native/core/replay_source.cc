#include "replay_source.h"

#include <rte_memcpy.h>

#include <algorithm>
#include <numeric>

#include "error.h"

namespace dpdk_node {

ReplaySource::ReplaySource(ReplayOptions options)
    : options_(std::move(options)), cycles_per_second_(static_cast<double>(rte_get_tsc_hz())) {
  const auto& lengths = options_.lengths;
  const auto total = std::accumulate(lengths.begin(), lengths.end(), uint64_t{0});
  const bool timed = options_.times.size() == lengths.size() || options_.times.empty();
  if (lengths.empty() || total != options_.bytes.size() || !timed || longest() > UINT16_MAX) {
    throw Error("INVALID_RECORDING", "the packets of a recording do not agree with their lengths");
  }
}

uint16_t ReplaySource::fill(rte_mbuf** buffers, uint16_t count, Pace& pace, uint64_t now) {
  uint16_t written = 0;
  while (written < count && pace.is_due(now)) {
    rte_mbuf* packet = buffers[written++];
    const auto length = static_cast<uint16_t>(options_.lengths[next_]);
    rte_memcpy(rte_pktmbuf_mtod(packet, uint8_t*), options_.bytes.data() + offset_, length);
    packet->data_len = length;
    packet->pkt_len = length;
    counters_.generated.add(1);
    counters_.bytes.add(length);
    if (!advance()) {
      pace.stop();
    } else if (options_.times.empty()) {
      pace.spend(length);
    } else {
      const double seconds = static_cast<double>(loop_) * options_.period_seconds + options_.times[next_];
      pace.wait_until(seconds * cycles_per_second_);
    }
  }
  return written;
}

bool ReplaySource::advance() {
  offset_ += options_.lengths[next_];
  if (++next_ < options_.lengths.size()) return true;
  next_ = 0;
  offset_ = 0;
  return ++loop_ != options_.loops;
}

uint32_t ReplaySource::longest() const {
  return options_.lengths.empty() ? 0 : *std::max_element(options_.lengths.begin(), options_.lengths.end());
}

std::vector<StreamCounts> ReplaySource::counts() const {
  return {{counters_.generated.read(), counters_.bytes.read()}};
}

}  // namespace dpdk_node
