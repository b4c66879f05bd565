import type { NativeRing } from './addon.js'
import type { Arena } from './arena.js'
import { clearInterval, now, setInterval } from './clock.js'
import { COMPLETED, PRODUCED } from './ring/layout.js'

/** Looks at a ring within the time after which it is taken to be stuck. */
const LOOKS = 4

interface Watched {
  readonly ring: NativeRing
  /** The counter when it was last seen to move, and when that was. */
  completed: number
  since: number
  reported: boolean
}

/**
 * Looks whether threads answer: packets wait in a ring and none comes back, for too long. It reads shared memory only, so
 * it costs the threads nothing. A ring is reported once, and again only after it has moved.
 */
export class Watchdog {
  readonly #words: Int32Array
  readonly #timeoutMs: number
  readonly #onStall: (ring: NativeRing) => void
  readonly #watched: Watched[]
  readonly #timer: NodeJS.Timeout

  constructor(
    arena: Arena,
    rings: readonly NativeRing[],
    timeoutMs: number,
    onStall: (ring: NativeRing) => void,
  ) {
    this.#words = arena.words32
    this.#timeoutMs = timeoutMs
    this.#onStall = onStall
    const since = now()
    this.#watched = rings.map((ring) => ({ ring, completed: 0, since, reported: false }))
    this.#timer = setInterval(() => this.#look(), Math.ceil(timeoutMs / LOOKS))
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const time = now()
    for (const watched of this.#watched) {
      const { offset } = watched.ring
      const completed = Atomics.load(this.#words, (offset + COMPLETED) >> 2)
      const idle = Atomics.load(this.#words, (offset + PRODUCED) >> 2) === completed
      if (idle || completed !== watched.completed) {
        Object.assign(watched, { completed, since: time, reported: false })
      } else if (!watched.reported && time - watched.since >= this.#timeoutMs) {
        watched.reported = true
        this.#onStall(watched.ring)
      }
    }
  }
}
