#include "port.h"

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_errno.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string_view>

#include "eal.h"
#include "error.h"
#include "receive_signal.h"

namespace dpdk_node {

namespace {

// What a frame may have beyond the MTU: Ethernet header, frame check sequence, one VLAN tag; as net_tap
// counts it.
constexpr uint32_t kFrameOverhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN + RTE_VLAN_HLEN;

struct Ports {
  std::mutex mutex;  // the control thread writes, others read
  std::map<uint16_t, std::shared_ptr<Port>> open;

  static Ports& instance() {
    static Ports* ports = new Ports;
    return *ports;
  }
};

std::set<uint16_t> device_ids() {
  std::set<uint16_t> ids;
  uint16_t id;
  RTE_ETH_FOREACH_DEV(id) ids.insert(id);
  return ids;
}

// The object of an existing device; made when it is first asked for.
std::shared_ptr<Port> object_of(uint16_t id, bool attached_here) {
  Ports& ports = Ports::instance();
  std::lock_guard lock(ports.mutex);
  std::shared_ptr<Port>& port = ports.open[id];
  if (port == nullptr) port = std::make_shared<Port>(id, attached_here);
  return port;
}

// What EAL was told about a device at its start, so that it can be opened again by its name. Closing its port
// leaves the device plugged in, but it only has a port again when it is plugged in anew. Control thread.
struct ClosedDevice {
  rte_device* plugged;  // nullptr once it is out
  std::string arguments;
};

std::map<std::string, ClosedDevice>& closed_devices() {
  static auto* devices = new std::map<std::string, ClosedDevice>;
  return *devices;
}

void remember_closed(rte_device* device, bool plugged) {
  const rte_devargs* devargs = rte_dev_devargs(device);
  const char* arguments = devargs != nullptr && devargs->args != nullptr ? devargs->args : "";
  closed_devices()[rte_dev_name(device)] = {plugged ? device : nullptr, arguments};
}

bool has_ports(const rte_device* device) {
  uint16_t id;
  RTE_ETH_FOREACH_DEV_OF(id, device) return true;
  return false;
}

// Takes the device out if it is one of those, and completes its arguments if it is only named.
std::string unplug_closed(const std::string& device_arguments) {
  const auto found = closed_devices().find(device_arguments.substr(0, device_arguments.find(',')));
  if (found == closed_devices().end()) return device_arguments;
  auto& [name, closed] = *found;
  if (closed.plugged != nullptr && !has_ports(closed.plugged)) {
    check(rte_dev_remove(closed.plugged), "rte_dev_remove", "cannot detach '" + name + "'");
    closed.plugged = nullptr;
  }
  const bool only_named = device_arguments == name && !closed.arguments.empty();
  return only_named ? name + "," + closed.arguments : device_arguments;
}

uint16_t at_most(size_t wanted, uint16_t limit) {
  return static_cast<uint16_t>(std::min<size_t>(wanted, std::max<uint16_t>(limit, 1)));
}

}  // namespace

std::shared_ptr<Port> Port::attach(const std::string& device_arguments) {
  const std::string complete = unplug_closed(device_arguments);
  const std::set<uint16_t> before = device_ids();
  const int result = rte_dev_probe(complete.c_str());
  if (result < 0) {
    throw Error("DEVICE_NOT_ATTACHED", "cannot attach '" + device_arguments + "'", result, "rte_dev_probe");
  }
  for (const uint16_t id : device_ids()) {
    if (!before.contains(id)) return object_of(id, true);
  }
  // It was there already, for someone who asked for it at the same time.
  uint16_t id;
  const std::string name = complete.substr(0, complete.find(','));
  if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) return object_of(id, true);
  throw Error("DEVICE_NOT_ATTACHED", "'" + device_arguments + "' was attached but has no Ethernet port");
}

std::vector<std::shared_ptr<Port>> Port::all() {
  std::vector<std::shared_ptr<Port>> ports;
  for (const uint16_t id : device_ids()) ports.push_back(object_of(id, false));
  return ports;
}

