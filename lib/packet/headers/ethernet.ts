import { point } from '../flyweight.js'
import { MacAddress } from '../mac-address.js'
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
    this.exchange48(this.start)
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

  #setAddress(offset: number, address: MacAddress | Uint8Array): void {
    const { high, low } = address instanceof MacAddress ? address : new MacAddress(address)
    this.store16(offset, high)
    this.store32(offset + 2, low)
  }
}

function formatAddress(bytes: Uint8Array, offset: number): string {
  return new MacAddress(bytes.subarray(offset, offset + 6)).toString()
}
