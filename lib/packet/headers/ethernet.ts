import type { Arena } from '../../arena.js'
import { point } from '../flyweight.js'
import { MacAddress } from '../mac-address.js'

/** Bytes of an Ethernet header without VLAN tags. */
export const ETHERNET_HEADER = 14

const ETHER_TYPE = 12

/**
 * The Ethernet header of a packet, in place: reading and writing go to the packet's bytes.
 *
 * A device may deliver a frame shorter than 14 bytes. Then what lies behind it in its buffer is read and written; look
 * at `packet.length` first where that matters.
 *
 * @see IEEE 802.3, clause 3
 */
export class EthernetHeader {
  readonly #bytes: Uint8Array
  readonly #words16: Uint16Array
  readonly #words32: Int32Array
  #offset = 0

  /** @internal */
  constructor(arena: Arena) {
    this.#bytes = arena.bytes
    this.#words16 = arena.words16
    this.#words32 = arena.words32
  }

  /** @internal */
  [point](offset: number): this {
    this.#offset = offset
    return this
  }

  /** `02:00:00:00:00:01`. Makes a string; `destinationHigh` and `destinationLow` do not. */
  get destination(): string {
    return formatAddress(this.#bytes, this.#offset)
  }

  /** `02:00:00:00:00:01`. Makes a string; `sourceHigh` and `sourceLow` do not. */
  get source(): string {
    return formatAddress(this.#bytes, this.#offset + 6)
  }

  /** The destination's first two bytes, as a number. */
  get destinationHigh(): number {
    return getUint16(this.#bytes, this.#offset)
  }

  /** The destination's last four bytes, as a number. */
  get destinationLow(): number {
    return getUint32(this.#bytes, this.#offset + 2)
  }

  /** The source's first two bytes, as a number. */
  get sourceHigh(): number {
    return getUint16(this.#bytes, this.#offset + 6)
  }

  /** The source's last four bytes, as a number. */
  get sourceLow(): number {
    return getUint32(this.#bytes, this.#offset + 8)
  }

  /** Sent to a group: the first byte's lowest bit. Broadcast is a group too. */
  get isMulticast(): boolean {
    return ((this.#bytes[this.#offset] as number) & 1) === 1
  }

  get isBroadcast(): boolean {
    return this.destinationHigh === 0xffff && this.destinationLow === 0xffffffff
  }

  /** What follows: 0x0800 IPv4, 0x0806 ARP, 0x8100 a VLAN tag, 0x86dd IPv6. Below 0x600 it is a length. */
  get etherType(): number {
    return getUint16(this.#bytes, this.#offset + ETHER_TYPE)
  }

  set etherType(value: number) {
    this.#bytes[this.#offset + ETHER_TYPE] = value >> 8
    this.#bytes[this.#offset + ETHER_TYPE + 1] = value
  }

  setDestination(address: MacAddress | Uint8Array): void {
    this.#setAddress(this.#offset, address)
  }

  setSource(address: MacAddress | Uint8Array): void {
    this.#setAddress(this.#offset + 6, address)
  }

  /** Exchanges destination and source. */
  swapAddresses(): void {
    const offset = this.#offset
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

  toString(): string {
    return `${this.source} > ${this.destination}, type 0x${this.etherType.toString(16).padStart(4, '0')}`
  }

  #swapBytes(): void {
    const bytes = this.#bytes
    for (let i = this.#offset; i < this.#offset + 6; i++) {
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
    const bytes = this.#bytes
    for (let i = 0; i < 6; i++) bytes[offset + i] = from[i] as number
  }
}

function getUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
}

function getUint32(bytes: Uint8Array, offset: number): number {
  return ((getUint16(bytes, offset) << 16) | getUint16(bytes, offset + 2)) >>> 0
}

function formatAddress(bytes: Uint8Array, offset: number): string {
  return new MacAddress(bytes.subarray(offset, offset + 6)).toString()
}
