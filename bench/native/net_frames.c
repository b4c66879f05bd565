/* A DPDK driver for benchmarks: receives frames from memory, as fast as it is asked, and drops what is sent.
 * Every contender loads it (-d), so all of them get the same frames in the same order at the same cost, and
 * what each has done to them is summed up here, by the same code.
 *
 *   --vdev net_frames0,pcap=FILE[,copy=0][,check=N]
 *
 * pcap   the frames: a pcap file, not pcapng; from its start again after its end
 * copy   1 (default): each frame is copied into its buffer when it is received, as a virtual device does.
 *        0: all buffers of the pool are filled once, and receiving only hands them out; that costs the core
 *        what a NIC's driver costs it, whose device has written the buffer. Frames must be of one length.
 * check  frames of each transmit queue, from the first on, that go into its checksum (default 0)
 *
 * Counters: packets and bytes each way; extended ones: checked_frames, and checksum, the sum over those
 * frames of a hash of all their bytes, which does not depend on their order.
 */
#include <bus_vdev_driver.h>
#include <ethdev_driver.h>
#include <ethdev_vdev.h>
#include <inttypes.h>
#include <rte_kvargs.h>
#include <rte_malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_QUEUES 4
/* Telemetry writes numbers that JavaScript reads as such. */
#define CHECKSUM_MASK ((UINT64_C(1) << 48) - 1)

struct frame {
  uint8_t* bytes;
  uint16_t length;
};

struct rx_queue {
  struct rte_mempool* pool;
  const struct frame* frames;
  uint32_t frame_count;
  uint32_t next;
  uint16_t port;
  bool copy;
  /* Only its lcore writes; reading a value of some bursts ago does no harm. */
  uint64_t packets;
  uint64_t bytes;
} __rte_cache_aligned;

struct tx_queue {
  uint64_t to_check;
  uint64_t checked;
  uint64_t checksum;
  uint64_t packets;
  uint64_t bytes;
} __rte_cache_aligned;

struct device {
  struct rx_queue rx[MAX_QUEUES];
  struct tx_queue tx[MAX_QUEUES];
  struct frame* frames;
  uint32_t frame_count;
  uint64_t check;
  bool copy;
  struct rte_ether_addr address;
};

/* ---- frames from a pcap file */

static int read_frames(struct device* device, const char* path) {
  uint32_t header[6], record[4], capacity = 0;
  FILE* file = fopen(path, "rb");
  int result = -EINVAL;

  if (file == NULL) return -errno;
  if (fread(header, sizeof(header), 1, file) != 1 || (header[0] != 0xa1b2c3d4 && header[0] != 0xa1b23c4d))
    goto close;
  while (fread(record, sizeof(record), 1, file) == 1) {
    const uint32_t length = record[2];
    struct frame* frame;

    if (length > UINT16_MAX - RTE_PKTMBUF_HEADROOM) goto close;
    if (device->frame_count == capacity) {
      capacity = capacity == 0 ? 1024 : capacity * 2;
      frame = realloc(device->frames, capacity * sizeof(*frame));
      if (frame == NULL) goto close;
      device->frames = frame;
    }
    frame = &device->frames[device->frame_count++];
    /* Of whole cache lines: what copying costs then depends on the frame only. */
    frame->bytes = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(length, RTE_CACHE_LINE_SIZE));
    frame->length = (uint16_t)length;
    if (frame->bytes == NULL || fread(frame->bytes, length, 1, file) != 1) goto close;
  }
  result = device->frame_count == 0 ? -EINVAL : 0;
close:
  fclose(file);
  return result;
}

static bool one_length(const struct device* device) {
  for (uint32_t i = 1; i < device->frame_count; i++)
    if (device->frames[i].length != device->frames[0].length) return false;
  return true;
}

static void prefill(struct rte_mempool* pool, void* opaque, void* object, unsigned int index) {
  const struct rx_queue* queue = opaque;
  const struct rte_mbuf* packet = object;
  const struct frame* frame = &queue->frames[index % queue->frame_count];

  RTE_SET_USED(pool);
  memcpy((uint8_t*)packet->buf_addr + RTE_PKTMBUF_HEADROOM, frame->bytes, frame->length);
}

/* ---- data path */

static uint16_t receive(void* opaque, struct rte_mbuf** packets, uint16_t count) {
  struct rx_queue* queue = opaque;
  uint64_t bytes = 0;
  uint32_t next = queue->next;

  if (unlikely(rte_pktmbuf_alloc_bulk(queue->pool, packets, count) != 0)) return 0;
  for (uint16_t i = 0; i < count; i++) {
    struct rte_mbuf* packet = packets[i];
    const struct frame* frame = &queue->frames[next];

    if (++next == queue->frame_count) next = 0;
    if (queue->copy) rte_memcpy(rte_pktmbuf_mtod(packet, void*), frame->bytes, frame->length);
    packet->data_len = frame->length;
    packet->pkt_len = frame->length;
    packet->port = queue->port;
    bytes += frame->length;
  }
  queue->next = next;
  queue->packets += count;
  queue->bytes += bytes;
  return count;
}

