import type { Addon } from '../addon.js'
import { now, setImmediate } from '../clock.js'
import type { HandlerRing } from './handler-ring.js'

/**
 * How a JavaScript thread passes the time without packets.
 *
 * - `event`: on its event loop, like any Node program.
 * - `block`: in a native wait of at most 50 ms, then a turn of the event loop. Reacts fastest without burning a CPU.
 * - `spin`: looks all the time, with a turn of the event loop every few milliseconds. For a CPU of its own.
 */
export type WaitPolicy = 'event' | 'block' | 'spin'

/**
 * For how long a thread looks on before it arms and sleeps: to wake it costs its lcore a system call, and longer.
 * On an event loop, others wait meanwhile.
 */
const LOOK_ON_MILLISECONDS: Record<WaitPolicy, number> = {
  event: 0.02,
  block: 0.05,
  spin: Number.POSITIVE_INFINITY,
}

/** After this time under traffic, timers and messages have their turn. */
const TURN_MILLISECONDS: Record<WaitPolicy, number> = { event: 1, block: 5, spin: 5 }

/** Nobody can interrupt a native wait but `addon.consumerWake`; a terminated Worker ends behind it. */
const WAIT_SLICE_MILLISECONDS = 50

/**
 * Batches between two looks at the clock, and polls of empty rings, which take a few nanoseconds each. A look makes a
 * number on the heap: it should be rare.
 */
const BATCHES_PER_LOOK = 16
const EMPTY_POLLS_PER_LOOK = 256

type ConsumerAddon = Pick<
  Addon,
  | 'consumerOpen'
  | 'consumerAttach'
  | 'consumerDetach'
  | 'consumerArm'
  | 'consumerWait'
  | 'consumerWake'
  | 'consumerClose'
  | 'consumerReference'
>

/**
 * One JavaScript thread that serves handler rings: polls them in turn, and when all are empty, waits.
 *
 * Work is done in turns. A turn ends when its time is over, so that the event loop lives under any load, and the next
 * follows as soon as the loop has been round.
 */
export class Consumer {
  readonly id: number
  readonly #addon: ConsumerAddon
  readonly #wait: WaitPolicy
  readonly #rings: HandlerRing[] = []
  /** A turn is due. There is one at a time: each makes the next follow. */
  #due = false
  /** This thread asked to be woken, to make a turn. */
  #woken = false
  #referenced = false
  #closed = false

  constructor(addon: ConsumerAddon, wait: WaitPolicy) {
    this.#addon = addon
    this.#wait = wait
    this.id = addon.consumerOpen(() => {
      this.#woken = false
      this.#turnSoon()
    })
  }

  attach(ring: HandlerRing): void {
    this.#addon.consumerAttach(this.id, ring.id)
    this.#rings.push(ring)
    this.#schedule()
  }

  /** Leaves the ring; the lcore takes back what is in it. */
  detach(ring: HandlerRing): void {
    const index = this.#rings.indexOf(ring)
    if (index === -1) return
    this.#rings.splice(index, 1)
    this.#addon.consumerDetach(this.id, ring.id)
  }

  /** Whether the consumer keeps its event loop alive. A new one does not. */
  reference(keepAlive: boolean): void {
    if (this.#closed) return
    this.#referenced = keepAlive
    this.#addon.consumerReference(this.id, keepAlive)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#rings.length = 0
    this.#addon.consumerClose(this.id)
  }

  /** Makes a turn follow soon. Until then the event loop is free. */
  #schedule(): void {
    if (this.#closed) return
    // An immediate keeps the process alive, which is not wanted without a reference; a wake-up takes a little longer.
    if (this.#referenced) this.#turnSoon()
    else if (!this.#woken) {
      this.#woken = true
      this.#addon.consumerWake(this.id)
    }
  }

  /**
   * When the event loop comes round. Also for a wake-up: Node calls a thread-safe function up to a thousand times in a row
   * when each call makes another, and the loop would not come round.
   */
  #turnSoon(): void {
    if (this.#due) return
    this.#due = true
    const immediate = setImmediate(this.#onImmediate)
    if (!this.#referenced) immediate.unref()
  }

  readonly #onImmediate = (): void => {
    this.#due = false
    this.#turn()
  }

  #turn(): void {
    if (this.#closed || this.#rings.length === 0) return
    const end = now() + TURN_MILLISECONDS[this.#wait]
    while (this.#drain(end)) {
      if (!this.#sleep()) break
    }
  }

  /** Handles packets until there are none, and none come for a while. False when the turn is over. */
  #drain(end: number): boolean {
    const lookOn = LOOK_ON_MILLISECONDS[this.#wait]
    let idleSince = 0
    for (;;) {
      const handled = this.#pollUntilLook()
      const time = now()
      if (time >= end) {
        this.#schedule()
        return false
      }
      if (handled > 0) idleSince = time
      else if (idleSince === 0) idleSince = time
      else if (time - idleSince >= lookOn) return true
    }
  }

  #pollUntilLook(): number {
    let handled = 0
    for (let effort = 0; effort < EMPTY_POLLS_PER_LOOK; ) {
      const descriptors = this.#poll()
      handled += descriptors
      effort += descriptors === 0 ? 1 : EMPTY_POLLS_PER_LOOK / BATCHES_PER_LOOK
    }
    return handled
  }

  #poll(): number {
    let handled = 0
    for (const ring of this.#rings) handled += ring.poll()
    return handled
  }

  /** Waits for packets, or leaves that to the event loop. True when the turn goes on. */
  #sleep(): boolean {
    if (this.#wait === 'event') {
      // Not armed when packets came just now.
      if (!this.#addon.consumerArm(this.id)) this.#schedule()
      return false
    }
    if (this.#addon.consumerWait(this.id, WAIT_SLICE_MILLISECONDS)) return true
    this.#schedule()
    return false
  }
}
