/**
 * What EAL's and the drivers' messages mean: the cause behind each, a code of its own, and what to do.
 *
 * DPDK's error numbers often name a symptom ("Cannot init EAL: Success"); the log lines tell the cause. Texts are
 * those of DPDK 22.11 to 25.11.
 */

export interface Diagnosis {
  code: string
  hint: string
}

interface Symptom {
  /** In a line of the log, or in the error's message. */
  pattern: RegExp
  /** Only for errors with this code. */
  of?: string
  code: string
  hint: (match: RegExpMatchArray) => string
}

/** In order: the first one that fits, so causes stand before their consequences. */
const symptoms: readonly Symptom[] = [
  {
    pattern: /Not enough memory available(?: on socket \d+)?! ?Requested: (\d+)MB, available: (\d+)MB/,
    code: 'ERR_DPDK_NOT_ENOUGH_MEMORY',
    hint: ([, requested, available]) =>
      `${requested} MB were asked for and ${available} MB are free. Ask for less (memory.megabytes, -m), or ` +
      'reserve more hugepages: echo COUNT > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages',
  },
  {
    // Of this size before a missing mount: private memory needs none, and EAL mentions it all the same.
    pattern: /No free (2048) kB hugepages reported on node (\d+)/,
    of: 'ERR_DPDK_EAL_INIT_FAILED',
    code: 'ERR_DPDK_NO_FREE_HUGEPAGES',
    hint: noFreeHugepages,
  },
  {
    pattern: /(\d+) hugepages of size (\d+) reserved, but no mounted hugetlbfs found/,
    code: 'ERR_DPDK_HUGETLBFS_NOT_MOUNTED',
    hint: ([, count, bytes]) =>
      `${count} hugepages of ${kilobytes(bytes)} kB are reserved, but no file system gives access to them. ` +
      `Use memory: { kind: 'private' } (--in-memory), which needs none; or, to share memory with other ` +
      `processes: mkdir -p /dev/hugepages && mount -t hugetlbfs -o pagesize=${kilobytes(bytes)}K none /dev/hugepages`,
  },
  {
    pattern: /No free (\d+) kB hugepages reported on node (\d+)/,
    of: 'ERR_DPDK_EAL_INIT_FAILED',
    code: 'ERR_DPDK_NO_FREE_HUGEPAGES',
    hint: noFreeHugepages,
  },
  {
    pattern: /Cannot get hugepage information/,
    code: 'ERR_DPDK_NO_FREE_HUGEPAGES',
    hint: () =>
      'No hugepage can be had. Are some reserved (grep Huge /proc/meminfo), and for shared memory, is a hugetlbfs ' +
      'mounted that this user may write to (mount -t hugetlbfs)? Reserve: echo 256 > ' +
      "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages; or do without: memory: { kind: 'no-huge' } (--no-huge).",
  },
  {
    pattern: /SIGBUS: Cannot mmap more hugepages/,
    code: 'ERR_DPDK_HUGEPAGE_LIMIT',
    hint: () =>
      'The kernel has free hugepages but does not give them to this process: a container or cgroup limits them. ' +
      'See hugetlb.2MB.max in its cgroup; docker: --ulimit does not help, the hugetlb controller does.',
  },
  {
    pattern: /Cannot create lock on '([^']+)'. Is another primary process running/,
    code: 'ERR_DPDK_FILE_PREFIX_IN_USE',
    hint: ([, path]) =>
      `Another process holds ${path} (fuser ${path} names it). Give each process a filePrefix (--file-prefix) of its ` +
      'own; the default contains the process id.',
  },
  {
    pattern: /failed to parse device "([^"]*)"/i,
    code: 'ERR_DPDK_DEVICE_NOT_FOUND',
    hint: ([, device]) => unknownDevice(device),
  },
  {
    pattern: /no driver found for (\S+)/,
    code: 'ERR_DPDK_DEVICE_NOT_FOUND',
    hint: ([, device]) => unknownDevice(device),
  },
  {
    pattern: /lcore (\d+) unavailable/,
    code: 'ERR_DPDK_LCORE_UNAVAILABLE',
    hint: ([, lcore]) =>
      `CPU ${lcore} does not exist or this process may not run on it. taskset -p $$ shows the CPUs of a shell; a ` +
      "container's cpuset limits them too.",
  },
  {
    pattern: /Cannot use IOVA as 'PA' since physical addresses are not available/,
    code: 'ERR_DPDK_IOVA_UNAVAILABLE',
    hint: () =>
      'Physical addresses need root (or CAP_SYS_ADMIN) and hugepages. With vfio-pci and an IOMMU, virtual addresses ' +
      "do: extraArguments: ['--iova-mode=va'].",
  },
  {
    pattern: /Cannot set up DMA remapping, error (\d+)/,
    code: 'ERR_DPDK_DMA_MAPPING_FAILED',
    hint: ([, errno]) =>
      (errno === '12' ? 'The limit of locked memory is lower than the memory to map. ' : '') +
      'Compare `ulimit -l` with the memory that EAL was given; raise it with `ulimit -l unlimited`, LimitMEMLOCK= of ' +
      'the systemd unit, or docker run --ulimit memlock=-1.',
  },
  {
    pattern: /(\S+) VFIO group is not viable/,
    code: 'ERR_DPDK_VFIO_GROUP_NOT_VIABLE',
    hint: ([, device]) =>
      `A device of ${device}'s IOMMU group is still used by the kernel. All of ` +
      `/sys/bus/pci/devices/${device}/iommu_group/devices must be bound to vfio-pci or to no driver.`,
  },
  {
    pattern: /vfio-pci: probe of (\S+) failed with error -22|VFIO support not initialized/,
    code: 'ERR_DPDK_NO_IOMMU',
    hint: () =>
      'There is no IOMMU to protect the memory of this machine. Switch it on (BIOS: VT-d or AMD-Vi; kernel: ' +
      'intel_iommu=on), or give up the protection: vfio-pci with enable_unsafe_noiommu_mode=1, or uio_pci_generic.',
  },
  {
    pattern: /mbuf_data_room_size (\d+) < (\d+)/,
    code: 'ERR_DPDK_BUFFERS_TOO_SMALL',
    hint: ([, room, needed]) =>
      `The port needs buffers of ${needed} bytes and the pool's have ${room}. Lower the MTU, or open the port with ` +
      `a Mempool of dataRoom: ${needed}.`,
  },
  {
    pattern: /nb_([rt]x)_queues=(\d+) > (\d+)/,
    code: 'ERR_DPDK_TOO_MANY_QUEUES',
    hint: ([, direction, wanted, limit]) =>
      `${wanted} ${direction} queues were asked for; the device has ${limit}.`,
  },
  {
    pattern:
      /requested ([RT]x) offloads (0x[0-9a-f]+) doesn't match \S+ offloads capabilities (0x[0-9a-f]+)/i,
    code: 'ERR_DPDK_OFFLOAD_UNSUPPORTED',
    hint: ([, direction, wanted, have]) =>
      `The device cannot do every ${direction} offload that was asked for: ` +
      `${missingBits(wanted, have)} of RTE_ETH_${direction?.toUpperCase()}_OFFLOAD_* are missing.`,
  },
  {
    pattern: /invalid rss_hf: (0x[0-9a-f]+), valid value: (0x[0-9a-f]+)/i,
    code: 'ERR_DPDK_RSS_UNSUPPORTED',
    hint: ([, wanted, have]) =>
      `The device cannot hash ${missingBits(wanted, have)} of RTE_ETH_RSS_*; it can hash ${have}.`,
  },
  {
    pattern: /cannot reserve (\d+) bytes of EAL memory/,
    code: 'ERR_DPDK_NOT_ENOUGH_MEMORY',
    hint: ([, bytes]) =>
      `${megabytes(bytes)} MB in one piece are not free in EAL's memory. Give EAL more (memory.megabytes, -m), or ask for ` +
      'less: a pool takes its size times its dataRoom, and about 200 bytes more for each buffer.',
  },
  {
    pattern: /their table needs (\d+) bytes of EAL memory/,
    code: 'ERR_DPDK_NOT_ENOUGH_MEMORY',
    hint: ([, bytes]) =>
      `${megabytes(bytes)} MB are not free in EAL's memory, 32 or 64 of them in one piece. Give EAL more ` +
      '(memory.megabytes, -m). A table is there twice while it is replaced, and once routes were added to it one by one.',
  },
  {
    pattern: /Cannot allocate memory/,
    of: 'ERR_DPDK_MEMPOOL_FAILED',
    code: 'ERR_DPDK_NOT_ENOUGH_MEMORY',
    hint: () =>
      "The pool's buffers do not fit into EAL's memory: each takes its dataRoom and about 200 bytes more. Lower the " +
      "pool's size, or give EAL more memory (memory.megabytes, -m).",
  },
  {
    pattern: /the arena of (\d+) MB has no room for another (\d+) MB/,
    code: 'ERR_DPDK_ARENA_FULL',
    hint: ([, size, wanted]) =>
      `JavaScript sees at most ${size} MB of packet memory, and ${wanted} MB more were asked for. Lower the pool's size, ` +
      'or raise arenaMegabytes in Eal.init, up to 2048.',
  },
  {
    pattern: /zones own whole pages, and these are of (\d+) MB/,
    code: 'ERR_DPDK_PAGE_TOO_LARGE',
    hint: () =>
      'What JavaScript sees must not share a page with anything else, which takes small pages. Reserve some of 2 MB: ' +
      'echo 256 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages',
  },
  {
    pattern: /cannot attach '([^',]+)/,
    of: 'ERR_DPDK_DEVICE_NOT_ATTACHED',
    code: 'ERR_DPDK_DEVICE_NOT_ATTACHED',
    hint: ([, device]) =>
      `The driver of ${device} refused it, and the log says why. Usual causes: an argument that it does not know or ` +
      'that is missing, a file or an interface that is not there, a lack of privileges (net_tap and net_af_packet ' +
      'need root).',
  },
  {
    pattern: /No probed ethernet devices/i,
    of: 'ERR_DPDK_NO_PORTS',
    code: 'ERR_DPDK_NO_PORTS',
    hint: () =>
      'No device was found: none is bound to a driver that DPDK can use (dpdk-devbind.py --status), PCI is switched ' +
      "off (pci: 'none', --no-pci), or no virtual device was named (vdevs, --vdev).",
  },
]

