// An Ethernet port: its device, receive queues, and the outputs by which lcores send to it. Control thread
// only, except for the counters.
#pragma once

#include <rte_ethdev.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mempool.h"
#include "output.h"
#include "rx_queue.h"

namespace dpdk_node {

struct PortOptions {
  std::shared_ptr<Mempool> pool;
  std::vector<unsigned> rx_queue_lcores;  // one receive queue for each entry, as far as the device has them
  uint16_t rx_descriptors;
  uint16_t tx_descriptors;
  std::optional<uint16_t> mtu;
  bool promiscuous;
};

// What the device got, after its limits.
struct PortConfiguration {
  std::vector<std::pair<uint16_t, unsigned>> rx_queues;  // queue, lcore
  uint16_t tx_queues;
  bool tx_queues_shared;
  uint16_t rx_descriptors;
  uint16_t tx_descriptors;
  uint16_t mtu;
  rte_ether_addr mac_address;
  bool promiscuous;
};

// What was counted at a port; the transmit side summed over the lcores.
struct PortCounts {
  struct Queue {
    uint16_t queue;
    unsigned lcore;
    std::vector<NamedCount> counts;
  };
  std::vector<Queue> rx_queues;
  std::vector<NamedCount> tx;
};

class Port : public std::enable_shared_from_this<Port> {
 public:
  enum class State { kAttached, kConfigured, kStarted, kClosed };

  // Probes a device ("net_tap0,iface=left", "0000:01:00.0") and returns its first new port.
  static std::shared_ptr<Port> attach(const std::string& device_arguments);
  // All ports of EAL that nobody else owns.
  static std::vector<std::shared_ptr<Port>> all();
  // Throws where there is none.
  static std::shared_ptr<Port> get(uint16_t id);
  // The same for any thread, for what may be read there.
  static void visit(uint16_t id, const std::function<void(const Port&)>& visitor);

  Port(uint16_t id, bool attached_here);
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  uint16_t id() const { return id_; }
  const std::string& name() const { return name_; }
  State state() const { return state_; }
  bool attached_here() const { return attached_here_; }
  rte_eth_dev_info device_info() const;
  rte_ether_addr mac_address() const;
  uint16_t mtu() const;

  // rte_eth_dev_configure, queues, start.
  PortConfiguration configure(const PortOptions& options);
  void start();
  // Lcores leave it; programs stay on its queues and go on after start().
  void stop();
  // Also unplugs the device when `detach`. Programs on its queues must be gone; others may still send to it.
  void close(bool detach);

  void set_promiscuous(bool on);
  void set_mtu(uint16_t mtu);
  void set_mac_address(const std::string& address);
  rte_eth_link link() const;
  rte_eth_stats statistics() const;
  void reset_statistics();

  // Any thread. While lcores send, one count is read after the other.
  PortCounts counts() const;
  // As each lcore left them between two rounds: these agree with each other.
  PortCounts settled_counts() const;

  const Mempool& pool() const { return *pool_; }
  RxQueue& rx_queue(uint16_t queue) const;
  const std::vector<std::unique_ptr<RxQueue>>& rx_queues() const { return rx_queues_; }
  // The way from an lcore to this port. Throws before it is configured.
  Output& output(const Lcore& lcore) const;
  const std::vector<std::unique_ptr<Output>>& outputs() const { return outputs_; }
  // Returns when no lcore holds packets for this port, or at the latest after some milliseconds.
  void drain() const;

 private:
  rte_eth_conf device_configuration(const PortOptions& options, const rte_eth_dev_info& info,
                                    uint16_t rx_queues) const;
  void set_up_queues(const PortOptions& options, uint16_t tx_queues, uint16_t rx_descriptors,
                     uint16_t tx_descriptors);
  void forget_configuration();
  uint32_t longest_frame() const;
  void require_configured() const;

  const uint16_t id_;
  const bool attached_here_;
  std::string name_;
  rte_device* device_;
  State state_ = State::kAttached;
  std::shared_ptr<Mempool> pool_;
  std::vector<std::unique_ptr<TxQueue>> tx_queues_;
  std::vector<std::unique_ptr<RxQueue>> rx_queues_;
  std::vector<std::unique_ptr<Output>> outputs_;  // in the order of eal::lcores()
};

}  // namespace dpdk_node
