import type { NativeSendRing } from './addon.js'
import type { Arena } from './arena.js'
import { closeRing } from './packet/leaks.js'
import { OwnedPacket, SHORTEST_FRAME } from './packet/owned-packet.js'
import { VERDICT_OUTPUT } from './ring/layout.js'
import { SendRing } from './ring/send-ring.js'
import { invalidType, invalidValue, outOfRange } from './validate.js'

/** Packets that are allocated have no outputs: they go by `send`. */
const NO_OUTPUTS: object = Object.freeze({})

/** What JavaScript sends to a port by itself: copies of frames, and packets filled in place. */
export class PortSender {
  readonly id: number
  readonly #arena: Arena
  readonly #ring: SendRing

  constructor(arena: Arena, ring: NativeSendRing, wakeLcore: (lcore: number) => void) {
    this.id = ring.id
    this.#arena = arena
    this.#ring = new SendRing(arena, ring, wakeLcore)
  }

  /** Buffers that can be filled now. */
  get available(): number {
    return this.#ring.available
  }

  /**
   * Hands frames to the lcore, in order, until no buffer is left for the next one that must be copied.
   * @returns how many were taken: the first ones.
   */
  send(frames: Iterable<Uint8Array | OwnedPacket>): number {
    // Not for…of: it would take a frame too many from a generator, and end it.
    const iterator = frames[Symbol.iterator]()
    let taken = 0
    this.#ring.defer()
    try {
      while (this.#canTake(frames, taken)) {
        const { done, value } = iterator.next()
        if (done) break
        if (!this.#take(value, `frames[${taken}]`)) break
        taken++
      }
    } finally {
      if (this.#ring.publish()) this.#ring.wake()
    }
    return taken
  }

  /** Takes up to `count` buffers, for the caller to fill; fewer when there are not as many. */
  allocate(count: number, taker: (...args: never[]) => unknown): OwnedPacket[] {
    const packets: OwnedPacket[] = []
    for (let i = 0; i < count; i++) {
      const supply = this.#ring.take()
      if (supply === undefined) break
      const { name, offset, capacity } = supply
      const place = { arena: this.#arena, ring: this.#ring, name, offset, length: 0, tailroom: capacity }
      packets.push(new OwnedPacket({ ...place, further: [], outputs: NO_OUTPUTS }, taker))
    }
    return packets
  }

  close(): void {
    closeRing(this.#ring)
  }

  /** Without a buffer, a list can go on with a packet that needs none; from a generator nothing is taken to find out. */
  #canTake(frames: Iterable<Uint8Array | OwnedPacket>, next: number): boolean {
    return this.available > 0 || (Array.isArray(frames) && frames[next] instanceof OwnedPacket)
  }

  #take(frame: unknown, name: string): boolean {
    if (frame instanceof OwnedPacket) return this.#takeOwned(frame, name)
    if (!(frame instanceof Uint8Array)) throw invalidType(name, 'a Uint8Array or an allocated packet', frame)
    const supply = this.#ring.take()
    if (supply === undefined) return false
    if (frame.length < SHORTEST_FRAME || frame.length > supply.capacity) {
      this.#ring.untake()
      throw wrongLength(name, frame.length, supply.capacity)
    }
    this.#arena.bytes.set(frame, supply.offset)
    this.#ring.submit(supply.name, supply.offset, frame.length, VERDICT_OUTPUT)
    return true
  }

  #takeOwned(packet: OwnedPacket, name: string): boolean {
    if (packet.isOwned && packet.length < SHORTEST_FRAME) {
      throw wrongLength(name, packet.length, packet.capacity)
    }
    if (packet.submitTo(this.#ring, VERDICT_OUTPUT)) return true
    const advice = 'One that a handler holds goes to an output of its handler: held.forward(output).'
    throw invalidValue(name, "a packet of this port's allocate()", packet, advice)
  }
}

function wrongLength(name: string, length: number, capacity: number) {
  return outOfRange(`${name}.length`, `from ${SHORTEST_FRAME} to the buffer's ${capacity} bytes`, length)
}
