import type { NativeRing } from '../addon.js'
import { ASLEEP, COMPLETED, DESCRIPTOR, METADATA, PRODUCED, RING_HEADER, SEGMENTED } from './layout.js'

/** Behind the counters of the header's second line. */
const BLANK = COMPLETED + 64

/** 16-bit words of a descriptor and of a packet's metadata. */
export const DESCRIPTOR16 = DESCRIPTOR >> 1
export const METADATA16 = METADATA >> 1

/** Descriptor fields as distances in 16-bit words from the descriptor's first. */
export const LENGTH16 = 2
export const VERDICT16 = 3

/** A handler ring's place in the arena, as indices into the arena's views. */
export class HandlerRingColumns {
  readonly size: number
  /** Of a running counter, the slot. */
  readonly mask: number
  readonly port: number
  readonly queue: number
  /** In `words32`. */
  readonly produced: number
  readonly asleep: number
  readonly segmented: number
  readonly completed: number
  /** In `words16`: a place in the header that nobody uses, all zeros, which can be taken for an empty descriptor. */
  readonly blank16: number
  /** In `words16`, of slot 0. */
  readonly descriptors16: number
  readonly metadata16: number

  constructor(ring: NativeRing) {
    this.size = ring.size
    this.mask = ring.size - 1
    this.port = ring.port
    this.queue = ring.queue
    this.produced = (ring.offset + PRODUCED) >> 2
    this.asleep = (ring.offset + ASLEEP) >> 2
    this.segmented = (ring.offset + SEGMENTED) >> 2
    this.completed = (ring.offset + COMPLETED) >> 2
    this.blank16 = (ring.offset + BLANK) >> 1
    this.descriptors16 = (ring.offset + RING_HEADER) >> 1
    this.metadata16 = this.descriptors16 + ((ring.size * DESCRIPTOR) >> 1)
  }

  /** In `words16`: of the descriptor that a running counter stands for. */
  descriptor16(counter: number): number {
    return this.descriptors16 + (counter & this.mask) * DESCRIPTOR16
  }
}
