import { escapeText } from '../escaped-text.js'
import { formatIpv4Address } from '../ip-address.js'
import {
  BOOT_FILE,
  BOOTP_FIXED,
  type BootpFields,
  BootpHeader,
  OPERATION_REPLY,
  OPERATION_REQUEST,
  SERVER_NAME,
} from './bootp.js'
import {
  DHCP_MESSAGE_TYPES,
  DHCP_OPTIONS,
  type DhcpOption,
  endOfDhcpOptions,
  findDhcpOption,
  readDhcpOptions,
} from './dhcp-options.js'
import { locate } from './header.js'

/** Bytes up to the options, the magic cookie included. */
export const DHCP_FIXED = BOOTP_FIXED + 4
export const DHCP_MAGIC_COOKIE = 0x63825363

const OVERLOAD_BOOT_FILE = 1
const OVERLOAD_SERVER_NAME = 2

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [DHCP_MESSAGE_TYPES.discover]: 'Discover',
  [DHCP_MESSAGE_TYPES.offer]: 'Offer',
  [DHCP_MESSAGE_TYPES.request]: 'Request',
  [DHCP_MESSAGE_TYPES.decline]: 'Decline',
  [DHCP_MESSAGE_TYPES.acknowledge]: 'ACK',
  [DHCP_MESSAGE_TYPES.negativeAcknowledge]: 'NACK',
  [DHCP_MESSAGE_TYPES.release]: 'Release',
  [DHCP_MESSAGE_TYPES.inform]: 'Inform',
}

export interface DhcpFields extends BootpFields {
  /** With the end of the list. */
  options: DhcpOption[]
}

/**
 * The DHCP message of a packet, in place.
 *
 * `packet.dhcp` gives it for UDP from or to the ports 67 and 68, where its fixed part and its magic cookie are there. A bad
 * option ends the options. Where the option `overload` says so, those in the places of boot file and server name count
 * too, behind the others.
 *
 * Setters leave UDP's checksum alone.
 *
 * @see RFC 2131, section 2, and RFC 2132
 *
 * @example
 * ```ts
 * if (packet.dhcp?.messageType === DHCP_MESSAGE_TYPES.offer && port !== trusted) packet.drop()
 * ```
 */
export class DhcpHeader extends BootpHeader {
  readonly name = 'dhcp'

  /** In bytes, up to and with the options' end. What is behind it is the payload: usually zeros, or nothing. */
  get headerLength(): number {
    return endOfDhcpOptions(this.bytes, this.start + DHCP_FIXED, this.end) - this.start
  }

  /** 1 discover, 2 offer, 3 request: see `DHCP_MESSAGE_TYPES`. Undefined in a BOOTP message. */
  get messageType(): number | undefined {
    return this.#number(DHCP_OPTIONS.messageType.code, 1)
  }

  /** In seconds. */
  get leaseTime(): number | undefined {
    return this.#number(DHCP_OPTIONS.leaseTime.code, 4)
  }

  /** The address that the client asks for. Makes a string. */
  get requestedAddress(): string | undefined {
    return addressOf(this.requestedAddressNumber)
  }

  get requestedAddressNumber(): number | undefined {
    return this.#number(DHCP_OPTIONS.requestedAddress.code, 4)
  }

  /** The server that offers, or that the client has chosen. Makes a string. */
  get serverIdentifier(): string | undefined {
    return addressOf(this.serverIdentifierNumber)
  }

  get serverIdentifierNumber(): number | undefined {
    return this.#number(DHCP_OPTIONS.serverIdentifier.code, 4)
  }

