// Every count there is, taken so that the counts of one lcore agree with each other: between two rounds of
// its loop. What must hold among them is said in lib/audit.ts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "counter.h"

namespace dpdk_node {

// One object that counts, and where it belongs; -1 where a number does not apply.
struct AuditEntry {
  const char* kind;  // "queue", "program", "action", "output", "sendRing", "capture", "generator"
  std::string name;  // of an action: its kind
  int64_t port;
  int64_t queue;
  int64_t lcore;
  int64_t program;
  int64_t index;  // of an action in its program, depth first; of a capture or generator among all there were
  int64_t depth;  // of an action: in how many branches it is
  std::vector<NamedCount> counts;
};

struct AuditedPool {
  uint32_t id;
  std::string name;
  uint32_t size;
  uint32_t in_use;
};

struct Audit {
  std::vector<AuditEntry> entries;
  std::vector<AuditedPool> pools;
};

// Control thread.
Audit audit();

}  // namespace dpdk_node
