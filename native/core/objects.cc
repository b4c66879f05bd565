#include "objects.h"

#include <map>
#include <string>
#include <utility>

#include "control.h"
#include "eal.h"
#include "error.h"
#include "notifier.h"
#include "port.h"

namespace dpdk_node {

PortSendRing::PortSendRing(std::shared_ptr<Port> to, Lcore& by, uint32_t size)
    : port(std::move(to)),
      lcore(by),
      dispatch({{&port->output(lcore)}},
               [](rte_mbuf** packets, uint16_t count) { rte_pktmbuf_free_bulk(packets, count); }),
      ring(port->pool(), size, dispatch) {}

PortGenerator::PortGenerator(std::shared_ptr<Port> to, Lcore& by, std::unique_ptr<TrafficSource> source,
                             const PaceOptions& pace, uint64_t packets)
    : port(std::move(to)),
      lcore(by),
      generator(port->pool(), port->output(lcore), std::move(source), pace, packets) {}

namespace objects {

namespace {

// On a port's queue.
struct QueueCapture {
  std::shared_ptr<Port> port;
  uint16_t queue;
  Capture capture;
};

// By their rings' numbers.
std::map<uint32_t, std::shared_ptr<QueueCapture>>& captures() {
  static auto* captures = new std::map<uint32_t, std::shared_ptr<QueueCapture>>;
  return *captures;
}

// Copies its keys: what is done with each may remove it.
std::vector<uint32_t> capture_rings() {
  std::vector<uint32_t> rings;
  for (const auto& [ring, capture] : captures()) rings.push_back(ring);
  return rings;
}

// Removed from the registry and let go of at the next opportunity on the control thread, when no lcore can
// have it in its hands any more: rings and pools give EAL memory back, which other threads must not do.
template <typename T>
void retire(T object) {
  control::post([object = std::move(object)]() mutable {
    if (eal::is_open()) {
      eal::synchronize();
      object = {};
    } else {
      // EAL went first and took its memory along: there is nothing to give back, nor anyone to give it to.
      new T(std::move(object));
    }
  });
}

}  // namespace

Registry<AccessList>& access_lists() {
  static auto* registry = new Registry<AccessList>("access list", "ACCESS_LIST_NOT_FOUND");
  return *registry;
}
Registry<AddressTable>& address_tables() {
  static auto* registry = new Registry<AddressTable>("address table", "ADDRESS_TABLE_NOT_FOUND");
  return *registry;
}
Registry<RouteTable>& route_tables() {
  static auto* registry = new Registry<RouteTable>("route table", "ROUTE_TABLE_NOT_FOUND");
  return *registry;
}
Registry<Mempool>& mempools() {
  static auto* registry = new Registry<Mempool>("pool", "MEMPOOL_NOT_FOUND");
  return *registry;
}
Registry<Program>& programs() {
  static auto* registry = new Registry<Program>("program", "PROGRAM_NOT_FOUND");
  return *registry;
}
Registry<HandlerRing>& handler_rings() {
  static auto* registry = new Registry<HandlerRing>("handler ring", "RING_NOT_FOUND");
  return *registry;
}
Registry<PortSendRing>& send_rings() {
  static auto* registry = new Registry<PortSendRing>("send ring", "RING_NOT_FOUND");
  return *registry;
}
Registry<PortGenerator>& generators() {
  static auto* registry = new Registry<PortGenerator>("generator", "GENERATOR_NOT_FOUND");
  return *registry;
}
Registry<Meter>& meters() {
  static auto* registry = new Registry<Meter>("meter", "METER_NOT_FOUND");
  return *registry;
}
Registry<Consumer>& consumers() {
  static auto* registry = new Registry<Consumer>("consumer", "CONSUMER_NOT_FOUND");
  return *registry;
}

NewProgram create_program(uint16_t port_id, uint16_t queue_id, const std::vector<ActionOptions>& actions) {
  const auto port = Port::get(port_id);
  Lcore& lcore = port->rx_queue(queue_id).lcore();
  const auto program = std::make_shared<Program>(port, queue_id, lcore, actions);
  NewProgram created = {programs().add(program), {}};
  for (const auto& ring : program->rings()) {
    created.rings.push_back(handler_rings().add(ring));
    lcore.add(ring.get());
  }
  return created;
}

void install_program(uint32_t id) {
  const std::shared_ptr<Program> program = programs().get(id);
  program->port().rx_queue(program->queue()).set_program(program.get());
  program->lcore().synchronize();
}

void uninstall_program(uint32_t id) {
  const std::shared_ptr<Program> program = programs().get(id);
  RxQueue& queue = program->port().rx_queue(program->queue());
  if (queue.program() != program.get()) return;
  queue.set_program(nullptr);
  program->lcore().synchronize();
}

RemovedProgram remove_program(uint32_t id) {
  uninstall_program(id);
  const std::shared_ptr<Program> program = programs().remove(id);
  uint32_t reclaimed = 0;
  for (const auto& ring : program->rings()) {
    program->lcore().remove(ring.get());
    reclaimed += ring->reclaim();
    for (const auto& [ring_id, other] : handler_rings().all()) {
      if (other == ring) handler_rings().remove(ring_id);
    }
  }
  program->drain();
  program->port().rx_queue(program->queue()).add_past_program(program->counts().received);
  return {reclaimed, program->counts()};
}

PortCounts close_port(uint16_t id, bool detach) {
  const auto port = Port::get(id);
  for (const auto& [program_id, program] : programs().all()) {
    if (&program->port() == port.get()) remove_program(program_id);
  }
  for (const auto& [ring_id, owner] : send_rings().all()) {
    if (owner->port == port) close_send_ring(ring_id);
  }
  for (const auto& [generator_id, owner] : generators().all()) {
    if (owner->port == port) stop_generator(generator_id);
  }
  for (const uint32_t ring : capture_rings()) {
    if (captures().at(ring)->port == port) stop_capture(ring);
  }
  port->stop();
  PortCounts last = port->settled_counts();
  port->close(detach);
  return last;
}

uint32_t open_send_ring(uint16_t port_id, uint32_t size) {
  const auto port = Port::get(port_id);
  // The lcore that polls the port's first queue also sends what JavaScript makes.
  Lcore& lcore = port->rx_queue(0).lcore();
  auto owner = std::make_shared<PortSendRing>(port, lcore, size);
  lcore.add(&owner->ring);
  return send_rings().add(std::move(owner));
}

void close_send_ring(uint32_t id) {
  const std::shared_ptr<PortSendRing> owner = send_rings().remove(id);
  if (owner == nullptr) return;
  // What was submitted before is still sent. The round under way may have been at the ring already; the next one
  // looks again.
  owner->lcore.synchronize();
  owner->lcore.synchronize();
  owner->lcore.remove(&owner->ring);
  owner->port->drain();
}

uint32_t start_generator(uint16_t port_id, std::optional<unsigned> lcore_id,
                         std::unique_ptr<TrafficSource> source, const PaceOptions& pace, uint64_t packets) {
  const auto port = Port::get(port_id);
  Lcore& lcore = lcore_id ? eal::lcore(*lcore_id) : port->rx_queue(0).lcore();
  auto owner = std::make_shared<PortGenerator>(port, lcore, std::move(source), pace, packets);
  const uint32_t id = generators().add(owner);
  lcore.add(&owner->generator);
  return id;
}

GeneratorCounts stop_generator(uint32_t id) {
  const std::shared_ptr<PortGenerator> owner = generators().get(id);
  owner->lcore.remove(&owner->generator);
  owner->generator.release();
  generators().remove(id);
  return owner->generator.counts();
}

uint32_t start_capture(uint16_t port_id, uint16_t queue_id, const CaptureOptions& options) {
  const auto port = Port::get(port_id);
  RxQueue& queue = port->rx_queue(queue_id);
  if (queue.capture() != nullptr) {
    throw Error("CAPTURE_RUNNING", "a capture runs on queue " + std::to_string(queue_id) + " of '" +
                                       port->name() + "' already: end it first");
  }
  std::shared_ptr<QueueCapture> capture(new QueueCapture{
      port, queue_id, Capture(port->pool(), options.filter, options.snap_length, options.ring_size)});
  const uint32_t ring = handler_rings().add(capture->capture.ring());
  queue.lcore().add(capture->capture.ring().get());
  queue.set_capture(&capture->capture);
  captures().emplace(ring, std::move(capture));
  return ring;
}

void stop_capture(uint32_t ring) {
  auto node = captures().extract(ring);
  if (!node) return;
  const QueueCapture& capture = *node.mapped();
  RxQueue& queue = capture.port->rx_queue(capture.queue);
  queue.set_capture(nullptr);
  // Also waits until the lcore has let go of the capture.
  queue.lcore().remove(capture.capture.ring().get());
  handler_rings().remove(ring);
  capture.capture.ring()->reclaim();
}

void free_mempool(uint32_t id) {
  if (mempools().get(id).use_count() > 2) {
    throw Error("MEMPOOL_IN_USE", "a port still has its packets in this pool: close the port first");
  }
  mempools().remove(id);
}

uint32_t open_consumer(std::function<void()> on_ready) {
  auto consumer = std::make_shared<Consumer>(std::move(on_ready));
  notifier::add(consumer);
  return consumers().add(std::move(consumer));
}

void attach_ring(uint32_t consumer, uint32_t ring) {
  consumers().get(consumer)->attach(ring, handler_rings().get(ring));
}

void detach_ring(uint32_t consumer, uint32_t ring) { retire(consumers().get(consumer)->detach(ring)); }

void close_consumer(uint32_t id) {
  std::shared_ptr<Consumer> consumer = consumers().remove(id);
  if (consumer == nullptr) return;
  notifier::remove(consumer.get());
  retire(std::pair(consumer->detach_all(), consumer));
}

void close_all() {
  for (const auto& [id, program] : programs().all()) remove_program(id);
  for (const auto& [id, owner] : send_rings().all()) close_send_ring(id);
  for (const auto& [id, owner] : generators().all()) stop_generator(id);
  for (const uint32_t ring : capture_rings()) stop_capture(ring);
  for (const auto& [id, consumer] : consumers().all()) consumer->detach_all();
  for (const auto& port : Port::all()) port->close(port->attached_here());
}

void free_all_memory() {
  for (const auto& [id, table] : address_tables().all()) address_tables().remove(id);
  for (const auto& [id, meter] : meters().all()) meters().remove(id);
  for (const auto& [id, list] : access_lists().all()) access_lists().remove(id);
  for (const auto& [id, table] : route_tables().all()) route_tables().remove(id);
  for (const auto& [id, pool] : mempools().all()) mempools().remove(id);
}

}  // namespace objects
}  // namespace dpdk_node
