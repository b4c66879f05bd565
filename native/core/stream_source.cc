#include "stream_source.h"

#include <rte_memcpy.h>

#include <algorithm>

#include "error.h"
#include "probe.h"

namespace dpdk_node {

namespace {

void require(bool holds, const char* what) {
  if (!holds) throw Error("INVALID_STREAM", std::string("a stream's table is wrong: ") + what);
}

bool names_all(const std::vector<uint16_t>& order, size_t count) {
  return !order.empty() && std::all_of(order.begin(), order.end(), [=](uint16_t i) { return i < count; });
}

void check_field(const PacketFieldOptions& field, size_t length) {
  const bool known = field.width == 1 || field.width == 2 || field.width == 4 || field.width == 8;
  require(known && size_t{field.offset} + field.width <= length, "a field's place");
  require(field.shift < 64 && field.repeat != 0 && field.minimum <= field.maximum, "a field's values");
  require(field.kind != PacketFieldOptions::Kind::kList || !field.list.empty(), "a field's list");
}

// What TypeScript compiled is right; but what an lcore executes must not be able to write anywhere else.
void check(const StreamOptions& options) {
  require(names_all(options.order, options.templates.size()), "the order of templates");
  size_t shortest = UINT16_MAX;
  for (const TemplateOptions& each : options.templates) {
    require(each.bytes.size() <= UINT16_MAX && each.sums.size() == options.checksums.size(), "a template");
    shortest = std::min(shortest, each.bytes.size());
  }
  require(shortest >= (options.has_probe ? probe::kSize : 1), "a template's length");
  require(options.checksums.size() <= kMostChecksums, "too many checksums");
  for (const ChecksumOptions& checksum : options.checksums) {
    require(checksum.offset + sizeof(uint16_t) <= shortest, "a checksum's place");
  }
  for (const PacketFieldOptions& field : options.fields) check_field(field, shortest);

  const uint32_t none = ~((1U << options.checksums.size()) - 1);
  const auto is_known = [none](const auto& part) { return (part.covered & none) == 0; };
  const bool are_known =
      std::all_of(options.checksums.begin(), options.checksums.end(), is_known) &&
      std::all_of(options.fields.begin(), options.fields.end(), is_known) &&
      std::all_of(options.templates.begin(), options.templates.end(),
                  [none](const TemplateOptions& each) { return (each.probe_covered & none) == 0; });
  require(are_known, "what checksums cover");
}

// As rte_memcpy, but with fewer branches: the last part may be copied twice.
inline void copy_frame(uint8_t* to, const uint8_t* from, uint32_t length) {
  if (length >= 64) {
    uint32_t at = 0;
    for (; at + 64 <= length; at += 64) rte_mov64(to + at, from + at);
    rte_mov64(to + length - 64, from + length - 64);
  } else if (length >= 32) {
    rte_mov32(to, from);
    rte_mov32(to + length - 32, from + length - 32);
  } else {
    std::memcpy(to, from, length);
  }
}

}  // namespace

StreamSource::StreamSource(std::vector<StreamOptions> streams, std::vector<uint16_t> order)
    : order_(std::move(order)) {
  require(names_all(order_, streams.size()), "the order of streams");
  for (StreamOptions& options : streams) streams_.push_back(make(std::move(options)));
}

std::unique_ptr<StreamSource::Stream> StreamSource::make(StreamOptions options) {
  check(options);
  auto stream = std::make_unique<Stream>();
  stream->checksums = active_checksums(options);
  for (TemplateOptions& each : options.templates) {
    Template made = {std::move(each.bytes), {}, each.probe_covered, each.probe_swapped};
    std::copy(each.sums.begin(), each.sums.end(), made.sums.begin());
    stream->templates.push_back(std::move(made));
  }
  for (PacketFieldOptions& field : options.fields) stream->fields.emplace_back(std::move(field));
  stream->order = std::move(options.order);
  stream->has_probe = options.has_probe;
  stream->has_timestamp = options.has_timestamp;
  return stream;
}

// What changes a checksum changes those that cover it. They are behind it.
std::vector<StreamSource::ActiveChecksum> StreamSource::active_checksums(const StreamOptions& options) {
  uint32_t changed = 0;
  for (const PacketFieldOptions& field : options.fields) changed |= field.covered;
  if (options.has_probe) {
    for (const TemplateOptions& each : options.templates) changed |= each.probe_covered;
  }
  std::vector<ActiveChecksum> active;
  for (size_t i = 0; i < options.checksums.size(); i++) {
    if (((changed >> i) & 1) == 0) continue;
    active.push_back({i, options.checksums[i]});
    changed |= options.checksums[i].covered;
  }
  return active;
}

uint16_t StreamSource::fill(rte_mbuf** buffers, uint16_t count, Pace& pace, uint64_t now) {
  uint16_t written = 0;
  Stream* counted = nullptr;
  uint64_t made = 0;
  uint64_t bytes = 0;
  while (written < count && pace.is_due(now)) {
    Stream& stream = *streams_[order_[next_]];
    if (++next_ == order_.size()) next_ = 0;
    const uint32_t length = write(stream, buffers[written++], now & probe::kMask48);
    pace.spend(length);
    // Counted together as long as they are of one stream.
    if (&stream != counted) {
      count_made(counted, made, bytes);
      counted = &stream;
      made = 0;
      bytes = 0;
    }
    made++;
    bytes += length;
  }
  count_made(counted, made, bytes);
  return written;
}

void StreamSource::count_made(Stream* stream, uint64_t packets, uint64_t bytes) {
  if (stream == nullptr) return;
  stream->counters.generated.add(packets);
  stream->counters.bytes.add(bytes);
}

inline uint32_t StreamSource::write(Stream& stream, rte_mbuf* packet, uint64_t timestamp) {
  const Template& from = stream.templates[stream.order[stream.next]];
  if (++stream.next == stream.order.size()) stream.next = 0;
  auto* frame = rte_pktmbuf_mtod(packet, uint8_t*);
  const auto length = static_cast<uint16_t>(from.bytes.size());
  copy_frame(frame, from.bytes.data(), length);
  packet->data_len = length;
  packet->pkt_len = length;
  if (stream.has_probe || !stream.fields.empty()) change(stream, from, frame, timestamp);
  return length;
}

void StreamSource::change(Stream& stream, const Template& from, uint8_t* frame, uint64_t timestamp) {
  std::array<uint32_t, kMostChecksums> sums = from.sums;
  for (PacketField& field : stream.fields) field.apply(frame, sums.data());
  if (stream.has_probe) {
    const uint64_t sequence = stream.sequence++ & probe::kMask48;
    const uint64_t stamp = stream.has_timestamp ? timestamp : 0;
    probe::write(frame + from.bytes.size() - probe::kSize + probe::kSequence, sequence, stamp);
    add_to_sums(sums.data(), sum_words(sequence) + sum_words(stamp), from.probe_covered, from.probe_swapped);
  }
  for (const auto& [index, checksum] : stream.checksums) {
    auto value = static_cast<uint16_t>(~fold(sums[index]));
    if (value == 0 && checksum.zero_is_none) value = 0xffff;
    const uint16_t sent = rte_cpu_to_be_16(value);
    std::memcpy(frame + checksum.offset, &sent, sizeof sent);
    add_to_sums(sums.data(), value, checksum.covered, checksum.swapped);
  }
}

uint32_t StreamSource::longest() const {
  size_t longest = 0;
  for (const auto& stream : streams_) {
    for (const Template& each : stream->templates) longest = std::max(longest, each.bytes.size());
  }
  return static_cast<uint32_t>(longest);
}

std::vector<StreamCounts> StreamSource::counts() const {
  std::vector<StreamCounts> counts;
  for (const auto& stream : streams_) {
    counts.push_back({stream->counters.generated.read(), stream->counters.bytes.read()});
  }
  return counts;
}

}  // namespace dpdk_node
