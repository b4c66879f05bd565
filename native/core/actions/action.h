// One step of a program. An action belongs to one receive queue's program, so one lcore runs it: its counters
// and its state need no lock.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <vector>

#include "../counter.h"

namespace dpdk_node {

class ActionList;

// What an action cost while somebody measured it, without what is in its branch.
struct Cost {
  Counter packets;
  Counter cycles;  // of the TSC
};

class Action {
 public:
  virtual ~Action() = default;

  virtual const char* kind() const = 0;

  // Lcore. Takes the packets it decides about and returns how many of the others, moved to the front in their
  // order, go on to the next action. Comes with one packet at least, and a burst at most.
  virtual uint16_t process(rte_mbuf** packets, uint16_t count) = 0;

  // Lcore, before it would take packets from the device: false leaves them in the device's queue.
  virtual bool has_room() const { return true; }

  // What became of the packets that came; the list holds as long as the action. Any thread may read them.
  virtual Tallies tallies() const = 0;

  // What people should know about how it runs; empty where that is nothing.
  virtual const char* note() const { return ""; }

  // The list that some of the packets go through, where there is one.
  virtual const ActionList* branch() const { return nullptr; }

  // Filled by the list that it is in.
  Cost& cost() { return cost_; }
  const Cost& cost() const { return cost_; }

 private:
  Cost cost_;
};

}  // namespace dpdk_node
