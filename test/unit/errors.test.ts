import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { diagnose } from '../../lib/diagnosis.js'
import { DpdkError, fromNative } from '../../lib/errors.js'
import { packError, unpackError } from '../../lib/worker-protocol.js'

/** As the addon throws it. */
function nativeError(code: string, log: string[], message = 'it failed') {
  return Object.assign(new Error(message), { code, errno: 12, syscall: 'rte_eal_init', log })
}

describe('a native failure', () => {
  it('becomes a DpdkError with everything that is known', () => {
    const log = ['EAL: Not enough memory available! Requested: 4096MB, available: 256MB']
    const error = fromNative(nativeError('ERR_DPDK_EAL_INIT_FAILED', log)) as DpdkError
    expect(error).toBeInstanceOf(DpdkError)
    expect(error).toMatchObject({
      name: 'DpdkError',
      message: 'it failed',
      code: 'ERR_DPDK_NOT_ENOUGH_MEMORY',
      errno: 12,
      syscall: 'rte_eal_init',
      log,
    })
    expect(error.hint).toContain('4096 MB were asked for and 256 MB are free')
  })

  it('keeps its code where the cause is not known', () => {
    const error = fromNative(nativeError('ERR_DPDK_CALL_FAILED', ['EAL: something new'])) as DpdkError
    expect(error.code).toBe('ERR_DPDK_CALL_FAILED')
    expect('hint' in error).toBe(false)
  })

  it.each([new TypeError('x'), new DpdkError('x', { code: 'ERR_DPDK_X' }), 'text', undefined])(
    'is nothing else: %s',
    (error) => {
      expect(fromNative(error)).toBe(error)
    },
  )
})

describe('a DpdkError', () => {
  it('shows no fields that it has not', () => {
    const text = inspect(new DpdkError('it failed', { code: 'ERR_DPDK_X' }))
    expect(text).toContain("code: 'ERR_DPDK_X'")
    expect(text).not.toMatch(/errno|syscall|hint|cause/)
  })

  it('survives the way from a Worker', () => {
    const cause = new RangeError('boom')
    const error = unpackError(
      structuredClone(
        packError(new DpdkError('a handler threw', { code: 'ERR_DPDK_X', hint: 'Do.', cause })),
      ),
    )
    expect(error).toMatchObject({ message: 'a handler threw', code: 'ERR_DPDK_X', hint: 'Do.' })
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'boom', stack: cause.stack })
    expect(unpackError(structuredClone(packError('a string'))).message).toBe('a string')
    expect(unpackError(packError(new Error('other')))).toMatchObject({ code: 'ERR_DPDK_WORKER_FAILED' })
  })
})

describe('the cause of a failure', () => {
  const init = 'ERR_DPDK_EAL_INIT_FAILED'

  it.each([
    [
      'EAL: 256 hugepages of size 2097152 reserved, but no mounted hugetlbfs found for that size',
      'ERR_DPDK_HUGETLBFS_NOT_MOUNTED',
      'mount -t hugetlbfs -o pagesize=2048K none /dev/hugepages',
    ],
    [
      'EAL: No free 2048 kB hugepages reported on node 0',
      'ERR_DPDK_NO_FREE_HUGEPAGES',
      'hugepages-2048kB/nr_hugepages',
    ],
    ['EAL: Cannot get hugepage information.', 'ERR_DPDK_NO_FREE_HUGEPAGES', 'no-huge'],
    [
      'EAL: Not enough memory available on socket 0! Requested: 64MB, available: 2MB',
      'ERR_DPDK_NOT_ENOUGH_MEMORY',
      '64',
    ],
    [
      'EAL: eal_alloc_seg(): SIGBUS: Cannot mmap more hugepages of size 2MB',
      'ERR_DPDK_HUGEPAGE_LIMIT',
      'cgroup',
    ],
    [
      "EAL: Cannot create lock on '/var/run/dpdk/rte/config'. Is another primary process running?",
      'ERR_DPDK_FILE_PREFIX_IN_USE',
      'fuser /var/run/dpdk/rte/config',
    ],
    ['EAL: failed to parse device "net_foo0"', 'ERR_DPDK_DEVICE_NOT_FOUND', "spelling of 'net_foo'"],
    ['vdev_probe_all_drivers(): no driver found for net_bar1', 'ERR_DPDK_DEVICE_NOT_FOUND', "'net_bar1'"],
    ['EAL: lcore 9 unavailable', 'ERR_DPDK_LCORE_UNAVAILABLE', 'CPU 9'],
    [
      "EAL: FATAL: Cannot use IOVA as 'PA' since physical addresses are not available",
      'ERR_DPDK_IOVA_UNAVAILABLE',
      '--iova-mode=va',
    ],
    [
      'EAL: Cannot set up DMA remapping, error 12 (Cannot allocate memory)',
      'ERR_DPDK_DMA_MAPPING_FAILED',
      'limit of locked memory',
    ],
    [
      'EAL: 0000:01:00.0 VFIO group is not viable! Not all…',
      'ERR_DPDK_VFIO_GROUP_NOT_VIABLE',
      '0000:01:00.0/iommu_group',
    ],
    ['vfio-pci: probe of 0000:01:00.0 failed with error -22', 'ERR_DPDK_NO_IOMMU', 'intel_iommu=on'],
    [
      'ETHDEV: pool mbuf_data_room_size 2176 < 9618 (9490 + 128)',
      'ERR_DPDK_BUFFERS_TOO_SMALL',
      'dataRoom: 9618',
    ],
    ['ETHDEV: Ethdev port_id=0 nb_rx_queues=2 > 1', 'ERR_DPDK_TOO_MANY_QUEUES', '2 rx queues'],
    [
      "ETHDEV: Ethdev port_id=0 requested Rx offloads 0xe doesn't match Rx offloads capabilities 0x6 in x()",
      'ERR_DPDK_OFFLOAD_UNSUPPORTED',
      '0x8 of RTE_ETH_RX_OFFLOAD',
    ],
    [
      'ETHDEV: Ethdev port_id=0 invalid rss_hf: 0x30c, valid value: 0x300',
      'ERR_DPDK_RSS_UNSUPPORTED',
      '0xc of RTE_ETH_RSS',
    ],
    ['the arena of 1024 MB has no room for another 2075 MB', 'ERR_DPDK_ARENA_FULL', '2075 MB more'],
    ["cannot reserve 4194304 bytes of EAL memory for 'x'", 'ERR_DPDK_NOT_ENOUGH_MEMORY', '4 MB in one piece'],
  ])('is found in the log: %s', (line, code, hint) => {
    const diagnosis = diagnose(init, ['EAL: Detected CPU lcores: 2', line, 'EAL: Cannot init EAL: Success'])
    expect(diagnosis?.code).toBe(code)
    expect(diagnosis?.hint).toContain(hint)
    expect(diagnosis?.hint).not.toContain('undefined')
  })

  it('may be known for one kind of failure only', () => {
    const lines = ['Cannot allocate memory']
    expect(diagnose('ERR_DPDK_MEMPOOL_FAILED', lines)?.code).toBe('ERR_DPDK_NOT_ENOUGH_MEMORY')
    expect(diagnose(init, lines)).toBeUndefined()
  })
})
