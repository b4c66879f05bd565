import { point } from '../flyweight.js'
import type { InnerPacket } from '../layers.js'
import { bound, type PacketMemory } from '../memory.js'
import { linkOfIp } from '../walker.js'
import { Header, locate } from './header.js'

/** Bytes of an entry of the label stack. */
export const MPLS_LABEL = 4

const BOTTOM = 1

export interface MplsFields {
  /** 20 bits; 0 to 15 are special. */
  label: number
  /** 0 to 7: what RFC 3032 called EXP. */
  trafficClass: number
  /** The last entry: what the packet carries follows. */
  isBottom: boolean
  ttl: number
}

/**
 * An entry of a packet's MPLS label stack, in place. `packet.mpls` is the top, `next` the one below it.
 *
 * `packet.mpls` gives it only where the whole stack is there, down to its bottom. No entry says what the stack carries:
 * who gave the label knows. `inner` goes by the first four bits behind the bottom: 4 is IPv4, 6 is IPv6. A pseudowire
 * makes sure that it has neither (RFC 4385); it is left as `payload`.
 *
 * @see RFC 3032, section 2.1, and RFC 5462
 */
export class MplsHeader extends Header {
  readonly name = 'mpls'
  readonly #inner: InnerPacket | undefined
  #next: MplsHeader | undefined
  #extent = 0

  /** @internal */
  constructor(memory: PacketMemory, inner: InnerPacket | undefined) {
    super(memory)
    this.#inner = inner
  }

  get headerLength(): number {
    return MPLS_LABEL
  }

  /** 20 bits; 0 to 15 are special. */
  get label(): number {
    return this.read32(0) >>> 12
  }

  set label(value: number) {
    this.write16(0, value >> 4)
    this.write8(2, ((value & 0x0f) << 4) | (this.read8(2) & 0x0f))
  }

  /** 0 to 7: what RFC 3032 called EXP. */
  get trafficClass(): number {
    return (this.read8(2) >> 1) & 7
  }

  set trafficClass(value: number) {
    this.write8(2, (this.read8(2) & 0xf1) | ((value & 7) << 1))
  }

  /** The last entry: what the packet carries follows. */
  get isBottom(): boolean {
    return (this.read8(2) & BOTTOM) !== 0
  }

  /** Time to live, in hops. */
  get ttl(): number {
    return this.read8(3)
  }

  set ttl(value: number) {
    this.write8(3, value)
  }

  /** The entry below it; undefined at the bottom. */
  get next(): MplsHeader | undefined {
    if (this.isBottom || this.payloadLength < MPLS_LABEL) return undefined
    this.#next ??= new (bound(MplsHeader, this.memory))(this.memory, this.#inner)
    this.#next.#extent = this.#extent
    return this.#next[point](this.start + MPLS_LABEL, this.end)
  }

  /** What the stack carries, where that is IP; undefined also in the last of more tunnels than are followed. */
  get inner(): InnerPacket | undefined {
    const bottom = findBottom(this.bytes, this.start, this.end)
    const start = bottom + MPLS_LABEL
    if (bottom < 0 || start >= this.end) return undefined
    const link = linkOfIp(this.bytes[start] as number)
    if (link === undefined) return undefined
    return this.#inner?.[point](link, start, this.end, this.#extent)
  }

  toJSON(): MplsFields {
    const { label, trafficClass, isBottom, ttl } = this
    return { label, trafficClass, isBottom, ttl }
  }

  toString(): string {
    return `MPLS (label ${this.label}, tc ${this.trafficClass}, ${this.isBottom ? '[S], ' : ''}ttl ${this.ttl})`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (findBottom(this.bytes, start, end) < 0) return 'the packet ends within the MPLS label stack'
    this.#extent = extent
    this[point](start, end)
    return undefined
  }
}

/** Where the last entry starts; -1 when the packet ends before. */
function findBottom(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + MPLS_LABEL <= end; at += MPLS_LABEL) {
    if (((bytes[at + 2] as number) & BOTTOM) !== 0) return at
  }
  return -1
}
