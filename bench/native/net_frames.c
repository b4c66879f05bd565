/* A DPDK driver for benchmarks: receives frames from memory, as fast as it is asked, and drops what is sent.
 * Every contender loads it (-d), so all of them get the same frames in the same order at the same cost, and
 * what each has done to them is summed up here, by the same code.
 *
 *   --vdev net_frames0,pcap=FILE[,copy=0][,check=N][,rate=N][,latency=1]
 *
 * pcap   the frames: a pcap file, not pcapng; from its start again after its end
 * copy   1 (default): each frame is copied into its buffer when it is received, as a virtual device does.
 *        0: all buffers of the pool are filled once, and receiving only hands them out; that costs the core
 *        what a NIC's driver costs it, whose device has written the buffer. Frames must be of one length.
 * check  frames of each transmit queue, from the first on, that go into its checksum (default 0)
 * rate   frames per second that come, one after the other, on each receive queue; 0: none. What nobody takes
 *        waits, up to 1,024 frames, as in a NIC's descriptors; more are counted as missed. Default: as fast as asked.
 * latency  1: measures for how long packets are with the program, from the burst that hands them out on any such
 *        device until they are sent here. The time is kept in the mbuf, where no handler comes near it.
 *
 * Counters: packets and bytes each way, missed; extended ones: checked_frames, and checksum, the sum over those
 * frames of a hash of all their bytes, which does not depend on their order; with latency, the number of packets
 * since the extended counters were last read, and the nanoseconds of some of them.
 */
#include <bus_vdev_driver.h>
#include <ethdev_driver.h>
#include <ethdev_vdev.h>
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_kvargs.h>
#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_QUEUES 4
/* Telemetry writes numbers that JavaScript reads as such. */
#define CHECKSUM_MASK ((UINT64_C(1) << 48) - 1)

/* Frames that wait for a receive queue to be polled. */
#define WAITING 1024
/* Of cycles, so that a rate is met exactly. */
#define FRACTION_BITS 8
#define AS_FAST_AS_ASKED UINT64_MAX

/* Buckets as wide as a 32nd of what they count, so that no value is off by more than 3 %. */
#define STEP_BITS 5
#define STEPS (1 << STEP_BITS)
#define BUCKETS (40 * STEPS)

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
  bool stamp;
  /* In fractions of cycles; no interval: as fast as it is asked. */
  uint64_t interval;
  uint64_t next_arrival;
  /* Only its lcore writes; reading a value of some bursts ago does no harm. */
  uint64_t missed;
  uint64_t packets;
  uint64_t bytes;
} __rte_cache_aligned;

struct tx_queue {
  uint64_t to_check;
  uint64_t checked;
  uint64_t checksum;
  bool latency;
  uint64_t packets;
  uint64_t bytes;
  /* Packets by the cycles that they took; only the lcore writes. */
  uint64_t took[BUCKETS];
} __rte_cache_aligned;

struct device {
  struct rx_queue rx[MAX_QUEUES];
  struct tx_queue tx[MAX_QUEUES];
  struct frame* frames;
  uint32_t frame_count;
  uint64_t check;
  uint64_t rate;
  bool latency;
  bool copy;
  struct rte_ether_addr address;
  /* What `took` said when the extended counters were last read. */
  uint64_t reported[BUCKETS];
};

/* Where packets carry the time at which they were received. */
static int stamp_offset;

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

/* How many of the wanted frames have come. */
static uint16_t arrived(struct rx_queue* queue, uint16_t wanted, uint64_t now) {
  uint64_t waiting;

  if (queue->interval == 0) return wanted;
  now <<= FRACTION_BITS;
  if (now < queue->next_arrival) return 0;
  waiting = (now - queue->next_arrival) / queue->interval + 1;
  if (unlikely(waiting > WAITING)) {
    queue->missed += waiting - WAITING;
    queue->next_arrival += (waiting - WAITING) * queue->interval;
    waiting = WAITING;
  }
  return (uint16_t)RTE_MIN(waiting, wanted);
}

static void stamp(struct rte_mbuf** packets, uint16_t count, uint64_t now) {
  for (uint16_t i = 0; i < count; i++) *RTE_MBUF_DYNFIELD(packets[i], stamp_offset, uint64_t*) = now;
}

