import type { Arena } from '../arena.js'
import { DpdkError } from '../errors.js'
import { DESCRIPTOR16, type HandlerRingColumns, LENGTH16, METADATA16, VERDICT16 } from '../ring/columns.js'
import {
  HELD_NAME,
  METADATA_HEADROOM,
  METADATA_TAILROOM,
  RESIZED,
  VERDICT_HOLD,
  VERDICT_MASK,
} from '../ring/layout.js'
import type { SendRing } from '../ring/send-ring.js'
import { outOfRange } from '../validate.js'
import { OwnedPacket, SHORTEST_FRAME } from './owned-packet.js'

/** A packet of a batch that was held in it. */
interface Hold {
  index: number
  slot: number
  packet: OwnedPacket
}

/**
 * What a handler does to packets beyond deciding about them: holds and copies them, moves their start and end. Packets
 * are given by the index of their first descriptor in `words16`.
 *
 * `forward` and `drop` write a verdict and look at nothing else, because they are called for every packet. So what they
 * wrote over is put right when the batch ends, for the few packets that were held or resized.
 */
export class PacketChanges {
  readonly #arena: Arena
  readonly #columns: HandlerRingColumns
  readonly #ring: SendRing
  readonly #holds: Hold[] = []
  readonly #resized: number[] = []

  constructor(arena: Arena, columns: HandlerRingColumns, ring: SendRing) {
    this.#arena = arena
    this.#columns = columns
    this.#ring = ring
  }

  hold(index: number, segments: number, outputs: object, taker: (...args: never[]) => unknown): OwnedPacket {
    const held = this.#holdOf(index)
    if (held !== undefined) return held.packet
    const slot = this.#ring.takeSlot()
    if (slot === -1) throw holdLimit(this.#ring.size)
    const ownership = {
      arena: this.#arena,
      ring: this.#ring,
      name: HELD_NAME | slot,
      ...this.#segment(index),
      tailroom: this.#room(index, METADATA_TAILROOM),
      further: Array.from({ length: segments - 1 }, (_, i) => this.#segment(this.#next(index, i + 1))),
      outputs,
    }
    const packet = new OwnedPacket(ownership, taker)
    this.#holds.push({ index, slot, packet })
    this.#setVerdict(index, VERDICT_HOLD | slot)
    return packet
  }

  /** Sends a copy of the first `length` bytes; false when there is no buffer, or it is too short. */
  copy(index: number, segments: number, length: number, verdict: number): boolean {
    const supply = this.#ring.take()
    if (supply === undefined || length > supply.capacity || length < SHORTEST_FRAME) {
      if (supply !== undefined) this.#ring.untake()
      this.#ring.countNotCopied()
      return false
    }
    const { bytes } = this.#arena
    let copied = 0
    for (let i = 0; i < segments && copied < length; i++) {
      const segment = this.#segment(this.#next(index, i))
      const part = Math.min(segment.length, length - copied)
      bytes.copyWithin(supply.offset + copied, segment.offset, segment.offset + part)
      copied += part
    }
    this.#ring.submit(supply.name, supply.offset, copied, verdict)
    return true
  }

  /** Moves the first segment's start to the front by so many bytes, and its end to the back; negative ones cut. */
  resize(index: number, front: number, back: number): void {
    const headroom = this.#room(index, METADATA_HEADROOM)
    const tailroom = this.#room(index, METADATA_TAILROOM)
    const { words16, words32 } = this.#arena
    const length = words16[index + LENGTH16] as number
    checkRoom(front, headroom, length)
    checkRoom(back, tailroom, length)
    words32[index >> 1] = (words32[index >> 1] as number) - front
    words16[index + LENGTH16] = length + front + back
    words16[this.#metadata(index, METADATA_HEADROOM)] = headroom - front
    words16[this.#metadata(index, METADATA_TAILROOM)] = tailroom - back
    this.#resized.push(index)
    const { offset } = this.#segment(index)
    this.#holdOf(index)?.packet.resized(offset, length + front + back, tailroom - back)
  }

  /** The batch has ended: the last call on each packet has won. */
  settle(): void {
    if (this.#holds.length === 0 && this.#resized.length === 0) return
    for (const { index, slot, packet } of this.#holds) {
      if (this.#verdict(index) !== (VERDICT_HOLD | slot) && packet.cancel()) this.#ring.returnSlot(slot)
    }
    const { words16 } = this.#arena
    for (const index of this.#resized) {
      words16[index + VERDICT16] = (words16[index + VERDICT16] as number) | RESIZED
    }
    this.#holds.length = 0
    this.#resized.length = 0
  }

  #holdOf(index: number): Hold | undefined {
    const verdict = this.#verdict(index)
    if (verdict < VERDICT_HOLD) return undefined
    return this.#holds.find((hold) => hold.index === index && verdict === (VERDICT_HOLD | hold.slot))
  }

  #verdict(index: number): number {
    return (this.#arena.words16[index + VERDICT16] as number) & VERDICT_MASK
  }

  #setVerdict(index: number, verdict: number): void {
    this.#arena.words16[index + VERDICT16] = verdict
  }

  #segment(index: number): { offset: number; length: number } {
    const { words16, words32 } = this.#arena
    return { offset: words32[index >> 1] as number, length: words16[index + LENGTH16] as number }
  }

  #slot(index: number): number {
    return (index - this.#columns.descriptors16) / DESCRIPTOR16
  }

  #next(index: number, segment: number): number {
    return this.#columns.descriptor16(this.#slot(index) + segment)
  }

  #metadata(index: number, field: number): number {
    return this.#columns.metadata16 + this.#slot(index) * METADATA16 + (field >> 1)
  }

  #room(index: number, field: number): number {
    return this.#arena.words16[this.#metadata(index, field)] as number
  }
}

function checkRoom(bytes: number, room: number, length: number): void {
  const shortest = Math.min(0, SHORTEST_FRAME - length)
  if (Number.isInteger(bytes) && bytes >= shortest && bytes <= room) return
  const limits = `at most the ${room} bytes of its room, and leave ${SHORTEST_FRAME} of its ${length} bytes`
  throw outOfRange('bytes', limits, Math.abs(bytes))
}

function holdLimit(limit: number): DpdkError {
  return new DpdkError(`no more than ${limit} packets can be held at a time for each of a handler's rings`, {
    code: 'ERR_DPDK_HOLD_LIMIT',
    hint:
      `All ${limit} are held, or on their way back: what a handler gives back counts until it has returned. ` +
      'Give packets back, or raise the option holdLimit, up to 2048.',
  })
}
