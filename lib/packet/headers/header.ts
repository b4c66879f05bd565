import { type InspectOptions, inspect } from 'node:util'
import { outOfRange } from '../../validate.js'
import { point } from '../flyweight.js'
import { MemoryUser, type PacketMemory } from '../memory.js'

/** Points a header at its place if there is such a header. For the walk through a packet, not for users. */
export const locate: unique symbol = Symbol('locate')

/**
 * What all headers have: a place in a packet, and bytes behind them. Reading and writing go to the packet's bytes.
 *
 * A header is a flyweight: one object stands for the header of one packet after the other. Those of a handler's packets
 * are valid inside the handler; keep values from them, not the object. No getter allocates, unless it gives a string, a
 * view, a list or an object; where it does, there is another that gives a number.
 */
export abstract class Header extends MemoryUser {
  protected readonly bytes: Uint8Array
  /** Of its first byte, in `bytes`. */
  protected start = 0
  /** Behind the last byte that is its own or its payload's: as it says itself, and never behind the segment's end. */
  protected end = 0

  /** @internal */
  constructor(memory: PacketMemory) {
    super(memory)
    this.bytes = memory.bytes
  }

  /** The protocol's name, as the packet's getter has it. */
  abstract readonly name: string

  /** In bytes: where the payload starts. */
  abstract get headerLength(): number

  /** Its fields as plain values: what the builder of the same name takes. */
  abstract toJSON(): object

  /** Its piece of a packet's summary, as tcpdump would say it. */
  abstract override toString(): string

  /**
   * @internal Points it at `start`, unless it is not there as a whole or lies about its lengths.
   *
   * @param end behind what the protocol below says is this one's; not behind the first segment's end
   * @param extent the same with the bytes in further segments
   * @returns undefined when it is there, and else why not
   */
  abstract [locate](start: number, end: number, extent: number): string | undefined

  /** The bytes behind the header that belong to it, in place: a new view. Only those in the packet's first segment. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.start + this.headerLength, this.end)
  }

  get payloadLength(): number {
    return this.end - this.start - this.headerLength
  }

  /** The byte at `at`, counted from the header's start; the payload follows it. @throws {RangeError} behind its end. */
  getUint8(at: number): number {
    this.#check(at, 1)
    return this.read8(at)
  }

  /** Two bytes in network order. @throws {RangeError} as `getUint8`. */
  getUint16(at: number): number {
    this.#check(at, 2)
    return this.read16(at)
  }

  /** Four bytes in network order. @throws {RangeError} as `getUint8`. */
  getUint32(at: number): number {
    this.#check(at, 4)
    return this.read32(at)
  }

  setUint8(at: number, value: number): void {
    this.#check(at, 1)
    this.write8(at, value)
  }

  setUint16(at: number, value: number): void {
    this.#check(at, 2)
    this.write16(at, value)
  }

  setUint32(at: number, value: number): void {
    this.#check(at, 4)
    this.write32(at, value)
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`
  }

  /** @internal Points it somewhere, unchecked. */
  [point](start: number, end: number): this {
    this.start = start
    this.end = end
    return this
  }

  // Unchecked, for fields that are known to be there.

  protected read8(at: number): number {
    return this.load8(this.start + at)
  }

  protected read16(at: number): number {
    return this.load16(this.start + at)
  }

  protected read32(at: number): number {
    return this.load32(this.start + at)
  }

  protected write8(at: number, value: number): void {
    this.store8(this.start + at, value)
  }

  protected write16(at: number, value: number): void {
    this.store16(this.start + at, value)
  }

  protected write32(at: number, value: number): void {
    this.store32(this.start + at, value)
  }

  #check(at: number, width: number): void {
    // Also what is not an integer: NaN is not below anything.
    if (at >= 0 && at <= this.end - this.start - width && Number.isInteger(at)) return
    throw outOfRange(
      'at',
      `an offset of ${width} of the ${this.end - this.start} bytes of header and payload`,
      at,
    )
  }
}
