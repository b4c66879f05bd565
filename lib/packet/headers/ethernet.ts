import { point } from '../flyweight.js'
import { MacAddress } from '../mac-address.js'
import type { PacketMemory } from '../memory.js'
import { Header, locate } from './header.js'

/** Bytes of an Ethernet header without VLAN tags. */
export const ETHERNET_HEADER = 14

const ETHER_TYPE = 12

export interface EthernetFields {
  /** `02:00:00:00:00:01`. */
  destination: string
  source: string
  /** What follows: 0x0800 IPv4, 0x0806 ARP, 0x8100 a VLAN tag, 0x86dd IPv6. Below 0x600 it is a length. */
  etherType: number
}

/**
 * The Ethernet header of a packet, in place: reading and writing go to the packet's bytes.
 *
 * A handler's packet always has one. Of a frame shorter than 14 bytes it is all zeros, and what is written to it is lost;
 * `packet.malformed` tells.
 *
 * @see IEEE 802.3, clause 3
 */
export class EthernetHeader extends Header {
  readonly name = 'ethernet'
  readonly #words16: Uint16Array
  readonly #words32: Int32Array

  /** @internal */
  constructor(memory: PacketMemory) {
    super(memory)
    this.#words16 = memory.words16
    this.#words32 = memory.words32
  }

  get headerLength(): number {
    return ETHERNET_HEADER
  }

  /** `02:00:00:00:00:01`. Makes a string; `destinationHigh` and `destinationLow` do not. */
  get destination(): string {
    return formatAddress(this.bytes, this.start)
  }

  /** `02:00:00:00:00:01`. Makes a string; `sourceHigh` and `sourceLow` do not. */
  get source(): string {
    return formatAddress(this.bytes, this.start + 6)
  }

  /** The destination's first two bytes, as a number. */
  get destinationHigh(): number {
    return this.read16(0)
  }

  /** The destination's last four bytes, as a number. */
  get destinationLow(): number {
    return this.read32(2)
  }

  /** The source's first two bytes, as a number. */
  get sourceHigh(): number {
    return this.read16(6)
  }

  /** The source's last four bytes, as a number. */
  get sourceLow(): number {
    return this.read32(8)
  }

  /** Sent to a group: the first byte's lowest bit. Broadcast is a group too. */
  get isMulticast(): boolean {
    return (this.read8(0) & 1) === 1
  }

  get isBroadcast(): boolean {
    return this.destinationHigh === 0xffff && this.destinationLow === 0xffffffff
  }

  /** What follows: 0x0800 IPv4, 0x0806 ARP, 0x8100 a VLAN tag, 0x86dd IPv6. Below 0x600 it is a length. */
  get etherType(): number {
    return this.read16(ETHER_TYPE)
  }

  set etherType(value: number) {
    this.write16(ETHER_TYPE, value)
  }

  setDestination(address: MacAddress | Uint8Array): void {
    this.#setAddress(this.start, address)
  }

  setSource(address: MacAddress | Uint8Array): void {
    this.#setAddress(this.start + 6, address)
  }

  /** Exchanges destination and source. */
  swapAddresses(): void {
    const offset = this.start
    if ((offset & 3) !== 0) {
      this.#swapBytes()
      return
    }
    // Usual: packets start on a cache line. Three words hold both addresses: dddd ddss ssss.
    const words = this.#words32
    const index = offset >> 2
    const first = words[index] as number
    const middle = words[index + 1] as number
    const last = words[index + 2] as number
    words[index] = (middle >>> 16) | (last << 16)
    words[index + 1] = (last >>> 16) | (first << 16)
    words[index + 2] = (first >>> 16) | (middle << 16)
  }

  toJSON(): EthernetFields {
    const { destination, source, etherType } = this
    return { destination, source, etherType }
  }

  toString(): string {
    return `${this.source} > ${this.destination}, type 0x${this.etherType.toString(16).padStart(4, '0')}`
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    if (start + ETHERNET_HEADER > end) return 'the frame is shorter than an Ethernet header'
    this[point](start, end)
    return undefined
  }

  #swapBytes(): void {
    const bytes = this.bytes
    for (let i = this.start; i < this.start + 6; i++) {
      const byte = bytes[i] as number
      bytes[i] = bytes[i + 6] as number
      bytes[i + 6] = byte
    }
  }

  #setAddress(offset: number, address: MacAddress | Uint8Array): void {
    const from = address instanceof MacAddress ? address.bytes : address
    if ((offset & 1) === 0) {
      const words = this.#words16
      const index = offset >> 1
      words[index] = (from[0] as number) | ((from[1] as number) << 8)
      words[index + 1] = (from[2] as number) | ((from[3] as number) << 8)
      words[index + 2] = (from[4] as number) | ((from[5] as number) << 8)
      return
    }
    const bytes = this.bytes
    for (let i = 0; i < 6; i++) bytes[offset + i] = from[i] as number
  }
}

function formatAddress(bytes: Uint8Array, offset: number): string {
  return new MacAddress(bytes.subarray(offset, offset + 6)).toString()
}
