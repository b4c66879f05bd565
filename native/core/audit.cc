#include "audit.h"

#include <algorithm>

#include "eal.h"
#include "objects.h"
#include "port.h"

namespace dpdk_node {

namespace {

// What an lcore is to read: an entry, and the tallies behind its counts.
struct Reading {
  AuditEntry entry;
  Tallies tallies;
};

class Collector {
 public:
  explicit Collector(const Lcore& lcore) : lcore_(lcore) {}

  void add(const char* kind, Tallies tallies, AuditEntry where) {
    where.kind = kind;
    where.lcore = lcore_.id();
    where.counts = unread(tallies);
    readings_.push_back({std::move(where), std::move(tallies)});
  }

  // On the lcore.
  void read() {
    for (Reading& reading : readings_) read_into(reading.entry.counts, reading.tallies);
  }

  void hand_over(std::vector<AuditEntry>& entries) {
    for (Reading& reading : readings_) {
      reading.entry.counts = sum_by_name(reading.entry.counts);
      entries.push_back(std::move(reading.entry));
    }
  }

 private:
  const Lcore& lcore_;
  std::vector<Reading> readings_;
};

AuditEntry at(int64_t port, int64_t queue = -1, int64_t program = -1, int64_t index = -1,
              std::string name = "") {
  return {"", std::move(name), port, queue, -1, program, index, -1, {}};
}

void collect_ports(const Lcore& lcore, Collector& collector) {
  for (const auto& port : Port::all()) {
    for (const auto& queue : port->rx_queues()) {
      if (&queue->lcore() != &lcore) continue;
      collector.add("queue", queue->tallies(), at(port->id(), queue->queue()));
      const Capture* capture = queue->capture();
      if (capture != nullptr) {
        collector.add("capture", capture->tallies(), at(port->id(), queue->queue(), -1, capture->number()));
      }
    }
    if (!port->outputs().empty()) collector.add("output", port->output(lcore).tallies(), at(port->id()));
  }
}

void collect_programs(const Lcore& lcore, Collector& collector) {
  for (const auto& [id, program] : objects::programs().all()) {
    if (&program->lcore() != &lcore) continue;
    const uint16_t port = program->port().id();
    collector.add("program", program->tallies(), at(port, program->queue(), id));
    for (size_t i = 0; i < program->actions().size(); i++) {
      const auto [action, depth] = program->actions()[i];
      AuditEntry place = at(port, program->queue(), id, static_cast<int64_t>(i), action->kind());
      place.depth = depth;
      collector.add("action", action->tallies(), place);
    }
  }
  for (const auto& [id, owner] : objects::send_rings().all()) {
    if (&owner->lcore == &lcore) collector.add("sendRing", owner->ring.tallies(), at(owner->port->id()));
  }
  for (const auto& [id, owner] : objects::generators().all()) {
    if (&owner->lcore != &lcore) continue;
    collector.add("generator", owner->generator.tallies(), at(owner->port->id(), -1, -1, id));
  }
}

}  // namespace

Audit audit() {
  Audit audit;
  for (const auto& lcore : eal::lcores()) {
    Collector collector(*lcore);
    collect_ports(*lcore, collector);
    collect_programs(*lcore, collector);
    lcore->between_rounds([&] { collector.read(); });
    collector.hand_over(audit.entries);
  }
  for (const auto& [id, pool] : objects::mempools().all()) {
    audit.pools.push_back(
        {id, pool->handle()->name, pool->handle()->size, rte_mempool_in_use_count(pool->handle())});
  }
  return audit;
}

}  // namespace dpdk_node
