import { outOfRange } from '../../validate.js'
import { formatIpv4Address } from '../ip-address.js'
import { MacAddress } from '../mac-address.js'
import { ETHER_TYPE_IPV4 } from '../protocol-numbers.js'
import { Header, locate } from './header.js'

/** Bytes of an ARP packet in front of its addresses. */
export const ARP_FIXED = 8

/** Operations. @see https://www.iana.org/assignments/arp-parameters */
export const ARP_REQUEST = 1
export const ARP_REPLY = 2
/** Hardware type of Ethernet. */
export const ARP_ETHERNET = 1

const MAC_LENGTH = 6
const IPV4_LENGTH = 4

export interface ArpFields {
  /** 1 Ethernet. */
  hardwareType: number
  /** 0x0800 IPv4. */
  protocolType: number
  /** In bytes: 6 of Ethernet. */
  hardwareLength: number
  /** In bytes: 4 of IPv4. */
  protocolLength: number
  /** 1 request, 2 reply. */
  operation: number
  /** `02:00:00:00:00:01`; of another length than 6, in hexadecimal digits. */
  senderHardwareAddress: string
  /** `192.0.2.1`; of another length than 4, in hexadecimal digits. */
  senderProtocolAddress: string
  targetHardwareAddress: string
  targetProtocolAddress: string
}

/**
 * An ARP packet, in place: who has this IPv4 address?
 *
 * `packet.arp` gives it for all kinds of hardware and protocol, where all four addresses are there. Those of Ethernet
 * and IPv4 are read as such; `isEthernetIpv4` tells whether they are.
 *
 * @see RFC 826
 */
export class ArpHeader extends Header {
  readonly name = 'arp'

  /** In bytes, all of it: 28 for Ethernet and IPv4. */
  get headerLength(): number {
    return ARP_FIXED + 2 * (this.hardwareLength + this.protocolLength)
  }

  /** 1 Ethernet. */
  get hardwareType(): number {
    return this.read16(0)
  }

  /** 0x0800 IPv4. */
  get protocolType(): number {
    return this.read16(2)
  }

  /** Of a hardware address, in bytes. */
  get hardwareLength(): number {
    return this.read8(4)
  }

  /** Of a protocol address, in bytes. */
  get protocolLength(): number {
    return this.read8(5)
  }

  /** 1 request, 2 reply. */
  get operation(): number {
    return this.read16(6)
  }

  set operation(value: number) {
    this.write16(6, value)
  }

  /** Whether it is about Ethernet and IPv4 addresses: 28 bytes long. */
  get isEthernetIpv4(): boolean {
    const isEthernet = this.hardwareType === ARP_ETHERNET && this.hardwareLength === MAC_LENGTH
    return isEthernet && this.protocolType === ETHER_TYPE_IPV4 && this.protocolLength === IPV4_LENGTH
  }

  /** `02:00:00:00:00:01`; of another length than 6, in hexadecimal digits. Makes a string. */
  get senderHardwareAddress(): string {
    return this.#hardwareAddress(this.#senderHardware)
  }

  /** `192.0.2.1`; of another length than 4, in hexadecimal digits. Makes a string. */
  get senderProtocolAddress(): string {
    return this.#protocolAddress(this.#senderProtocol)
  }

  /** As `senderHardwareAddress`; zeros in a request. */
  get targetHardwareAddress(): string {
    return this.#hardwareAddress(this.#targetHardware)
  }

  /** As `senderProtocolAddress`: in a request, the address that is asked for. */
  get targetProtocolAddress(): string {
    return this.#protocolAddress(this.#targetProtocol)
  }