static uint64_t hash(const struct rte_mbuf* packet) {
  uint64_t value = packet->pkt_len;

  for (const struct rte_mbuf* segment = packet; segment != NULL; segment = segment->next) {
    const uint8_t* bytes = rte_pktmbuf_mtod(segment, const uint8_t*);

    for (uint16_t i = 0; i < segment->data_len; i++) value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
  }
  return value ^ (value >> 29);
}

static void check(struct tx_queue* queue, struct rte_mbuf** packets, uint16_t count) {
  for (uint16_t i = 0; i < count && queue->checked < queue->to_check; i++) {
    queue->checksum += hash(packets[i]);
    queue->checked++;
  }
}

static uint16_t transmit(void* opaque, struct rte_mbuf** packets, uint16_t count) {
  struct tx_queue* queue = opaque;
  uint64_t bytes = 0;

  if (unlikely(queue->checked < queue->to_check)) check(queue, packets, count);
  for (uint16_t i = 0; i < count; i++) bytes += packets[i]->pkt_len;
  rte_pktmbuf_free_bulk(packets, count);
  queue->packets += count;
  queue->bytes += bytes;
  return count;
}

/* ---- control */

static int configure(struct rte_eth_dev* dev) {
  RTE_SET_USED(dev);
  return 0;
}

static void set_states(struct rte_eth_dev* dev, uint8_t link, uint8_t queue) {
  dev->data->dev_link.link_status = link;
  for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) dev->data->rx_queue_state[i] = queue;
  for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) dev->data->tx_queue_state[i] = queue;
}

static int start(struct rte_eth_dev* dev) {
  set_states(dev, RTE_ETH_LINK_UP, RTE_ETH_QUEUE_STATE_STARTED);
  return 0;
}

static int stop(struct rte_eth_dev* dev) {
  set_states(dev, RTE_ETH_LINK_DOWN, RTE_ETH_QUEUE_STATE_STOPPED);
  return 0;
}

static int set_up_rx_queue(struct rte_eth_dev* dev, uint16_t id, uint16_t descriptors, unsigned int socket,
                           const struct rte_eth_rxconf* conf, struct rte_mempool* pool) {
  struct device* device = dev->data->dev_private;
  struct rx_queue* queue = &device->rx[id];

  RTE_SET_USED(descriptors);
  RTE_SET_USED(socket);
  RTE_SET_USED(conf);
  *queue = (struct rx_queue){
      .pool = pool,
      .frames = device->frames,
      .frame_count = device->frame_count,
      .port = dev->data->port_id,
      .copy = device->copy,
  };
  if (!device->copy) rte_mempool_obj_iter(pool, prefill, queue);
  dev->data->rx_queues[id] = queue;
  return 0;
}

static int set_up_tx_queue(struct rte_eth_dev* dev, uint16_t id, uint16_t descriptors, unsigned int socket,
                           const struct rte_eth_txconf* conf) {
  struct device* device = dev->data->dev_private;

  RTE_SET_USED(descriptors);
  RTE_SET_USED(socket);
  RTE_SET_USED(conf);
  device->tx[id] = (struct tx_queue){.to_check = device->check};
  dev->data->tx_queues[id] = &device->tx[id];
  return 0;
}

static int describe(struct rte_eth_dev* dev, struct rte_eth_dev_info* info) {
  RTE_SET_USED(dev);
  info->max_mac_addrs = 1;
  info->max_rx_pktlen = UINT16_MAX;
  info->max_rx_queues = MAX_QUEUES;
  info->max_tx_queues = MAX_QUEUES;
  return 0;
}

static int get_stats(struct rte_eth_dev* dev, struct rte_eth_stats* stats) {
  const struct device* device = dev->data->dev_private;

  for (int i = 0; i < MAX_QUEUES; i++) {
    stats->ipackets += device->rx[i].packets;
    stats->ibytes += device->rx[i].bytes;
    stats->opackets += device->tx[i].packets;
    stats->obytes += device->tx[i].bytes;
  }
  return 0;
}

static int get_xstats(struct rte_eth_dev* dev, struct rte_eth_xstat* stats, unsigned int count) {
  const struct device* device = dev->data->dev_private;

  if (count < 2) return 2;
  stats[0] = (struct rte_eth_xstat){.id = 0};
  stats[1] = (struct rte_eth_xstat){.id = 1};
  for (int i = 0; i < MAX_QUEUES; i++) {
    stats[0].value += device->tx[i].checked;
    stats[1].value += device->tx[i].checksum;
  }
  stats[1].value &= CHECKSUM_MASK;
  return 2;
}

