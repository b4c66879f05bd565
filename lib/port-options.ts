import { Mempool } from './mempool.js'
import type { Runtime } from './runtime.js'
import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkOptions,
  checkPowerOfTwo,
  invalidType,
  invalidValue,
} from './validate.js'

export interface PortOptions {
  /** Receive queues, over which the device spreads flows (RSS); reduced to what it has. Default: 1. */
  rxQueues?: number
  /** The lcore that polls each receive queue. Default: each queue goes to the lcore with the fewest so far. */
  rxQueueLcores?: readonly number[]
  /** Descriptors of a receive queue; adjusted to the device's limits. Default: 1024. */
  rxDescriptors?: number
  /** Descriptors of a transmit queue; adjusted to the device's limits. Default: 1024. */
  txDescriptors?: number
  /** Longest payload of a frame in bytes, without Ethernet header and frame check sequence. Default: the device's. */
  mtu?: number
  /** Receive frames for other MAC addresses too. Default: false. */
  promiscuous?: boolean
  /** Where received packets go. Default: a pool of 16384 buffers that ports on the same NUMA node share. */
  mempool?: Mempool
  /** Frames that `send` can have on their way at a time: a power of two up to 4096, or 0 for none. Default: 256. */
  sendRingSize?: number
}

const optionNames: readonly (keyof PortOptions)[] = [
  'rxQueues',
  'rxQueueLcores',
  'rxDescriptors',
  'txDescriptors',
  'mtu',
  'promiscuous',
  'mempool',
  'sendRingSize',
]

export interface PortSettings {
  rxQueueLcores: number[]
  rxDescriptors: number
  txDescriptors: number
  mtu: number | undefined
  promiscuous: boolean
  mempool: Mempool | undefined
  sendRingSize: number
}

/** Checks the options and fills in what is not given. */
export function resolvePortOptions(
  options: PortOptions,
  { lcores, queueCounts }: Pick<Runtime, 'lcores' | 'queueCounts'>,
): PortSettings {
  checkOptions('options', options, optionNames)
  const descriptors = { minimum: 1, maximum: 65535, unit: 'descriptors' }
  const { mempool, sendRingSize = 256 } = options
  if (mempool !== undefined && !(mempool instanceof Mempool)) {
    throw invalidType('options.mempool', 'a Mempool', mempool, 'Make one with Mempool.create().')
  }
  return {
    rxQueueLcores: queueLcores(
      options,
      lcores.map(({ id }) => id),
      queueCounts,
    ),
    rxDescriptors: checkInteger('options.rxDescriptors', options.rxDescriptors ?? 1024, descriptors),
    txDescriptors: checkInteger('options.txDescriptors', options.txDescriptors ?? 1024, descriptors),
    mtu: options.mtu === undefined ? undefined : checkMtu('options.mtu', options.mtu),
    promiscuous: checkBoolean('options.promiscuous', options.promiscuous ?? false),
    mempool,
    sendRingSize:
      sendRingSize === 0
        ? 0
        : checkPowerOfTwo('options.sendRingSize', sendRingSize, { minimum: 1, maximum: 4096 }),
  }
}

export function checkMtu(name: string, value: unknown): number {
  return checkInteger(name, value, { minimum: 68, maximum: 65535, unit: 'bytes' })
}

function queueLcores(
  { rxQueues, rxQueueLcores }: PortOptions,
  known: readonly number[],
  queueCounts: ReadonlyMap<number, number>,
): number[] {
  if (rxQueueLcores !== undefined) {
    const given = checkArray('options.rxQueueLcores', rxQueueLcores, (name, lcore) =>
      checkLcore(name, lcore, known),
    )
    if (given.length === 0) throw invalidValue('options.rxQueueLcores', 'one lcore for each queue', given)
    if (rxQueues !== undefined && rxQueues !== given.length) {
      throw invalidValue('options.rxQueues', `${given.length}, as many as options.rxQueueLcores`, rxQueues)
    }
    return given
  }
  const count = checkInteger('options.rxQueues', rxQueues ?? 1, { minimum: 1, maximum: 1024, unit: 'queues' })
  return spread(count, known, queueCounts)
}

function checkLcore(name: string, value: unknown, known: readonly number[]): number {
  if (known.some((id) => id === value)) return value as number
  throw invalidValue(name, `one of the lcores ${known.join(', ')}`, value)
}

/** Deals queues out, each to the lcore that has the fewest. */
function spread(
  count: number,
  lcores: readonly number[],
  queueCounts: ReadonlyMap<number, number>,
): number[] {
  const load = new Map(lcores.map((id) => [id, queueCounts.get(id) ?? 0]))
  return Array.from({ length: count }, () => {
    const [least] = [...load].sort(([, a], [, b]) => a - b)
    const [id, queues] = least as [number, number]
    load.set(id, queues + 1)
    return id
  })
}
