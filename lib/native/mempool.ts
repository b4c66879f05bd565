/** What native/napi/mempool.cc exports. Pools of packet buffers. */

export interface NativeMempoolOptions {
  name: string
  /** Number of buffers. */
  size: number
  /** Buffers cached per lcore. */
  cacheSize: number
  /** Bytes of a buffer, headroom (128) included. */
  dataRoom: number
  /** NUMA node, -1 for any. */
  socket: number
  layout: 'isolated' | 'direct'
}

export interface NativeMempool {
  id: number
  /** Where its zone lies in the arena. */
  offset: number
  length: number
}

export interface NativeMempoolExports {
  mempoolCreate(options: NativeMempoolOptions): Promise<NativeMempool>
  mempoolFree(mempool: number): Promise<void>
  mempoolCounts(mempool: number): { available: number; inUse: number }
}
