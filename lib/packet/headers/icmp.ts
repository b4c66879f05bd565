import { formatIpv4Address } from '../ip-address.js'
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../protocol-numbers.js'
import { CheckedHeader } from './checked-header.js'
import { locate } from './header.js'

/** Bytes of an ICMP header: all messages have as many. */
export const ICMP_HEADER = 8

/** @see https://www.iana.org/assignments/icmp-parameters */
export const ICMP_ECHO_REPLY = 0
export const ICMP_UNREACHABLE = 3
export const ICMP_REDIRECT = 5
export const ICMP_ECHO_REQUEST = 8
export const ICMP_TIME_EXCEEDED = 11
export const ICMP_PARAMETER_PROBLEM = 12
/** Code of `ICMP_UNREACHABLE`: the packet is too long, and must not be fragmented. */
export const ICMP_FRAGMENTATION_NEEDED = 4

const PORT_UNREACHABLE = 3
/** Echo, timestamp, information, address mask: requests and replies. */
const WITH_IDENTIFIER = [0, 8, 13, 14, 15, 16, 17, 18]

export interface IcmpFields {
  /** 0 echo reply, 3 destination unreachable, 5 redirect, 8 echo request, 11 time exceeded. */
  type: number
  code: number
  checksum: number
  /** Of echo, timestamp, information and address mask messages. */
  identifier?: number
  sequenceNumber?: number
  /** Of redirects: the better router, `192.0.2.1`. */
  gateway?: string
  /** Of unreachable packets that are too long: bytes that fit. */
  mtu?: number
  /** Of parameter problems: where in the packet. */
  pointer?: number
  /** The second four bytes as a number, of messages that have neither identifier nor gateway. */
  restOfHeader?: number
}

/**
 * The ICMP header of a packet, in place: eight bytes. What an error is about, or an echo carries, is its `payload`.
 *
 * @see RFC 792
 */
export class IcmpHeader extends CheckedHeader {
  readonly name = 'icmp'
  protected readonly protocol = PROTOCOL_ICMP
  protected readonly checksumAt = 2
  protected readonly hasPseudoHeader = false

  get headerLength(): number {
    return ICMP_HEADER
  }

  /** 0 echo reply, 3 destination unreachable, 5 redirect, 8 echo request, 11 time exceeded. */
  get type(): number {
    return this.read8(0)
  }

  /** Leaves the checksum alone; `replaceUint16(0, …)` changes type and code with it. */
  set type(value: number) {
    this.write8(0, value)
  }

  get code(): number {
    return this.read8(1)
  }

  /** Leaves the checksum alone; `replaceUint16(0, …)` changes type and code with it. */
  set code(value: number) {
    this.write8(1, value)
  }

  /** Of echo, timestamp, information and address mask messages, else undefined. */
  get identifier(): number | undefined {
    return WITH_IDENTIFIER.includes(this.type) ? this.read16(4) : undefined
  }

  /** Of echo, timestamp, information and address mask messages, else undefined. */
  get sequenceNumber(): number | undefined {
    return WITH_IDENTIFIER.includes(this.type) ? this.read16(6) : undefined
  }

  /** Of redirects, else undefined: the better router, `192.0.2.1`. Makes a string; `restOfHeader` does not. */
  get gateway(): string | undefined {
    return this.type === ICMP_REDIRECT ? formatIpv4Address(this.restOfHeader) : undefined
  }

  /** Of unreachable packets that are too long, else undefined: bytes that fit; 0 by old routers. @see RFC 1191 */
  get mtu(): number | undefined {
    const isTooLong = this.type === ICMP_UNREACHABLE && this.code === ICMP_FRAGMENTATION_NEEDED
    return isTooLong ? this.read16(6) : undefined
  }

  /** Of parameter problems, else undefined: the offset in the packet of what is wrong. */
  get pointer(): number | undefined {
    return this.type === ICMP_PARAMETER_PROBLEM ? this.read8(4) : undefined
  }

  /** The four bytes behind the checksum as a number: what is in them depends on the type. */
  get restOfHeader(): number {
    return this.read32(4)
  }

  /** Leaves the checksum alone: see `replaceIdentifier`. */
  set restOfHeader(value: number) {
    this.write32(4, value)
  }

  /** Sets the identifier of an echo, and changes the checksum accordingly. @see RFC 5508, section 3.1, and RFC 1624 */
  replaceIdentifier(identifier: number): void {
    this.replaceUint16(4, identifier)
  }

  toJSON(): IcmpFields {
    const { type, code, checksum, identifier, sequenceNumber, gateway, mtu, pointer, restOfHeader } = this
    if (identifier !== undefined && sequenceNumber !== undefined) {
      return { type, code, checksum, identifier, sequenceNumber }
    }
    if (gateway !== undefined) return { type, code, checksum, gateway }
    return {
      ...{ type, code, checksum },
      ...(mtu !== undefined && { mtu }),
      ...(pointer !== undefined && { pointer }),
      restOfHeader,
    }
  }

  toString(): string {
    return `ICMP ${this.#text()}, length ${this.messageLength}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + ICMP_HEADER > end) return 'the packet ends within the ICMP header'
    this.start = start
    this.end = end
    this.messageLength = extent - start
    return undefined
  }

  #text(): string {
    const { type, code } = this
    if (type === ICMP_ECHO_REQUEST) return `echo request, id ${this.identifier}, seq ${this.sequenceNumber}`
    if (type === ICMP_ECHO_REPLY) return `echo reply, id ${this.identifier}, seq ${this.sequenceNumber}`
    if (type === ICMP_TIME_EXCEEDED)
      return code === 0 ? 'time exceeded in-transit' : 'ip reassembly time exceeded'
    if (type === ICMP_PARAMETER_PROBLEM) return `parameter problem - octet ${this.pointer}`
    if (type === ICMP_UNREACHABLE) return this.#unreachable()
    if (type === ICMP_REDIRECT) return `redirect ${this.#quotedDestination()} to host ${this.gateway}`
    return `type-#${type}, code ${code}`
  }

  #unreachable(): string {
    const { code, mtu } = this
    const host = this.#quotedDestination()
    if (mtu !== undefined) return `${host} unreachable - need to frag (mtu ${mtu})`
    if (code === PORT_UNREACHABLE) return `${host} ${this.#quotedPort()} unreachable`
    if (code === 0) return `net ${host} unreachable`
    if (code === 1) return `host ${host} unreachable`
    return `${host} unreachable - code ${code}`
  }

  /** Where the packet was sent that an error is about, which quotes at least its header. */
  #quotedDestination(): string {
    return this.payload.length < 20 ? 'destination' : formatIpv4Address(this.getUint32(ICMP_HEADER + 16))
  }

  #quotedPort(): string {
    const { payload } = this
    const port = ((payload[0] ?? 0) & 0x0f) * 4 + 2
    const protocol = payload[9]
    const name = protocol === PROTOCOL_UDP ? 'udp' : protocol === PROTOCOL_TCP ? 'tcp' : undefined
    if (name === undefined || payload.length < port + 2) return 'port'
    return `${name} port ${this.getUint16(ICMP_HEADER + port)}`
  }
}