std::shared_ptr<Port> Port::get(uint16_t id) {
  if (!rte_eth_dev_is_valid_port(id)) {
    throw Error("PORT_NOT_FOUND", "there is no port " + std::to_string(id) + " (any more)");
  }
  return object_of(id, false);
}

void Port::visit(uint16_t id, const std::function<void(const Port&)>& visitor) {
  Ports& ports = Ports::instance();
  std::lock_guard lock(ports.mutex);
  const auto found = ports.open.find(id);
  if (found == ports.open.end()) {
    throw Error("PORT_NOT_FOUND", "there is no port " + std::to_string(id) + " (any more)");
  }
  visitor(*found->second);
}

Port::Port(uint16_t id, bool attached_here) : id_(id), attached_here_(attached_here) {
  char name[RTE_ETH_NAME_MAX_LEN];
  check(rte_eth_dev_get_name_by_port(id, name), "rte_eth_dev_get_name_by_port", "cannot name port");
  name_ = name;
  device_ = device_info().device;
}

rte_eth_dev_info Port::device_info() const {
  rte_eth_dev_info info;
  check(rte_eth_dev_info_get(id_, &info), "rte_eth_dev_info_get", "no information about '" + name_ + "'");
  return info;
}

rte_ether_addr Port::mac_address() const {
  rte_ether_addr address;
  check(rte_eth_macaddr_get(id_, &address), "rte_eth_macaddr_get", "'" + name_ + "' has no address");
  return address;
}

uint16_t Port::mtu() const {
  uint16_t mtu;
  check(rte_eth_dev_get_mtu(id_, &mtu), "rte_eth_dev_get_mtu", "'" + name_ + "' has no MTU");
  return mtu;
}

PortConfiguration Port::configure(const PortOptions& options) {
  if (state_ != State::kAttached) {
    throw Error("PORT_CONFIGURED", "'" + name_ + "' is configured already: close it and open it again");
  }
  const rte_eth_dev_info info = device_info();
  const uint16_t rx_queues = at_most(options.rx_queue_lcores.size(), info.max_rx_queues);
  // net_tap insists on as many transmit as receive queues; lcores then share them.
  const uint16_t tx_queues = info.driver_name == std::string_view("net_tap")
                                 ? rx_queues
                                 : at_most(eal::lcores().size(), info.max_tx_queues);
  const rte_eth_conf configuration = device_configuration(options, info, rx_queues);
  check(rte_eth_dev_configure(id_, rx_queues, tx_queues, &configuration), "rte_eth_dev_configure",
        "cannot configure '" + name_ + "'");
  uint16_t rx_descriptors = options.rx_descriptors;
  uint16_t tx_descriptors = options.tx_descriptors;
  check(rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors),
        "rte_eth_dev_adjust_nb_rx_tx_desc", "'" + name_ + "' takes no such numbers of descriptors");

  pool_ = options.pool;
  for (uint16_t queue = 0; queue < rx_queues; queue++) {
    rx_queues_.push_back(std::make_unique<RxQueue>(id_, queue, eal::lcore(options.rx_queue_lcores[queue])));
  }
  try {
    set_up_queues(options, tx_queues, rx_descriptors, tx_descriptors);
    state_ = State::kConfigured;
    start();
    if (options.promiscuous) {
      const int result = rte_eth_promiscuous_enable(id_);
      // A device without the switch takes every frame as it is.
      if (result != -ENOTSUP)
        check(result, "rte_eth_promiscuous_enable", "'" + name_ + "' cannot be promiscuous");
    }
  } catch (...) {
    forget_configuration();
    throw;
  }
  PortConfiguration result = {
      {},    tx_queues,     tx_queues < eal::lcores().size(), rx_descriptors, tx_descriptors,
      mtu(), mac_address(), rte_eth_promiscuous_get(id_) == 1};
  for (const auto& queue : rx_queues_) result.rx_queues.emplace_back(queue->queue(), queue->lcore().id());
  return result;
}

// So that it can be tried again. The pool stays: the device's queues may still name it.
void Port::forget_configuration() {
  if (state_ == State::kStarted) stop();
  state_ = State::kAttached;
  rx_queues_.clear();
  outputs_.clear();
  tx_queues_.clear();
}

