import type { Addon, NativeMempool } from './addon.js'
import { DpdkError } from './errors.js'
import { runtime } from './runtime.js'
import { checkInteger, checkOneOf, checkOptions, checkString } from './validate.js'

export interface MempoolOptions {
  /** Unique in the process. Default: `pool-<n>`. */
  name?: string
  /** Number of buffers. Every receive descriptor holds one, and every packet on its way. Default: 16384. */
  size?: number
  /** Bytes of a buffer, 128 bytes of headroom included: for frames up to 1518 bytes, 2176. Default: 2176. */
  dataRoom?: number
  /** Buffers that each lcore keeps at hand, at most 512. Default: 256. */
  cacheSize?: number
  /** NUMA node. Default: any. */
  socket?: number
  /**
   * `isolated`: JavaScript reaches the packets' bytes and nothing else. `direct`: the buffers' headers lie among them,
   * as some drivers want it (net_af_xdp; dpaa, dpaa2, cnxk); a stray write in a handler can then crash the process. Default: `isolated`.
   */
  layout?: 'isolated' | 'direct'
}

/** `RTE_MBUF_DEFAULT_BUF_SIZE`: 2048 bytes and the headroom. */
const DEFAULT_DATA_ROOM = 2176
const optionNames: readonly (keyof MempoolOptions)[] = [
  'name',
  'size',
  'dataRoom',
  'cacheSize',
  'socket',
  'layout',
]

/**
 * A pool of packet buffers. Ports share one per NUMA node unless they are given another.
 *
 * @see https://doc.dpdk.org/guides/prog_guide/mempool_lib.html
 */
export class Mempool {
  readonly name: string
  /** Number of buffers. */
  readonly size: number
  /** Bytes of a buffer, headroom included. */
  readonly dataRoom: number
  readonly #addon: Addon
  readonly #native: NativeMempool
  #closed = false

  private constructor(
    addon: Addon,
    native: NativeMempool,
    options: { name: string; size: number; dataRoom: number },
  ) {
    this.#addon = addon
    this.#native = native
    this.name = options.name
    this.size = options.size
    this.dataRoom = options.dataRoom
  }

  /** @throws {DpdkError} `ERR_DPDK_NOT_ENOUGH_MEMORY` when it does not fit into EAL's memory. */
  static async create(options: MempoolOptions = {}): Promise<Mempool> {
    const { addon, made } = runtime()
    checkOptions('options', options, optionNames)
    const complete = {
      name: checkString('options.name', options.name ?? `pool-${made.mempools++}`),
      size: checkInteger('options.size', options.size ?? 16384, {
        minimum: 32,
        maximum: 2 ** 24,
        unit: 'buffers',
      }),
      dataRoom: checkInteger('options.dataRoom', options.dataRoom ?? DEFAULT_DATA_ROOM, {
        minimum: 256,
        maximum: 65535,
        unit: 'bytes',
      }),
      cacheSize: checkInteger('options.cacheSize', options.cacheSize ?? 256, { minimum: 0, maximum: 512 }),
      socket: checkInteger('options.socket', options.socket ?? -1, { minimum: -1, maximum: 31 }),
      layout: checkOneOf('options.layout', options.layout ?? 'isolated', ['isolated', 'direct']),
    }
    // DPDK refuses a cache that could hold most of a small pool.
    complete.cacheSize = Math.min(complete.cacheSize, Math.floor(complete.size / 1.5))
    return new Mempool(addon, await addon.mempoolCreate(complete), complete)
  }

  /** @internal The pool of ports on a NUMA node that were given none. */
  static async default(socket: number): Promise<Mempool> {
    const { defaultMempools } = runtime()
    const known = defaultMempools.get(socket)
    if (known !== undefined) return known
    const pool = Mempool.create({ name: `pool-socket-${socket === -1 ? 'any' : socket}`, socket })
    defaultMempools.set(socket, pool)
    // A pool that could not be created may fit later.
    pool.catch(() => defaultMempools.delete(socket))
    return pool
  }

  /** @internal */
  get id(): number {
    return this.#native.id
  }

  /** Buffers that are free, lcores' caches included, and those that are not. */
  counts(): { available: number; inUse: number } {
    if (this.#closed) throw new DpdkError(`${this.name} is closed`, { code: 'ERR_DPDK_MEMPOOL_CLOSED' })
    return this.#addon.mempoolCounts(this.id)
  }

  /** Gives its memory back. Close the ports that use it first; `eal.close()` does both. Harmless when repeated. */
  async close(): Promise<void> {
    if (this.#closed) return
    await this.#addon.mempoolFree(this.id)
    this.#closed = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