  /** The sender's first two bytes, as a number; undefined unless its hardware address has 6 bytes. */
  get senderHardwareHigh(): number | undefined {
    return this.hardwareLength === MAC_LENGTH ? this.read16(this.#senderHardware) : undefined
  }

  /** The sender's last four bytes, as a number; undefined unless its hardware address has 6 bytes. */
  get senderHardwareLow(): number | undefined {
    return this.hardwareLength === MAC_LENGTH ? this.read32(this.#senderHardware + 2) : undefined
  }

  /** The sender's IPv4 address as a number; undefined unless protocol addresses have 4 bytes. */
  get senderProtocolNumber(): number | undefined {
    return this.protocolLength === IPV4_LENGTH ? this.read32(this.#senderProtocol) : undefined
  }

  /** The target's IPv4 address as a number; undefined unless protocol addresses have 4 bytes. */
  get targetProtocolNumber(): number | undefined {
    return this.protocolLength === IPV4_LENGTH ? this.read32(this.#targetProtocol) : undefined
  }

  /** @throws {RangeError} unless the address has `hardwareLength` bytes; so do the three below, theirs. */
  setSenderHardwareAddress(address: MacAddress | Uint8Array): void {
    this.#setAddress(this.#senderHardware, this.hardwareLength, address)
  }

  /** @param address its bytes, or an IPv4 address as a number */
  setSenderProtocolAddress(address: number | Uint8Array): void {
    this.#setAddress(this.#senderProtocol, this.protocolLength, address)
  }

  setTargetHardwareAddress(address: MacAddress | Uint8Array): void {
    this.#setAddress(this.#targetHardware, this.hardwareLength, address)
  }

  /** @param address its bytes, or an IPv4 address as a number */
  setTargetProtocolAddress(address: number | Uint8Array): void {
    this.#setAddress(this.#targetProtocol, this.protocolLength, address)
  }

  toJSON(): ArpFields {
    const { hardwareType, protocolType, hardwareLength, protocolLength, operation } = this
    const { senderHardwareAddress, senderProtocolAddress, targetHardwareAddress, targetProtocolAddress } =
      this
    return {
      ...{ hardwareType, protocolType, hardwareLength, protocolLength, operation },
      ...{ senderHardwareAddress, senderProtocolAddress, targetHardwareAddress, targetProtocolAddress },
    }
  }

  toString(): string {
    return `ARP, ${this.#operationText()}, length ${this.headerLength}`
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    if (start + ARP_FIXED > end) return 'the frame ends within the ARP packet'
    this.start = start
    // Nothing follows it: what else is in the frame is Ethernet's padding.
    this.end = start + this.headerLength
    if (this.end > end) return 'the frame ends within the addresses of the ARP packet'
    return undefined
  }

  #operationText(): string {
    const { operation, senderProtocolAddress, targetProtocolAddress } = this
    if (operation === ARP_REQUEST)
      return `Request who-has ${targetProtocolAddress} tell ${senderProtocolAddress}`
    if (operation === ARP_REPLY) return `Reply ${senderProtocolAddress} is-at ${this.senderHardwareAddress}`
    return `operation ${operation}`
  }

  get #senderHardware(): number {
    return ARP_FIXED
  }

  get #senderProtocol(): number {
    return ARP_FIXED + this.hardwareLength
  }

  get #targetHardware(): number {
    return this.#senderProtocol + this.protocolLength
  }

  get #targetProtocol(): number {
    return this.#targetHardware + this.hardwareLength
  }

  #hardwareAddress(at: number): string {
    const bytes = this.#address(at, this.hardwareLength)
    return bytes.length === MAC_LENGTH ? new MacAddress(bytes).toString() : Buffer.from(bytes).toString('hex')
  }

  #protocolAddress(at: number): string {
    if (this.protocolLength === IPV4_LENGTH) return formatIpv4Address(this.read32(at))
    return Buffer.from(this.#address(at, this.protocolLength)).toString('hex')
  }

  #address(at: number, length: number): Uint8Array {
    return this.bytes.subarray(this.start + at, this.start + at + length)
  }

  #setAddress(at: number, length: number, address: MacAddress | Uint8Array | number): void {
    const bytes = address instanceof MacAddress ? address.bytes : address
    if (typeof bytes === 'number' && length === IPV4_LENGTH) {
      this.write32(at, bytes)
    } else if (typeof bytes !== 'number' && bytes.length === length) {
      this.bytes.set(bytes, this.start + at)
    } else {
      throw outOfRange('address', `${length} bytes long, as this packet's are`, address)
    }
  }
}
