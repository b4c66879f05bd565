import type { Arena } from '../arena.js'
import { DESCRIPTOR16, type HandlerRingColumns, VERDICT16 } from '../ring/columns.js'
import { MORE_SEGMENTS, VERDICT_FAILED, VERDICT_MASK, VERDICT_UNHANDLED } from '../ring/layout.js'
import type { SendRing } from '../ring/send-ring.js'
import { outOfRange } from '../validate.js'
import { point } from './flyweight.js'
import { bound } from './memory.js'
import { Packet } from './packet.js'

/** The descriptors of a cache line, and the 32-bit words of each. */
const DESCRIPTORS_OF_A_LINE = 8
const DESCRIPTOR32 = DESCRIPTOR16 >> 1

/**
 * The packets that a handler gets at a time, in the order in which they came.
 *
 * @example
 * ```ts
 * for (const packet of batch) packet.forward(right)
 * ```
 *
 * Iterating reuses one iterator and one `Packet`, so a batch cannot be iterated inside its own iteration.
 */
export class Batch implements Iterable<Packet> {
  readonly #words16: Uint16Array
  readonly #words32: Int32Array
  readonly #columns: HandlerRingColumns
  readonly #packet: Packet
  readonly #iterator: PacketIterator
  readonly #segmentedIterator: SegmentedPacketIterator
  /** Counter of the first descriptor. */
  #first = 0
  #length = 0
  #segmented = false
  /** Of no use, but that what was read to get here is not left out. */
  protected seen = 0
  /** In a batch with packets of several descriptors: where each packet starts, and behind the last, where it ends. */
  readonly #starts: Int32Array

  /** @internal */
  constructor(arena: Arena, columns: HandlerRingColumns, sendRing: SendRing) {
    this.#words16 = arena.words16
    this.#words32 = arena.words32
    this.#columns = columns
    this.#packet = new (bound(Packet, arena))(arena, columns, sendRing)
    this.#iterator = new PacketIterator(this.#packet, columns)
    this.#segmentedIterator = new SegmentedPacketIterator(this, this.#packet)
    this.#starts = new Int32Array(columns.size + 1)
  }

  /** Packets, not segments. */
  get length(): number {
    return this.#length
  }

  /** The packet at `index`, from 0; the same object for every index. @throws {RangeError} when there is none. */
  at(index: number): Packet {
    if (index >>> 0 >= this.#length) {
      throw outOfRange('index', `an integer below the batch's length, ${this.#length}`, index)
    }
    if (this.#segmented) return this.#atSegments(index)
    return this.#packet[point](this.#columns.descriptor16(this.#first + index))
  }

  [Symbol.iterator](): Iterator<Packet> {
    if (this.#segmented) return this.#segmentedIterator.restart()
    return this.#iterator.restart(this.#columns.descriptor16(this.#first), this.#length)
  }

  /** @internal Takes up to `count` descriptors from counter `first` on; returns how many it took: whole packets only. */
  open(first: number, available: number, limit: number, outputs: object): number {
    this.#first = first
    this.#packet.open(outputs)

    const { mask, descriptors16, segmented } = this.#columns
    let count = Math.min(available, limit)
    // The descriptors have just been written on another CPU. One look at each line makes all of them come at the same
    // time; the handler would ask for one after the other.
    const words = this.#words32
    let seen = 0
    for (let i = 0; i < count; i += DESCRIPTORS_OF_A_LINE) {
      seen |= words[(descriptors16 >> 1) + ((first + i) & mask) * DESCRIPTOR32] as number
    }
    this.seen = seen
    this.#segmented = (((words[segmented] as number) - first) | 0) > 0
    if (this.#segmented) {
      // The last packet may go on beyond the limit.
      while (count < available && (this.#verdictAt(first + count - 1) & MORE_SEGMENTS) !== 0) count++
      this.#findStarts(first, count)
    } else {
      this.#length = count
    }
    return count
  }

  /** @internal */
  release(): void {
    this.#length = 0
    this.#packet.release()
  }

  /** @internal The handler threw: what it has not decided on is dropped as failed. */
  failUndecided(): void {
    for (let i = 0; i < this.#length; i++) {
      const start = this.#segmented ? (this.#starts[i] as number) : this.#first + i
      const index = this.#columns.descriptor16(start) + VERDICT16
      const verdict = this.#words16[index] as number
      if ((verdict & VERDICT_MASK) === VERDICT_UNHANDLED) this.#words16[index] = VERDICT_FAILED
    }
  }

  /** @internal What the handler has decided so far about a packet, as the lcore reads it. */
  verdictOf(index: number): number {
    const counter = this.#segmented ? (this.#starts[index] as number) : this.#first + index
    return this.#verdictAt(counter) & VERDICT_MASK
  }

  #verdictAt(counter: number): number {
    return this.#words16[this.#columns.descriptor16(counter) + VERDICT16] as number
  }

  #findStarts(first: number, count: number): void {
    const starts = this.#starts
    let packets = 0
    let inside = false
    for (let i = 0; i < count; i++) {
      if (!inside) starts[packets++] = first + i
      inside = (this.#verdictAt(first + i) & MORE_SEGMENTS) !== 0
    }
    starts[packets] = first + count
    this.#length = packets
  }

  #atSegments(index: number): Packet {
    const start = this.#starts[index] as number
    const end = this.#starts[index + 1] as number
    return this.#packet.pointAtSegments(this.#columns.descriptor16(start), end - start)
  }
}

/** Reused for every batch without packets of several segments: the way that has to be fast. It is its own result. */
class PacketIterator implements Iterator<Packet> {
  done = false
  readonly value: Packet
  // Of descriptors, in `words16`; so is where the ring starts and ends. Not `#private`, for the reason that `Packet` gives.
  private position = 0
  /** Packets to come. */
  private left = 0
  private readonly ringStart: number
  private readonly ringEnd: number

  constructor(packet: Packet, { descriptors16, size }: HandlerRingColumns) {
    this.value = packet
    this.ringStart = descriptors16
    this.ringEnd = descriptors16 + size * DESCRIPTOR16
  }

  restart(first: number, count: number): this {
    this.done = false
    this.position = first
    this.left = count
    return this
  }

  next(): IteratorResult<Packet> {
    const { position } = this
    if (this.left === 0) {
      this.done = true
    } else {
      this.left--
      const next = position + DESCRIPTOR16
      this.position = next === this.ringEnd ? this.ringStart : next
      this.value[point](position)
    }
    return this as IteratorResult<Packet>
  }
}

/** The same for batches with packets of several segments. */
class SegmentedPacketIterator implements Iterator<Packet> {
  readonly #batch: Batch
  readonly #result: { done: boolean; value: Packet }
  #next = 0

  constructor(batch: Batch, packet: Packet) {
    this.#batch = batch
    this.#result = { done: false, value: packet }
  }

  restart(): this {
    this.#next = 0
    this.#result.done = false
    return this
  }

  next(): IteratorResult<Packet> {
    if (this.#next < this.#batch.length) this.#batch.at(this.#next++)
    else this.#result.done = true
    return this.#result as IteratorResult<Packet>
  }
}
