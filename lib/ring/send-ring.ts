import type { NativeSendRing } from '../addon.js'
import type { Arena } from '../arena.js'
import {
  HELD_NAME,
  REAPED,
  SEND_ASLEEP,
  SEND_RING_HEADER,
  SUBMISSION,
  SUBMISSION_LENGTH,
  SUBMISSION_OFFSET,
  SUBMISSION_PACKET,
  SUBMISSION_VERDICT,
  SUBMITTED,
  SUPPLIED,
  SUPPLY,
  SUPPLY_CAPACITY,
  SUPPLY_OFFSET,
  SUPPLY_PACKET,
} from './layout.js'

/**
 * Behind the counter of the header's second line, where native code does not look: packets that were to be copied and
 * were not, in 64 bits. It is here so that every thread can read it.
 */
const NOT_COPIED = SUBMITTED + 8

/** A lent buffer. */
export interface Supply {
  name: number
  /** Of its first byte in the arena. */
  offset: number
  /** Bytes that fit. */
  capacity: number
}

/**
 * JavaScript's end of a send ring: packets that JavaScript owns. It takes empty buffers that an lcore lends, has slots
 * for packets that are held, and gives both back. Belongs to one JavaScript thread.
 */
export class SendRing {
  /** Buffers that can be lent, and as many slots. */
  readonly size: number
  readonly #lcore: number
  readonly #wakeLcore: (lcore: number) => void
  readonly #words16: Uint16Array
  readonly #words32: Int32Array
  /** Indices in `words32`. */
  readonly #supplied: number
  readonly #asleep: number
  readonly #reaped: number
  readonly #submitted: number
  readonly #notCopied: number
  /** Byte offsets of the columns. */
  readonly #supplies: number
  readonly #submissions: number
  /** The last supply taken; one object, so that taking allocates nothing. */
  readonly #supply: Supply = { name: 0, offset: 0, capacity: 0 }
  /** Counters of the buffers taken and the packets given, as signed numbers. */
  #taken = 0
  #given: number
  /** How much of `#given` the lcore has been told. */
  #published: number
  #deferred = false
  #closed = false
  /**
   * Slots that are free, the one that was given back first at the front. The lcore empties a slot when it executes the
   * submission that names it, so each waits until that many submissions were reaped.
   */
  readonly #slots: Uint16Array
  readonly #slotsFrom: Int32Array
  #slotsTaken = 0
  #slotsReturned: number

  constructor(
    arena: Arena,
    ring: Pick<NativeSendRing, 'offset' | 'size' | 'lcore'>,
    wakeLcore: (lcore: number) => void,
  ) {
    this.size = ring.size
    this.#lcore = ring.lcore
    this.#wakeLcore = wakeLcore
    this.#words16 = arena.words16
    this.#words32 = arena.words32
    this.#supplied = (ring.offset + SUPPLIED) >> 2
    this.#asleep = (ring.offset + SEND_ASLEEP) >> 2
    this.#reaped = (ring.offset + REAPED) >> 2
    this.#submitted = (ring.offset + SUBMITTED) >> 2
    this.#notCopied = (ring.offset + NOT_COPIED) >> 2
    this.#supplies = ring.offset + SEND_RING_HEADER
    this.#submissions = this.#supplies + ring.size * SUPPLY
    this.#given = Atomics.load(this.#words32, this.#submitted)
    this.#published = this.#given
    this.#slots = Uint16Array.from({ length: ring.size }, (_, slot) => slot)
    this.#slotsFrom = new Int32Array(ring.size).fill(this.#given)
    this.#slotsReturned = ring.size
  }

  /** Buffers that can be taken now. */
  get available(): number {
    const available = (Atomics.load(this.#words32, this.#supplied) - this.#taken) | 0
    return this.#closed || available < 0 || available > this.size ? 0 : available
  }

  /** Takes a buffer; undefined when there is none. The result is valid until the next call. */
  take(): Supply | undefined {
    if (this.available === 0) return undefined
    const at = this.#supplies + (this.#taken & (this.size - 1)) * SUPPLY
    const supply = this.#supply
    supply.name = this.#words16[(at + SUPPLY_PACKET) >> 1] as number
    supply.offset = this.#words32[(at + SUPPLY_OFFSET) >> 2] as number
    supply.capacity = this.#words16[(at + SUPPLY_CAPACITY) >> 1] as number
    this.#taken = (this.#taken + 1) | 0
    return supply
  }

  /** Gives the buffer back that was taken last, unused. */
  untake(): void {
    this.#taken = (this.#taken - 1) | 0
  }

  /** Takes a slot for a packet to hold; -1 when there is none. */
  takeSlot(): number {
    if (this.#slotsTaken === this.#slotsReturned || this.#closed) return -1
    const at = this.#slotsTaken & (this.size - 1)
    const reaped = Atomics.load(this.#words32, this.#reaped)
    if (((reaped - (this.#slotsFrom[at] as number)) | 0) < 0) return -1
    this.#slotsTaken = (this.#slotsTaken + 1) | 0
    return this.#slots[at] as number
  }

  returnSlot(slot: number): void {
    const at = this.#slotsReturned & (this.size - 1)
    this.#slots[at] = slot
    this.#slotsFrom[at] = this.#given
    this.#slotsReturned = (this.#slotsReturned + 1) | 0
  }

  /** Gives a packet back, with what is to become of it. */
  submit(name: number, offset: number, length: number, verdict: number): void {
    if (this.#closed) return
    const at = this.#submissions + (this.#given & (2 * this.size - 1)) * SUBMISSION
    this.#words32[(at + SUBMISSION_OFFSET) >> 2] = offset
    this.#words16[(at + SUBMISSION_LENGTH) >> 1] = length
    this.#words16[(at + SUBMISSION_PACKET) >> 1] = name
    this.#words16[(at + SUBMISSION_VERDICT) >> 1] = verdict
    this.#given = (this.#given + 1) | 0
    if ((name & HELD_NAME) !== 0) this.returnSlot(name & ~HELD_NAME)
    if (!this.#deferred && this.publish()) this.wake()
  }

  /** From now on submissions wait for `publish`. */
  defer(): void {
    this.#deferred = true
  }

  /** Shows the lcore what was submitted; true when there was anything. A doorbell may be due. */
  publish(): boolean {
    this.#deferred = false
    if (this.#given === this.#published) return false
    this.#published = this.#given
    Atomics.store(this.#words32, this.#submitted, this.#given)
    return true
  }

  /** Rings the lcore's doorbell when it sleeps: it announced that before it looked at `submitted` for the last time. */
  wake(): void {
    if (Atomics.load(this.#words32, this.#asleep) !== 0) this.#wakeLcore(this.#lcore)
  }

  countNotCopied(): void {
    const low = ((this.#words32[this.#notCopied] as number) + 1) | 0
    this.#words32[this.#notCopied] = low
    if (low === 0) this.#words32[this.#notCopied + 1] = (this.#words32[this.#notCopied + 1] as number) + 1
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** The lcore takes everything back; from now on nothing here touches the ring. */
  close(): void {
    this.#closed = true
  }
}

/** What `countNotCopied` has counted in the ring at an offset, whoever counted. */
export function readNotCopied(arena: Arena, offset: number): bigint {
  const at = (offset + NOT_COPIED) >> 2
  const [low, high] = [arena.words32[at] as number, arena.words32[at + 1] as number]
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}
