import { outOfRange } from '../../validate.js'
import { formatIpv6Address, IPV6_ADDRESS } from '../ip-address.js'
import { PROTOCOL_ICMPV6 } from '../protocol-numbers.js'
import { CheckedHeader } from './checked-header.js'
import { type GroupRecord, groupRecordsEnd, readAddresses, readGroupRecords } from './group-records.js'
import { locate } from './header.js'
import { type Icmpv6Fields, icmpv6FieldsOf } from './icmpv6-fields.js'
import { describeIcmpv6 } from './icmpv6-text.js'
import * as types from './icmpv6-types.js'
import { type NeighbourOption, neighbourOptionsEnd, readNeighbourOptions } from './neighbour-options.js'

/**
 * The ICMPv6 message of a packet, in place: errors, echo, neighbour discovery, multicast listener discovery. What a
 * type of message does not have is undefined.
 *
 * `packet.icmpv6` gives it where all that its type has is there: addresses, options, records. What an error is about,
 * or an echo carries, is its `payload`. Of types that this does not know, the header has 4 bytes, and the rest is
 * payload.
 *
 * @see RFC 4443, RFC 4861 for neighbour discovery, RFC 2710 and RFC 3810 for multicast listener discovery
 */
export class Icmpv6Header extends CheckedHeader {
  readonly name = 'icmpv6'
  protected readonly protocol = PROTOCOL_ICMPV6
  protected readonly checksumAt = 2
  protected readonly hasPseudoHeader = true
  #headerLength = types.ICMPV6_FIXED

  /** In bytes, with options, sources and records. */
  get headerLength(): number {
    return this.#headerLength
  }

  /** 1 destination unreachable, 2 packet too big, 128 echo request, 135 neighbour solicitation. */
  get type(): number {
    return this.read8(0)
  }

  get code(): number {
    return this.read8(1)
  }

  /** Leaves the checksum alone; `replaceUint16(0, …)` changes type and code with it. */
  set code(value: number) {
    this.write8(1, value)
  }

  /** Of echoes. */
  get identifier(): number | undefined {
    return types.isEcho(this.type) ? this.read16(4) : undefined
  }

  /** Of echoes. */
  get sequenceNumber(): number | undefined {
    return types.isEcho(this.type) ? this.read16(6) : undefined
  }

  /** Sets the identifier of an echo, and changes the checksum accordingly. @see RFC 1624 */
  replaceIdentifier(identifier: number): void {
    this.replaceUint16(4, identifier)
  }

  /** Of packets that were too big: bytes that fit. */
  get mtu(): number | undefined {
    return this.type === types.PACKET_TOO_BIG ? this.read32(4) : undefined
  }

  /** Of parameter problems: the offset in the packet of what is wrong. */
  get pointer(): number | undefined {
    return this.type === types.PARAMETER_PROBLEM ? this.read32(4) : undefined
  }

  /** Of unreachable destinations and exceeded times: four bytes as a number, usually 0. */
  get restOfHeader(): number | undefined {
    const { type } = this
    return type === types.UNREACHABLE || type === types.TIME_EXCEEDED ? this.read32(4) : undefined
  }

  /** Of router advertisements: the hop limit that hosts should use; 0 leaves it to them. */
  get currentHopLimit(): number | undefined {
    return this.#isRouterAdvertisement ? this.read8(4) : undefined
  }

  /** Of router advertisements: addresses come from DHCPv6. */
  get managedAddressConfiguration(): boolean | undefined {
    return this.#isRouterAdvertisement ? (this.read8(5) & 0x80) !== 0 : undefined
  }

  /** Of router advertisements: other things come from DHCPv6. */
  get otherConfiguration(): boolean | undefined {
    return this.#isRouterAdvertisement ? (this.read8(5) & 0x40) !== 0 : undefined
  }

  /** Of router advertisements: it is a home agent of mobile nodes. @see RFC 6275, section 7.1 */
  get homeAgent(): boolean | undefined {
    return this.#isRouterAdvertisement ? (this.read8(5) & 0x20) !== 0 : undefined
  }

  /** Of router advertisements: 0 medium, 1 high, 3 low. @see RFC 4191, section 2.1 */
  get routerPreference(): number | undefined {
    return this.#isRouterAdvertisement ? (this.read8(5) >> 3) & 3 : undefined
  }

  /** Of router advertisements: in seconds; 0 is no default router. */
  get routerLifetime(): number | undefined {
    return this.#isRouterAdvertisement ? this.read16(6) : undefined
  }

  /** Of router advertisements: in milliseconds; 0 leaves it to hosts. */
  get reachableTime(): number | undefined {
    return this.#isRouterAdvertisement ? this.read32(8) : undefined
  }

  /** Of router advertisements: in milliseconds between solicitations; 0 leaves it to hosts. */
  get retransmissionTimer(): number | undefined {
    return this.#isRouterAdvertisement ? this.read32(12) : undefined
  }

  /** Of neighbour advertisements: the sender is a router. */
  get router(): boolean | undefined {
    return this.#isNeighbourAdvertisement ? (this.read8(4) & 0x80) !== 0 : undefined
  }

  /** Of neighbour advertisements: it answers a solicitation. */
  get solicited(): boolean | undefined {
    return this.#isNeighbourAdvertisement ? (this.read8(4) & 0x40) !== 0 : undefined
  }

