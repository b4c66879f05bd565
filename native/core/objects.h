// Everything that JavaScript names by a number, and how it comes and goes: in which order an object is taken
// from its lcores, from JavaScript, and from memory. Control thread only, except where stated.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access_list.h"
#include "address_table.h"
#include "capture.h"
#include "consumer.h"
#include "generator.h"
#include "mempool.h"
#include "meter.h"
#include "port.h"
#include "program.h"
#include "registry.h"
#include "route_table.h"
#include "send_ring.h"

namespace dpdk_node {

// A port's send ring, and the lcore that reaps it.
struct PortSendRing {
  PortSendRing(std::shared_ptr<Port> to, Lcore& by, uint32_t size);

  std::shared_ptr<Port> port;
  Lcore& lcore;
  Dispatch dispatch;
  SendRing ring;
};

// What makes packets for a port, and the lcore that polls it.
struct PortGenerator {
  PortGenerator(std::shared_ptr<Port> to, Lcore& by, std::unique_ptr<TrafficSource> source,
                const PaceOptions& pace, uint64_t packets);

  std::shared_ptr<Port> port;
  Lcore& lcore;
  Generator generator;
};

namespace objects {

// Any thread may visit.
Registry<AccessList>& access_lists();
Registry<AddressTable>& address_tables();
Registry<RouteTable>& route_tables();
Registry<Mempool>& mempools();
Registry<Program>& programs();
Registry<HandlerRing>& handler_rings();
Registry<PortSendRing>& send_rings();
Registry<PortGenerator>& generators();
Registry<Meter>& meters();
Registry<Consumer>& consumers();

struct CaptureOptions {
  std::optional<std::string> filter;
  uint32_t snap_length;
  uint32_t ring_size;
};

struct NewProgram {
  uint32_t id;
  std::vector<uint32_t> rings;  // of its `handle` actions, depth first
};
// A program comes in two steps and goes in two, because packets with JavaScript outlast the swap, and the
// control thread does not wait for JavaScript:
//   create     its rings exist; no packet comes yet
//   install    packets go through it, and no longer through the one that was there
//   uninstall  they stay in the device; what is with JavaScript comes back
//   remove     what has not come back is taken
NewProgram create_program(uint16_t port, uint16_t queue, const std::vector<ActionOptions>& actions);
void install_program(uint32_t id);
// Nothing happens when it is not installed.
void uninstall_program(uint32_t id);
struct RemovedProgram {
  uint32_t reclaimed;    // packets that had to be taken back from JavaScript
  ProgramCounts counts;  // the last word
};
RemovedProgram remove_program(uint32_t id);

// Stops its programs, send rings and generators first.
PortCounts close_port(uint16_t id, bool detach);

uint32_t open_send_ring(uint16_t port, uint32_t size);
void close_send_ring(uint32_t id);

// By default on the lcore that polls the port's first queue.
uint32_t start_generator(uint16_t port, std::optional<unsigned> lcore, std::unique_ptr<TrafficSource> source,
                         const PaceOptions& pace, uint64_t packets);
// No packet of it is on its way any more. Returns the last word.
GeneratorCounts stop_generator(uint32_t id);

// Copies of what a queue receives, for JavaScript. One at a time on each queue. Returns its ring's number.
uint32_t start_capture(uint16_t port, uint16_t queue, const CaptureOptions& options);
// By its ring's number. Harmless when repeated.
void stop_capture(uint32_t ring);

void free_mempool(uint32_t id);

// A JavaScript thread's own calls.
uint32_t open_consumer(std::function<void()> on_ready);
void attach_ring(uint32_t consumer, uint32_t ring);
void detach_ring(uint32_t consumer, uint32_t ring);
// Gives up all its rings; afterwards `on_ready` is not called again. Harmless when repeated.
void close_consumer(uint32_t id);

// The end, in two steps: while lcores run, and after they have stopped.
void close_all();
void free_all_memory();

}  // namespace objects
}  // namespace dpdk_node
