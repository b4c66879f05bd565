// Actions one after the other, and where packets go that come out of the last one. A program is a tree of these:
// the root's end drops them; a branch's end lets them go on behind the action that the branch belongs to.
//
//   root     match ─────────▶ handle ─────▶ forward ─▶ end: dropped, `unclaimed`
//              │           ▲
//   branch     └▶ handle ──┘ end: go on behind `match`
#pragma once

#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "actions/action.h"
#include "counter.h"

namespace dpdk_node {

// Of a program: whether its actions' costs are measured.
struct CostMeasurement {
  std::atomic<bool> on{false};
  // The lcore's: cycles spent in lists, so that an action can be told from its branch.
  uint64_t in_lists = 0;
};

class ActionList {
 public:
  // The root.
  explicit ActionList(CostMeasurement& measurement) : measurement_(measurement) {}
  // The branch of the action that will be `parent`'s next one.
  explicit ActionList(ActionList* parent)
      : measurement_(parent->measurement_), parent_(parent), behind_(parent->size() + 1) {}
  ActionList(const ActionList&) = delete;
  ActionList& operator=(const ActionList&) = delete;

  // Control thread, while the program is made.
  void add(std::unique_ptr<Action> action) { actions_.push_back(std::move(action)); }
  size_t size() const { return actions_.size(); }
  const std::vector<std::unique_ptr<Action>>& actions() const { return actions_; }

  // Lcore. As Action::process: how many packets come out of the end.
  uint16_t process(rte_mbuf** packets, uint16_t count) { return process_from(0, packets, count); }
  // Lcore. Takes packets from an action on, and on behind this list's end. This is where packets go that come
  // back from JavaScript.
  void go_on(size_t from, rte_mbuf** packets, uint16_t count);

  // Of the root: dropped at its end.
  const Counter& unclaimed() const { return unclaimed_; }

 private:
  uint16_t process_from(size_t from, rte_mbuf** packets, uint16_t count);
  uint16_t measure_from(size_t from, rte_mbuf** packets, uint16_t count);

  CostMeasurement& measurement_;
  ActionList* const parent_ = nullptr;
  const size_t behind_ = 0;  // where they go on in the parent
  std::vector<std::unique_ptr<Action>> actions_;
  Counter unclaimed_;
};

}  // namespace dpdk_node