static uint16_t receive(void* opaque, struct rte_mbuf** packets, uint16_t count) {
  struct rx_queue* queue = opaque;
  uint64_t bytes = 0;
  uint32_t next = queue->next;
  uint64_t now = 0;

  if (queue->stamp || queue->interval != 0) {
    now = rte_rdtsc();
    count = arrived(queue, count, now);
    if (count == 0) return 0;
  }
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
  if (queue->stamp) stamp(packets, count, now);
  queue->next = next;
  queue->next_arrival += count * queue->interval;
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

static unsigned int bucket_of(uint64_t cycles) {
  unsigned int shift;

  if (cycles < STEPS) return (unsigned int)cycles;
  shift = 63 - __builtin_clzll(cycles) - STEP_BITS;
  return RTE_MIN((shift << STEP_BITS) + (unsigned int)(cycles >> shift), BUCKETS - 1U);
}

/* The highest number of cycles that a bucket counts. */
static uint64_t cycles_of(unsigned int bucket) {
  const unsigned int shift = bucket < 2 * STEPS ? 0 : (bucket >> STEP_BITS) - 1;

  return ((((uint64_t)bucket - (shift << STEP_BITS)) + 1) << shift) - 1;
}

static void measure(struct tx_queue* queue, struct rte_mbuf** packets, uint16_t count) {
  const uint64_t now = rte_rdtsc();

  for (uint16_t i = 0; i < count; i++)
    queue->took[bucket_of(now - *RTE_MBUF_DYNFIELD(packets[i], stamp_offset, uint64_t*))]++;
}

static uint16_t transmit(void* opaque, struct rte_mbuf** packets, uint16_t count) {
  struct tx_queue* queue = opaque;
  uint64_t bytes = 0;

  if (unlikely(queue->checked < queue->to_check)) check(queue, packets, count);
  if (queue->latency) measure(queue, packets, count);
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
  /* None ever comes, where the rate is 0. */
  const uint64_t hz = rte_get_tsc_hz() << FRACTION_BITS;
  const uint64_t interval = device->rate == AS_FAST_AS_ASKED ? 0 : device->rate == 0 ? 1 : hz / device->rate;

  *queue = (struct rx_queue){
      .pool = pool,
      .frames = device->frames,
      .frame_count = device->frame_count,
      .port = dev->data->port_id,
      .copy = device->copy,
      .stamp = device->latency,
      .interval = interval,
      .next_arrival = device->rate == 0 ? UINT64_MAX : rte_rdtsc() << FRACTION_BITS,
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
  device->tx[id] = (struct tx_queue){.to_check = device->check, .latency = device->latency};
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
    stats->imissed += device->rx[i].missed;
    stats->opackets += device->tx[i].packets;
    stats->obytes += device->tx[i].bytes;
  }
  return 0;
}

/* Extended counters: two always, the others with latency. */
static const char* const xstat_names[] = {
    "checked_frames", "checksum",        "latency_packets", "latency_p50_ns",
    "latency_p99_ns", "latency_p999_ns", "latency_max_ns",
};
/* Parts of a thousand, in the order of the names. */
static const uint64_t permilles[] = {500, 990, 999, 1000};

static unsigned int xstat_count(const struct device* device) {
  return device->latency ? RTE_DIM(xstat_names) : 2;
}

/* Of the packets since the last time: their number, then the nanoseconds of each permille of them. */
static void report_latency(struct device* device, struct rte_eth_xstat* stats) {
  uint64_t took[BUCKETS] = {0}, packets = 0, passed = 0;
  unsigned int which = 0;

  for (unsigned int i = 0; i < BUCKETS; i++) {
    uint64_t total = 0;

    for (int queue = 0; queue < MAX_QUEUES; queue++) total += device->tx[queue].took[i];
    took[i] = total - device->reported[i];
    device->reported[i] = total;
    packets += took[i];
  }
  stats[0].value = packets;
  for (unsigned int i = 0; i < BUCKETS && packets > 0; i++) {
    passed += took[i];
    for (; which < RTE_DIM(permilles) && passed * 1000 >= packets * permilles[which]; which++)
      stats[1 + which].value = cycles_of(i) * NS_PER_S / rte_get_tsc_hz();
  }
}

static int get_xstats(struct rte_eth_dev* dev, struct rte_eth_xstat* stats, unsigned int count) {
  struct device* device = dev->data->dev_private;
  const unsigned int own = xstat_count(device);

  if (count < own) return own;
  for (unsigned int i = 0; i < own; i++) stats[i] = (struct rte_eth_xstat){.id = i};
  for (int i = 0; i < MAX_QUEUES; i++) {
    stats[0].value += device->tx[i].checked;
    stats[1].value += device->tx[i].checksum;
  }
  stats[1].value &= CHECKSUM_MASK;
  if (device->latency) report_latency(device, stats + 2);
  return own;
}

static int get_xstats_names(struct rte_eth_dev* dev, struct rte_eth_xstat_name* names, unsigned int count) {
  const unsigned int own = xstat_count(dev->data->dev_private);

  if (names != NULL && count >= own)
    for (unsigned int i = 0; i < own; i++) strcpy(names[i].name, xstat_names[i]);
  return own;
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

static int register_stamp(void) {
  static const struct rte_mbuf_dynfield field = {
      .name = "net_frames_received", .size = sizeof(uint64_t), .align = __alignof__(uint64_t)};

  stamp_offset = rte_mbuf_dynfield_register(&field);
  return stamp_offset;
}

static int fill_device(struct device* device, struct rte_kvargs* arguments) {
  const char* path = NULL;
  uint64_t copy = 1, latency = 0;
  int result;

  rte_kvargs_process(arguments, "pcap", take_text, &path);
  rte_kvargs_process(arguments, "copy", take_number, &copy);
  rte_kvargs_process(arguments, "check", take_number, &device->check);
  device->rate = AS_FAST_AS_ASKED;
  rte_kvargs_process(arguments, "rate", take_number, &device->rate);
  rte_kvargs_process(arguments, "latency", take_number, &latency);
  device->latency = latency != 0;
  if (device->latency && register_stamp() < 0) return -rte_errno;
  if (path == NULL) return -EINVAL;
  result = read_frames(device, path);
  if (result != 0) return result;
  device->copy = copy != 0;
  return device->copy || one_length(device) ? 0 : -EINVAL;
}

static int probe(struct rte_vdev_device* vdev) {
  static const char* const names[] = {"pcap", "copy", "check", "rate", "latency", NULL};
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
RTE_PMD_REGISTER_PARAM_STRING(net_frames, "pcap=<string> copy=<0|1> check=<int> rate=<int> latency=<0|1>");
