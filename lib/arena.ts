import { DpdkError } from './errors.js'

/** A shared `WebAssembly.Memory`. Node's types leave WebAssembly's objects to lib.dom, which a library cannot demand. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
}

const { Memory } = (
  globalThis as unknown as { WebAssembly: { Memory: new (limits: object) => SharedMemory } }
).WebAssembly

const WASM_PAGE = 64 * 1024
const PAGES_PER_MEGABYTE = (1024 * 1024) / WASM_PAGE

/**
 * The memory of packets and rings as JavaScript sees it: one shared WebAssembly memory per process, over whose pages
 * native code maps EAL's own. A `WebAssembly.Memory` because its buffer is aligned, can be given to Workers, and can be
 * imported by WebAssembly modules.
 *
 * The views span the whole of it: packets are at offsets, so that reading one needs no object.
 */
export class Arena {
  readonly memory: SharedMemory
  readonly buffer: SharedArrayBuffer
  readonly bytes: Uint8Array<SharedArrayBuffer>
  readonly words16: Uint16Array<SharedArrayBuffer>
  /** Signed, so that every value is a small integer for V8; offsets stay below 2 GB and counters only need differences. */
  readonly words32: Int32Array<SharedArrayBuffer>
  readonly boundClasses = new Map<object, object>()

  constructor(memory: SharedMemory) {
    this.memory = memory
    this.buffer = memory.buffer
    this.bytes = new Uint8Array(this.buffer)
    this.words16 = new Uint16Array(this.buffer)
    this.words32 = new Int32Array(this.buffer)
  }

  /** Reserves address space; pages cost memory once EAL's are mapped over them. */
  static allocate(megabytes: number): Arena {
    const pages = megabytes * PAGES_PER_MEGABYTE
    try {
      return new Arena(new Memory({ initial: pages, maximum: pages, shared: true }))
    } catch (cause) {
      throw new DpdkError(`${megabytes} MB of address space are not available`, {
        code: 'ERR_DPDK_ARENA_UNAVAILABLE',
        hint: 'Look for a limit: ulimit -v, LimitAS= of the systemd unit. V8 reserves several GB for guard pages.',
        cause,
      })
    }
  }
}
