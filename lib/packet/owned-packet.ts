import type { Arena } from '../arena.js'
import type { HandlerOutput } from '../handler.js'
import { VERDICT_CONTINUE, VERDICT_DROP } from '../ring/layout.js'
import type { SendRing } from '../ring/send-ring.js'
import { checkInteger } from '../validate.js'
import { Layers } from './layers.js'
import { endLoan, type LoanToken, registerLoan } from './leaks.js'
import { development, gone, unknownOutput } from './misuse.js'

/** Bytes of an Ethernet header: nothing shorter is a frame. */
export const SHORTEST_FRAME = 14

/** Where a packet lies, and what its owner may do with it. */
export interface Ownership {
  arena: Arena
  ring: SendRing
  /** As the lcore knows it. */
  name: number
  /** Of its first byte in the arena, and bytes in its first segment. */
  offset: number
  length: number
  /** Bytes behind the first segment that belong to its buffer. */
  tailroom: number
  /** Further segments. */
  further: readonly { offset: number; length: number }[]
  /** Where it may be forwarded to. */
  outputs: object
}

/**
 * A packet that JavaScript owns, with its headers: one that a handler holds (`packet.hold()`), or an empty one to fill
 * (`port.allocate()`). It stays until it is given back: sent, continued or dropped, in any order, whenever, on the thread
 * that took it. `using` drops it at the end of the block if nothing else was decided.
 *
 * After that it is gone. In development its use throws `ERR_DPDK_PACKET_RELEASED`, in production it does nothing.
 *
 * @example
 * ```ts
 * const held = packet.hold()
 * setTimeout(() => held.forward(right), 100)
 * ```
 */
export class OwnedPacket extends Layers implements Disposable {
  readonly #ownership: Ownership
  #loan: LoanToken | undefined

  /** @internal */
  constructor(ownership: Ownership, taker: (...args: never[]) => unknown) {
    super(ownership.arena)
    this.#ownership = ownership
    this.#loan = registerLoan(this, ownership, taker)
  }

  /** Whether it is still there: not sent, continued or dropped, and its program not stopped. */
  get isOwned(): boolean {
    return this.#loan !== undefined && !this.#ownership.ring.isClosed
  }

  protected get frameStart(): number {
    return this.#require() ? this.#ownership.offset : 0
  }

  protected get frameEnd(): number {
    return this.isOwned ? this.#ownership.offset + this.#ownership.length : 0
  }

  protected get frameExtent(): number {
    return this.isOwned ? this.#ownership.offset + this.length : 0
  }

  /** In bytes, without the frame check sequence; all segments. */
  get length(): number {
    return this.#ownership.further.reduce((sum, segment) => sum + segment.length, this.#ownership.length)
  }

  /**
   * Makes it longer or shorter at its end, up to `capacity`. What comes into it has whatever bytes were there.
   * @throws {RangeError} beyond the capacity, below 14 bytes, and for a packet of several segments.
   */
  set length(value: number) {
    this.#require()
    const { further, length } = this.#ownership
    const whole = further.length === 0
    this.#ownership.length = checkInteger('length', value, {
      minimum: whole ? SHORTEST_FRAME : this.length,
      maximum: this.capacity,
      unit: 'bytes',
      ...(!whole && { advice: 'The length of a packet of several segments cannot be changed.' }),
    })
    this.#ownership.tailroom += length - this.#ownership.length
  }

  /** The longest that `length` can be made. */
  get capacity(): number {
    const { length, tailroom, further } = this.#ownership
    return further.length === 0 ? length + tailroom : this.length
  }

  /** The bytes, in place, of the first segment: a new view. It is valid until the packet is given back. */
  get bytes(): Uint8Array {
    const { arena, offset, length } = this.#ownership
    return this.isOwned ? arena.bytes.subarray(offset, offset + length) : this.#nothing()
  }

  /** The bytes of every segment, in place: new views, as for `bytes`. */
  get segments(): Uint8Array[] {
    const { arena, further } = this.#ownership
    const views = further.map(({ offset, length }) => arena.bytes.subarray(offset, offset + length))
    return this.isOwned ? [this.bytes, ...views] : [this.#nothing()]
  }

  /** Sends it to one of the outputs of the handler that held it. One that was allocated goes by `port.send()`. */
  forward(output: HandlerOutput): void {
    if (!this.#require()) return
    const { outputs } = this.#ownership
    if (output?.outputs === outputs) this.#giveBack(output.verdict)
    else if (development) throw unknownOutput(output, outputs)
  }

  /** Lets the program go on with it, behind the handler that held it. One that was allocated is dropped. */
  continue(): void {
    if (this.#require()) this.#giveBack(VERDICT_CONTINUE)
  }

  drop(): void {
    if (this.#require()) this.#giveBack(VERDICT_DROP)
  }

  /** Drops it unless it is gone. */
  [Symbol.dispose](): void {
    if (this.isOwned) this.#giveBack(VERDICT_DROP)
  }

  /** @internal Gives it back with this verdict if it is of this ring; false when it is of another. */
  submitTo(ring: SendRing, verdict: number): boolean {
    if (ring !== this.#ownership.ring) return false
    if (this.#require()) this.#giveBack(verdict)
    return true
  }

  /** @internal The handler moved its start or end after it had held it. */
  resized(offset: number, length: number, tailroom: number): void {
    Object.assign(this.#ownership, { offset, length, tailroom })
  }

  /** @internal The handler decided otherwise: nothing is held. False when it was given back already. */
  cancel(): boolean {
    if (this.#loan === undefined) return false
    endLoan(this, this.#loan)
    this.#loan = undefined
    return true
  }

  #giveBack(verdict: number): void {
    const { ring, name, offset, length } = this.#ownership
    if (this.cancel()) ring.submit(name, offset, length, verdict)
  }

  #require(): boolean {
    if (this.isOwned) return true
    if (development) throw gone()
    return false
  }

  #nothing(): Uint8Array {
    this.#require()
    return new Uint8Array()
  }
}
