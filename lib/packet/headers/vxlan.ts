import { point } from '../flyweight.js'
import type { InnerPacket } from '../layers.js'
import type { PacketMemory } from '../memory.js'
import { LINK_ETHERNET } from '../walker.js'
import { Header, locate } from './header.js'

export const VXLAN_HEADER = 8

/** The flag that says that there is a network identifier. */
export const VXLAN_FLAG_IDENTIFIER = 0x08

export interface VxlanFields {
  /** Eight bits: 0x08 says that the network identifier is valid, the others are reserved. */
  flags: number
  /** The 24 bits behind the flags, reserved. */
  reserved1: number
  /** VXLAN network identifier, 24 bits. */
  vni: number
  /** The last 8 bits, reserved. */
  reserved2: number
}

/**
 * The VXLAN header of a packet, in place: behind UDP to port 4789, in front of an Ethernet frame, which is in `inner`.
 *
 * @see RFC 7348, section 5
 */
export class VxlanHeader extends Header {
  readonly name = 'vxlan'
  readonly #inner: InnerPacket | undefined
  #extent = 0

  /** @internal */
  constructor(memory: PacketMemory, inner: InnerPacket | undefined) {
    super(memory)
    this.#inner = inner
  }

  get headerLength(): number {
    return VXLAN_HEADER
  }

  /** Eight bits: 0x08 says that the network identifier is valid, the others are reserved. */
  get flags(): number {
    return this.read8(0)
  }

  set flags(value: number) {
    this.write8(0, value)
  }

  /** Whether the network identifier is valid. It must be: others drop the packet. */
  get hasIdentifier(): boolean {
    return (this.flags & VXLAN_FLAG_IDENTIFIER) !== 0
  }

  /** The 24 bits behind the flags, reserved. */
  get reserved1(): number {
    return this.read32(0) & 0xffffff
  }

  /** VXLAN network identifier, 24 bits. */
  get vni(): number {
    return this.read32(4) >>> 8
  }

  set vni(value: number) {
    this.write16(4, value >> 8)
    this.write8(6, value)
  }

  /** The last 8 bits, reserved. */
  get reserved2(): number {
    return this.read8(7)
  }

  /** The Ethernet frame that it carries; undefined in the last of more tunnels than are followed. */
  get inner(): InnerPacket | undefined {
    return this.#inner?.[point](LINK_ETHERNET, this.start + VXLAN_HEADER, this.end, this.#extent)
  }

  toJSON(): VxlanFields {
    const { flags, reserved1, vni, reserved2 } = this
    return { flags, reserved1, vni, reserved2 }
  }

  toString(): string {
    const flags = this.flags.toString(16).padStart(2, '0')
    return `VXLAN, flags [${this.hasIdentifier ? 'I' : '.'}] (0x${flags}), vni ${this.vni}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + VXLAN_HEADER > end) return 'the packet ends within the VXLAN header'
    this.#extent = extent
    this[point](start, end)
    return undefined
  }
}