  /** `255.255.255.0`. Makes a string. */
  get subnetMask(): string | undefined {
    return addressOf(this.#number(DHCP_OPTIONS.subnetMask.code, 4))
  }

  /** Makes a list, empty without the option. */
  get routers(): string[] {
    return this.#addresses(DHCP_OPTIONS.routers.code)
  }

  /** Makes a list, empty without the option. */
  get domainNameServers(): string[] {
    return this.#addresses(DHCP_OPTIONS.domainNameServers.code)
  }

  /** Makes a string. */
  get hostName(): string | undefined {
    return this.#textOption(DHCP_OPTIONS.hostName.code)
  }

  /** Makes a string. */
  get domainName(): string | undefined {
    return this.#textOption(DHCP_OPTIONS.domainName.code)
  }

  /** The codes of the options that the client wants. Makes a list, empty without the option. */
  get parameterRequestList(): number[] {
    return [...(this.optionValue(DHCP_OPTIONS.parameterRequestList.code) ?? [])]
  }

  /** In hexadecimal digits. Makes a string. */
  get clientIdentifier(): string | undefined {
    const value = this.optionValue(DHCP_OPTIONS.clientIdentifier.code)
    return value === undefined ? undefined : Buffer.from(value).toString('hex')
  }

  /**
   * The value of an option; one that is split into several is put together. A copy.
   * @param code 1 to 254
   * @see RFC 3396
   */
  optionValue(code: number): Uint8Array | undefined {
    const pieces: Uint8Array[] = []
    for (const [from, end] of this.#areas()) {
      let at = findDhcpOption(this.bytes, from, end, code)
      while (at >= 0) {
        const behind = at + 2 + (this.bytes[at + 1] as number)
        pieces.push(this.bytes.subarray(at + 2, behind))
        at = findDhcpOption(this.bytes, behind, end, code)
      }
    }
    return pieces.length === 0 ? undefined : Uint8Array.from(Buffer.concat(pieces))
  }

  /**
   * All options behind the magic cookie, in their order, with the list's end. Makes a list. Those of an `overload` are in
   * `overloadedOptions`.
   */
  get options(): DhcpOption[] {
    return readDhcpOptions(this.bytes, this.start + DHCP_FIXED, this.end)
  }

  /** The options in the places of boot file and server name, each up to its end. Makes a list. */
  get overloadedOptions(): DhcpOption[] {
    const [, ...areas] = this.#areas()
    return areas.flatMap(([from, end]) => readDhcpOptions(this.bytes, from, end))
  }

  toJSON(): DhcpFields {
    return { ...this.fixedFields(), options: this.options }
  }

  toString(): string {
    const { messageType, yourAddress } = this
    const pieces = [`BOOTP/DHCP, ${this.#direction}`, `length ${this.end - this.start}`]
    if (messageType !== undefined) pieces.push(TYPE_NAMES[messageType] ?? `message type ${messageType}`)
    if (this.yourAddressNumber !== 0) pieces.push(`address ${yourAddress}`)
    return pieces.join(', ')
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + DHCP_FIXED > end) return 'the packet ends within the fixed part of the DHCP message'
    if (extent > end) return 'the DHCP message goes on in a further segment'
    this.start = start
    this.end = end
    if (this.read32(BOOTP_FIXED) !== DHCP_MAGIC_COOKIE) return 'the message lacks the magic cookie of DHCP'
    return undefined
  }

  get #direction(): string {
    const { operation, hardwareType, hardwareAddressLength } = this
    if (operation === OPERATION_REPLY) return 'Reply'
    if (operation !== OPERATION_REQUEST) return `unknown (0x${operation.toString(16).padStart(2, '0')})`
    const isEthernet = hardwareType === 1 && hardwareAddressLength === 6
    return isEthernet ? `Request from ${this.clientHardwareAddress}` : 'Request'
  }

  /** The number in the first option of this code, if its value has so many bytes. */
  #number(code: number, length: 1 | 4): number | undefined {
    const { bytes, start } = this
    let at = findDhcpOption(bytes, start + DHCP_FIXED, this.end, code)
    if (at < 0) at = this.#findOverloaded(code)
    if (at < 0 || bytes[at + 1] !== length) return undefined
    return length === 1 ? this.read8(at + 2 - start) : this.read32(at + 2 - start)
  }

  #findOverloaded(code: number): number {
    const { bytes, start } = this
    const overload = this.#overload
    let at = -1
    if ((overload & OVERLOAD_BOOT_FILE) !== 0) {
      at = findDhcpOption(bytes, start + BOOT_FILE, start + BOOTP_FIXED, code)
    }
    if (at < 0 && (overload & OVERLOAD_SERVER_NAME) !== 0) {
      at = findDhcpOption(bytes, start + SERVER_NAME, start + BOOT_FILE, code)
    }
    return at
  }

  get #overload(): number {
    const from = this.start + DHCP_FIXED
    const at = findDhcpOption(this.bytes, from, this.end, DHCP_OPTIONS.overload.code)
    return at < 0 || this.bytes[at + 1] !== 1 ? 0 : (this.bytes[at + 2] as number)
  }

  /** Where options are, in the order that counts: from and up to where. */
  #areas(): [number, number][] {
    const { start, end } = this
    const overload = this.#overload
    const areas: [number, number][] = [[start + DHCP_FIXED, end]]
    if ((overload & OVERLOAD_BOOT_FILE) !== 0) areas.push([start + BOOT_FILE, start + BOOTP_FIXED])
    if ((overload & OVERLOAD_SERVER_NAME) !== 0) areas.push([start + SERVER_NAME, start + BOOT_FILE])
    return areas
  }

  #addresses(code: number): string[] {
    const value = this.optionValue(code) ?? new Uint8Array()
    const view = new DataView(value.buffer)
    const length = value.length >> 2
    return Array.from({ length }, (_, index) => formatIpv4Address(view.getUint32(index * 4)))
  }

  #textOption(code: number): string | undefined {
    const value = this.optionValue(code)
    return value === undefined ? undefined : escapeText(value, 0, value.length)
  }
}

function addressOf(number: number | undefined): string | undefined {
  return number === undefined ? undefined : formatIpv4Address(number)
}