  /** Of neighbour advertisements: it replaces what is known. */
  get override(): boolean | undefined {
    return this.#isNeighbourAdvertisement ? (this.read8(4) & 0x20) !== 0 : undefined
  }

  /**
   * Of neighbour solicitations and advertisements: the address in question; of redirects: the better next hop. Makes a
   * string; `targetEquals` and `targetWord` do not.
   */
  get target(): string | undefined {
    return types.hasTarget(this.type) ? formatIpv6Address(this.bytes, this.start + 8) : undefined
  }

  /** 32 bits of the target as a number; undefined without one. @param index 0, the first ones, to 3 */
  targetWord(index: number): number | undefined {
    if (!Number.isInteger(index) || index < 0 || index > 3)
      throw outOfRange('index', 'an integer from 0 to 3', index)
    return types.hasTarget(this.type) ? this.read32(8 + 4 * index) : undefined
  }

  /** Whether this is the target. @param address its 16 bytes: `parseIpv6Address('2001:db8::1')` */
  targetEquals(address: Uint8Array): boolean {
    if (!types.hasTarget(this.type) || address.length !== IPV6_ADDRESS) return false
    for (let i = 0; i < IPV6_ADDRESS; i++) if (this.read8(8 + i) !== address[i]) return false
    return true
  }

  /** Of redirects: what is to be sent another way. Makes a string. */
  get destination(): string | undefined {
    return this.type === types.REDIRECT ? formatIpv6Address(this.bytes, this.start + 24) : undefined
  }

  /** Of neighbour discovery. Makes a list. */
  get options(): NeighbourOption[] | undefined {
    const fixed = types.bytesBeforeOptions(this.type)
    if (fixed === 0) return undefined
    return readNeighbourOptions(this.bytes, this.start + fixed, this.start + this.#headerLength)
  }

  /**
   * Of multicast queries, and of reports of version 1: in milliseconds; of version 2, from 32768 on a floating-point
   * format.
   */
  get maximumResponseCode(): number | undefined {
    return types.hasGroup(this.type) ? this.read16(4) : undefined
  }

  /** Of multicast queries, and of reports of version 1; `::` is all groups. Makes a string. */
  get group(): string | undefined {
    return types.hasGroup(this.type) ? formatIpv6Address(this.bytes, this.start + 8) : undefined
  }

  /** Of multicast queries of version 2: those who hear it need not restart their timers. */
  get suppressRouterSideProcessing(): boolean | undefined {
    return this.#isMulticastQueryV2 ? (this.read8(24) & 8) !== 0 : undefined
  }

  /** Of multicast queries of version 2: 0 to 7. */
  get querierRobustnessVariable(): number | undefined {
    return this.#isMulticastQueryV2 ? this.read8(24) & 7 : undefined
  }

  /** Of multicast queries of version 2: in seconds, from 128 on in a floating-point format. */
  get querierQueryIntervalCode(): number | undefined {
    return this.#isMulticastQueryV2 ? this.read8(25) : undefined
  }

  /** Of multicast queries of version 2. Makes a list. */
  get sources(): string[] | undefined {
    if (!this.#isMulticastQueryV2) return undefined
    const count = (this.#headerLength - types.MULTICAST_QUERY_V2) / IPV6_ADDRESS
    return readAddresses(this.bytes, this.start + types.MULTICAST_QUERY_V2, count, IPV6_ADDRESS)
  }

  /** Of multicast reports of version 2. Makes a list. */
  get records(): GroupRecord[] | undefined {
    if (this.type !== types.MULTICAST_REPORT_V2) return undefined
    return readGroupRecords(this.bytes, this.start, this.end, IPV6_ADDRESS)
  }

  toJSON(): Icmpv6Fields {
    return icmpv6FieldsOf(this)
  }

  toString(): string {
    return `ICMP6, ${describeIcmpv6(this)}, length ${this.messageLength}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + types.ICMPV6_FIXED > end) return 'the packet ends within the ICMPv6 message'
    this.start = start
    this.end = end
    this.messageLength = extent - start
    const fixed = types.fixedLength(this.type, this.messageLength)
    if (start + fixed > end) return 'the packet ends within the ICMPv6 message'
    const last = this.#lastByte(fixed, extent)
    this.#headerLength = last - start
    if (last > extent) return 'the ICMPv6 message is not as long as its options, sources or records'
    return last > end ? 'the packet ends within the ICMPv6 message' : undefined
  }

  /** Behind all that belongs to the message's type. Behind `extent` when it is malformed. */
  #lastByte(fixed: number, extent: number): number {
    const { bytes, start, end, type } = this
    if (type === types.MULTICAST_REPORT_V2) return groupRecordsEnd(bytes, start, end, IPV6_ADDRESS)
    if (this.#isMulticastQueryV2) return start + fixed + this.read16(26) * IPV6_ADDRESS
    if (types.bytesBeforeOptions(type) === 0) return start + fixed
    if (extent > end) return extent
    return neighbourOptionsEnd(bytes, start + fixed, end)
  }

  get #isRouterAdvertisement(): boolean {
    return this.type === types.ROUTER_ADVERTISEMENT
  }

  get #isNeighbourAdvertisement(): boolean {
    return this.type === types.NEIGHBOUR_ADVERTISEMENT
  }

  get #isMulticastQueryV2(): boolean {
    return types.isMulticastQueryV2(this.type, this.messageLength)
  }
}
