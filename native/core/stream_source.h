// Packets of streams. A stream has templates, one for each of its sizes, whose bytes are complete; of a copy,
// only the fields that differ are written, and what they change in checksums.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "packet_field.h"
#include "traffic_source.h"

namespace dpdk_node {

// Of a stream, at most: they are bits of a byte.
inline constexpr size_t kMostChecksums = 8;

struct TemplateOptions {
  std::vector<uint8_t> bytes;
  // For each checksum of the stream: the sum of what it covers and no field changes, folded.
  std::vector<uint32_t> sums;
  // Of the probe, as in PacketFieldOptions.
  uint8_t probe_covered;
  uint8_t probe_swapped;
};

// An Internet checksum that changes. In a stream they are in the order in which they are to be computed:
// those of what a tunnel carries before the tunnel's own, which may cover them.
struct ChecksumOptions {
  uint16_t offset;
  bool zero_is_none;  // of UDP: a sum that comes out as 0 is sent as 0xffff
  uint8_t covered;    // by others, as in PacketFieldOptions
  uint8_t swapped;
};

struct StreamOptions {
  std::vector<TemplateOptions> templates;
  std::vector<uint16_t> order;  // of templates, again and again
  std::vector<PacketFieldOptions> fields;
  std::vector<ChecksumOptions> checksums;
  bool has_probe;
  bool has_timestamp;
};

class StreamSource final : public TrafficSource {
 public:
  // Control thread. `order`: which stream the next packet is of, again and again. Throws for a table that
  // would reach beyond a template.
  StreamSource(std::vector<StreamOptions> streams, std::vector<uint16_t> order);

  uint16_t fill(rte_mbuf** buffers, uint16_t count, Pace& pace, uint64_t now) override;
  uint32_t longest() const override;
  std::vector<StreamCounts> counts() const override;

 private:
  struct Template {
    std::vector<uint8_t> bytes;
    std::array<uint32_t, kMostChecksums> sums;
    uint8_t probe_covered;
    uint8_t probe_swapped;
  };

  // One that something changes; the others stay as the template has them.
  struct ActiveChecksum {
    size_t index;  // of its sum
    ChecksumOptions options;
  };

  struct Stream {
    std::vector<Template> templates;
    std::vector<uint16_t> order;
    std::vector<PacketField> fields;
    std::vector<ActiveChecksum> checksums;
    bool has_probe;
    bool has_timestamp;
    size_t next = 0;
    uint64_t sequence = 0;
    StreamCounters counters;
  };

  static std::unique_ptr<Stream> make(StreamOptions options);
  static std::vector<ActiveChecksum> active_checksums(const StreamOptions& options);
  static void change(Stream& stream, const Template& from, uint8_t* frame, uint64_t timestamp);
  static void count_made(Stream* stream, uint64_t packets, uint64_t bytes);
  // Returns the frame's length.
  static uint32_t write(Stream& stream, rte_mbuf* packet, uint64_t timestamp);

  std::vector<std::unique_ptr<Stream>> streams_;
  const std::vector<uint16_t> order_;
  size_t next_ = 0;
};

}  // namespace dpdk_node