/**
 * The cause of a failure with this code; undefined where it is not known.
 * @param lines what was logged during the call, and the error's own message.
 */
export function diagnose(code: string, lines: readonly string[]): Diagnosis | undefined {
  for (const symptom of symptoms) {
    if (symptom.of !== undefined && symptom.of !== code) continue
    for (const line of lines) {
      const match = line.match(symptom.pattern)
      if (match) return { code: symptom.code, hint: symptom.hint(match) }
    }
  }
  return undefined
}

function noFreeHugepages([, size, node]: RegExpMatchArray): string {
  return (
    `No hugepage of ${size} kB is free on NUMA node ${node}: none is reserved, or others hold them ` +
    '(grep -l huge /proc/*/maps), or a killed process left its files (ls /dev/hugepages; remove those that nobody ' +
    `uses). Reserve: echo 256 > /sys/devices/system/node/node${node}/hugepages/hugepages-${size}kB/nr_hugepages; ` +
    "or do without: memory: { kind: 'no-huge' } (--no-huge)."
  )
}

function unknownDevice(device = ''): string {
  const driver = device.replace(/\d*(,.*)?$/, '')
  return (
    `No driver answers to '${device}'. A virtual device is named after its driver and a number, for example net_tap0, ` +
    `net_pcap0, net_null0, net_af_packet0, net_ring0, net_memif0. Check the spelling of '${driver}', and that this ` +
    "driver's library (librte_net_….so) is installed where DPDK looks for it. A PCI device needs its whole address."
  )
}

function kilobytes(bytes = '0'): number {
  return Number(bytes) / 1024
}

function megabytes(bytes = '0'): number {
  return Math.ceil(Number(bytes) / 2 ** 20)
}

function missingBits(wanted = '0', have = '0'): string {
  return `0x${(BigInt(wanted) & ~BigInt(have)).toString(16)}`
}