rte_eth_conf Port::device_configuration(const PortOptions& options, const rte_eth_dev_info& info,
                                        uint16_t rx_queues) const {
  rte_eth_conf configuration = {};
  if (options.mtu) {
    configuration.rxmode.mtu = *options.mtu;
    // Frames larger than a buffer come in several.
    const uint32_t frame = *options.mtu + kFrameOverhead;
    if (frame > options.pool->data_room() - RTE_PKTMBUF_HEADROOM) {
      configuration.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
    }
  }
  if (rx_queues > 1) {
    configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    configuration.rx_adv_conf.rss_conf.rss_hf =
        info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP);
  }
  configuration.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  return configuration;
}

void Port::set_up_queues(const PortOptions& options, uint16_t tx_queues, uint16_t rx_descriptors,
                         uint16_t tx_descriptors) {
  const int socket = rte_eth_dev_socket_id(id_);
  for (const auto& queue : rx_queues_) {
    check(rte_eth_rx_queue_setup(id_, queue->queue(), rx_descriptors, static_cast<unsigned>(socket), nullptr,
                                 options.pool->handle()),
          "rte_eth_rx_queue_setup", "cannot set up a receive queue of '" + name_ + "'");
  }
  const bool shared = tx_queues < eal::lcores().size();
  for (uint16_t queue = 0; queue < tx_queues; queue++) {
    check(rte_eth_tx_queue_setup(id_, queue, tx_descriptors, static_cast<unsigned>(socket), nullptr),
          "rte_eth_tx_queue_setup", "cannot set up a transmit queue of '" + name_ + "'");
    tx_queues_.push_back(std::make_unique<TxQueue>(TxQueue{id_, queue, shared, RTE_SPINLOCK_INITIALIZER}));
  }
  for (size_t i = 0; i < eal::lcores().size(); i++) {
    outputs_.push_back(std::make_unique<Output>(tx_queues_[i % tx_queues].get()));
  }
}

void Port::start() {
  require_configured();
  if (state_ == State::kStarted) return;
  check(rte_eth_dev_start(id_), "rte_eth_dev_start", "cannot start '" + name_ + "'");
  state_ = State::kStarted;
  for (size_t i = 0; i < outputs_.size(); i++) {
    outputs_[i]->set_longest_frame(longest_frame());
    outputs_[i]->set_open(true);
    eal::lcores()[i]->add(outputs_[i].get());
  }
  for (const auto& queue : rx_queues_) queue->lcore().add(queue.get());
  receive_signal::direct_to(rx_queues_.front()->lcore().thread());
}

// rx_burst and tx_burst on a stopped device are undefined: lcores leave it first.
void Port::stop() {
  if (state_ != State::kStarted) return;
  for (const auto& queue : rx_queues_) queue->lcore().remove(queue.get());
  drain();
  for (const auto& output : outputs_) output->set_open(false);
  eal::synchronize();
  for (size_t i = 0; i < outputs_.size(); i++) {
    eal::lcores()[i]->remove(outputs_[i].get());
    // What another port's lcore put there since. The output is closed, so this drops and counts.
    outputs_[i]->flush();
  }
  state_ = State::kConfigured;
  check(rte_eth_dev_stop(id_), "rte_eth_dev_stop", "cannot stop '" + name_ + "'");
}

void Port::close(bool detach) {
  if (state_ == State::kClosed) return;
  stop();
  state_ = State::kClosed;
  {
    Ports& ports = Ports::instance();
    std::lock_guard lock(ports.mutex);
    ports.open.erase(id_);
  }
  if (!attached_here_) remember_closed(device_, !detach);
  check(rte_eth_dev_close(id_), "rte_eth_dev_close", "cannot close '" + name_ + "'");
  if (detach) check(rte_dev_remove(device_), "rte_dev_remove", "cannot detach '" + name_ + "'");
  pool_.reset();
}

void Port::set_promiscuous(bool on) {
  check(on ? rte_eth_promiscuous_enable(id_) : rte_eth_promiscuous_disable(id_),
        on ? "rte_eth_promiscuous_enable" : "rte_eth_promiscuous_disable",
        "cannot switch promiscuous mode of '" + name_ + "'");
}