static int get_xstats_names(struct rte_eth_dev* dev, struct rte_eth_xstat_name* names, unsigned int count) {
  RTE_SET_USED(dev);
  if (names != NULL && count >= 2) {
    strcpy(names[0].name, "checked_frames");
    strcpy(names[1].name, "checksum");
  }
  return 2;
}

static int update_link(struct rte_eth_dev* dev, int wait) {
  RTE_SET_USED(dev);
  RTE_SET_USED(wait);
  return 0;
}

static int set_promiscuous(struct rte_eth_dev* dev) {
  RTE_SET_USED(dev);
  return 0;
}

static int set_mtu(struct rte_eth_dev* dev, uint16_t mtu) {
  RTE_SET_USED(dev);
  RTE_SET_USED(mtu);
  return 0;
}

static int close_device(struct rte_eth_dev* dev) {
  struct device* device = dev->data->dev_private;

  for (uint32_t i = 0; i < device->frame_count; i++) free(device->frames[i].bytes);
  free(device->frames);
  device->frames = NULL;
  device->frame_count = 0;
  dev->data->mac_addrs = NULL; /* part of the private data */
  return 0;
}

static const struct eth_dev_ops operations = {
    .dev_configure = configure,
    .dev_start = start,
    .dev_stop = stop,
    .dev_close = close_device,
    .dev_infos_get = describe,
    .rx_queue_setup = set_up_rx_queue,
    .tx_queue_setup = set_up_tx_queue,
    .link_update = update_link,
    .mtu_set = set_mtu,
    .promiscuous_enable = set_promiscuous,
    .promiscuous_disable = set_promiscuous,
    .allmulticast_enable = set_promiscuous,
    .allmulticast_disable = set_promiscuous,
    .stats_get = get_stats,
    .xstats_get = get_xstats,
    .xstats_get_names = get_xstats_names,
};

static int take_text(const char* key, const char* value, void* result) {
  RTE_SET_USED(key);
  *(const char**)result = value;
  return 0;
}

static int take_number(const char* key, const char* value, void* result) {
  RTE_SET_USED(key);
  *(uint64_t*)result = strtoull(value, NULL, 0);
  return 0;
}

static int fill_device(struct device* device, struct rte_kvargs* arguments) {
  const char* path = NULL;
  uint64_t copy = 1;
  int result;

  rte_kvargs_process(arguments, "pcap", take_text, &path);
  rte_kvargs_process(arguments, "copy", take_number, &copy);
  rte_kvargs_process(arguments, "check", take_number, &device->check);
  if (path == NULL) return -EINVAL;
  result = read_frames(device, path);
  if (result != 0) return result;
  device->copy = copy != 0;
  return device->copy || one_length(device) ? 0 : -EINVAL;
}

static int probe(struct rte_vdev_device* vdev) {
  static const char* const names[] = {"pcap", "copy", "check", NULL};
  struct rte_kvargs* arguments = rte_kvargs_parse(rte_vdev_device_args(vdev), names);
  struct rte_eth_dev* dev;
  struct device* device;
  int result;

  if (arguments == NULL) return -EINVAL;
  dev = rte_eth_vdev_allocate(vdev, sizeof(*device));
  if (dev == NULL) {
    rte_kvargs_free(arguments);
    return -ENOMEM;
  }
  device = dev->data->dev_private;
  result = fill_device(device, arguments);
  rte_kvargs_free(arguments);
  if (result != 0) {
    rte_eth_dev_release_port(dev);
    return result;
  }
  /* The same for every contender: what they write into frames must agree. */
  device->address = (struct rte_ether_addr){{0x02, 0xf0, 0, 0, 0, (uint8_t)dev->data->port_id}};
  dev->data->mac_addrs = &device->address;
  dev->data->dev_link = (struct rte_eth_link){
      .link_speed = RTE_ETH_SPEED_NUM_10G,
      .link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
      .link_autoneg = RTE_ETH_LINK_FIXED,
  };
  dev->dev_ops = &operations;
  dev->rx_pkt_burst = receive;
  dev->tx_pkt_burst = transmit;
  rte_eth_dev_probing_finish(dev);
  return 0;
}

static int remove_device(struct rte_vdev_device* vdev) {
  struct rte_eth_dev* dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

  if (dev == NULL) return 0;
  close_device(dev);
  return rte_eth_dev_release_port(dev);
}

static struct rte_vdev_driver driver = {
    .probe = probe,
    .remove = remove_device,
};

RTE_PMD_REGISTER_VDEV(net_frames, driver);
RTE_PMD_REGISTER_PARAM_STRING(net_frames, "pcap=<string> copy=<0|1> check=<int>");
