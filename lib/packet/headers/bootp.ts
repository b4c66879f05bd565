import { escapeText } from '../escaped-text.js'
import { formatIpv4Address } from '../ip-address.js'
import { Header } from './header.js'

/** Bytes of the fixed part. */
export const BOOTP_FIXED = 236

export const OPERATION_REQUEST = 1
export const OPERATION_REPLY = 2

const TRANSACTION_ID = 4
const SECONDS = 8
const FLAGS = 10
const CLIENT_ADDRESS = 12
const YOUR_ADDRESS = 16
const SERVER_ADDRESS = 20
const RELAY_ADDRESS = 24
const HARDWARE_ADDRESS = 28
export const SERVER_NAME = 44
export const BOOT_FILE = 108

const BROADCAST = 0x8000

export interface BootpFields {
  /** 1 request, 2 reply. */
  operation: number
  /** 1: Ethernet. */
  hardwareType: number
  /** In bytes: 6 for Ethernet. */
  hardwareAddressLength: number
  /** Relays that it has passed. */
  hops: number
  transactionId: number
  /** Since the client began. */
  seconds: number
  /** The highest bit: replies are to be broadcast. */
  flags: number
  /** The address that the client has already; 0.0.0.0 for none, as the three that follow. */
  clientAddress: string
  /** The address that the client gets. */
  yourAddress: string
  /** The server for the next step of booting. */
  serverAddress: string
  relayAddress: string
  /** All sixteen bytes of its place, in hexadecimal digits. */
  hardwareAddress: string
  /** Up to 64 bytes; bytes that are not printable ASCII are `\DDD`, and zeros at the end are left out. */
  serverName: string
  /** Up to 128 bytes, as `serverName`. */
  bootFile: string
}

/** The fixed part of a BOOTP message, with which one of DHCP begins. @see RFC 951, section 3, and RFC 2131, section 2 */
export abstract class BootpHeader extends Header {
  /** 1 request, 2 reply. */
  get operation(): number {
    return this.read8(0)
  }

  /** 1: Ethernet. */
  get hardwareType(): number {
    return this.read8(1)
  }

  /** In bytes: 6 for Ethernet. */
  get hardwareAddressLength(): number {
    return this.read8(2)
  }

  /** Relays that it has passed. */
  get hops(): number {
    return this.read8(3)
  }

  set hops(value: number) {
    this.write8(3, value)
  }

  /** A reply has that of its request. */
  get transactionId(): number {
    return this.read32(TRANSACTION_ID)
  }

  set transactionId(value: number) {
    this.write32(TRANSACTION_ID, value)
  }

  /** Since the client began. */
  get seconds(): number {
    return this.read16(SECONDS)
  }

  get flags(): number {
    return this.read16(FLAGS)
  }

  set flags(value: number) {
    this.write16(FLAGS, value)
  }

  /** Replies are to be broadcast, because the client has no address yet. */
  get broadcast(): boolean {
    return (this.flags & BROADCAST) !== 0
  }

  set broadcast(value: boolean) {
    this.flags = (this.flags & ~BROADCAST) | (value ? BROADCAST : 0)
  }

  /** The address that the client has already. Makes a string, as the three that follow. */
  get clientAddress(): string {
    return formatIpv4Address(this.clientAddressNumber)
  }

  get clientAddressNumber(): number {
    return this.read32(CLIENT_ADDRESS)
  }

  /** The address that the client gets. */
  get yourAddress(): string {
    return formatIpv4Address(this.yourAddressNumber)
  }

  get yourAddressNumber(): number {
    return this.read32(YOUR_ADDRESS)
  }

  /** The server for the next step of booting; the one that answers is `serverIdentifier`. */
  get serverAddress(): string {
    return formatIpv4Address(this.serverAddressNumber)
  }

  get serverAddressNumber(): number {
    return this.read32(SERVER_ADDRESS)
  }

  get relayAddress(): string {
    return formatIpv4Address(this.relayAddressNumber)
  }

  get relayAddressNumber(): number {
    return this.read32(RELAY_ADDRESS)
  }

  /** What relays fill in. */
  set relayAddressNumber(value: number) {
    this.write32(RELAY_ADDRESS, value)
  }

  /** `02:00:00:00:00:01`: so many bytes as `hardwareAddressLength` says, 16 at most. Makes a string. */
  get clientHardwareAddress(): string {
    const hex = this.hardwareAddress.slice(0, 2 * this.hardwareAddressLength)
    return hex.match(/../g)?.join(':') ?? ''
  }

  /** The first two bytes of the client's hardware address, as a number. */
  get hardwareAddressHigh(): number {
    return this.read16(HARDWARE_ADDRESS)
  }

  /** The four bytes behind them. */
  get hardwareAddressLow(): number {
    return this.read32(HARDWARE_ADDRESS + 2)
  }

  /** All sixteen bytes of its place, in hexadecimal digits. Makes a string. */
  get hardwareAddress(): string {
    const at = this.start + HARDWARE_ADDRESS
    return Buffer.from(this.bytes.subarray(at, at + 16)).toString('hex')
  }

  /** Makes a string: see `BootpFields`. */
  get serverName(): string {
    return this.#text(SERVER_NAME, BOOT_FILE)
  }

  /** Makes a string. */
  get bootFile(): string {
    return this.#text(BOOT_FILE, BOOTP_FIXED)
  }

  protected fixedFields(): BootpFields {
    const { operation, hardwareType, hardwareAddressLength, hops, transactionId, seconds, flags } = this
    const { clientAddress, yourAddress, serverAddress, relayAddress, hardwareAddress } = this
    const { serverName, bootFile } = this
    return {
      ...{ operation, hardwareType, hardwareAddressLength, hops, transactionId, seconds, flags },
      ...{ clientAddress, yourAddress, serverAddress, relayAddress, hardwareAddress },
      ...{ serverName, bootFile },
    }
  }

  /** What stands between two places, without the zeros at its end. */
  #text(from: number, to: number): string {
    let end = this.start + to
    while (end > this.start + from && this.bytes[end - 1] === 0) end--
    return escapeText(this.bytes, this.start + from, end)
  }
}