void Port::set_mtu(uint16_t mtu) {
  check(rte_eth_dev_set_mtu(id_, mtu), "rte_eth_dev_set_mtu",
        "'" + name_ + "' does not take an MTU of " + std::to_string(mtu));
  for (const auto& output : outputs_) output->set_longest_frame(longest_frame());
}

void Port::set_mac_address(const std::string& address) {
  rte_ether_addr parsed;
  if (rte_ether_unformat_addr(address.c_str(), &parsed) != 0) {
    throw Error("INVALID_MAC_ADDRESS", "'" + address + "' is not a MAC address");
  }
  check(rte_eth_dev_default_mac_addr_set(id_, &parsed), "rte_eth_dev_default_mac_addr_set",
        "'" + name_ + "' does not take the address " + address);
}

rte_eth_link Port::link() const {
  rte_eth_link link;
  check(rte_eth_link_get_nowait(id_, &link), "rte_eth_link_get_nowait", "'" + name_ + "' has no link state");
  return link;
}

rte_eth_stats Port::statistics() const {
  rte_eth_stats statistics;
  check(rte_eth_stats_get(id_, &statistics), "rte_eth_stats_get", "'" + name_ + "' has no statistics");
  return statistics;
}

void Port::reset_statistics() {
  check(rte_eth_stats_reset(id_), "rte_eth_stats_reset", "cannot reset the statistics of '" + name_ + "'");
}

PortCounts Port::counts() const {
  PortCounts counts;
  for (const auto& queue : rx_queues_)
    counts.rx_queues.push_back({queue->queue(), queue->lcore().id(), read(queue->tallies())});
  Tallies tx;
  for (const auto& output : outputs_) {
    const Tallies own = output->tallies();
    tx.insert(tx.end(), own.begin(), own.end());
  }
  counts.tx = read(tx);
  return counts;
}

PortCounts Port::settled_counts() const {
  PortCounts counts = this->counts();
  std::vector<NamedCount> tx;
  for (size_t i = 0; i < outputs_.size(); i++) {
    const Tallies tallies = outputs_[i]->tallies();
    std::vector<NamedCount> own = unread(tallies);
    eal::lcores()[i]->between_rounds([&] { read_into(own, tallies); });
    tx.insert(tx.end(), own.begin(), own.end());
  }
  counts.tx = sum_by_name(tx);
  return counts;
}

RxQueue& Port::rx_queue(uint16_t queue) const {
  require_configured();
  if (queue >= rx_queues_.size()) {
    throw Error("QUEUE_NOT_FOUND", "'" + name_ + "' has " + std::to_string(rx_queues_.size()) +
                                       " receive queues, there is no queue " + std::to_string(queue));
  }
  return *rx_queues_[queue];
}

Output& Port::output(const Lcore& lcore) const {
  require_configured();
  for (size_t i = 0; i < outputs_.size(); i++) {
    if (eal::lcores()[i].get() == &lcore) return *outputs_[i];
  }
  throw Error("LCORE_NOT_FOUND", "lcore " + std::to_string(lcore.id()) + " cannot send to '" + name_ + "'");
}

// Outputs empty themselves as soon as their lcore has nothing else to do, and every 100 us at the latest.
void Port::drain() const {
  for (int tries = 0; tries < 100; tries++) {
    const bool empty = std::none_of(outputs_.begin(), outputs_.end(),
                                    [](const auto& output) { return output->holds_packets(); });
    if (empty) return;
    rte_delay_us_sleep(100);
    // On a busy machine an lcore may not have run meanwhile.
    eal::synchronize();
  }
}

// Devices that declare no limit, as net_pcap and net_ring do, take whatever comes.
uint32_t Port::longest_frame() const {
  return device_info().max_rx_pktlen == UINT32_MAX ? Output::kNoLimit : mtu() + kFrameOverhead;
}

void Port::require_configured() const {
  if (state_ != State::kConfigured && state_ != State::kStarted) {
    throw Error("PORT_NOT_CONFIGURED", "'" + name_ + "' is not configured");
  }
}

}  // namespace dpdk_node
