import { outOfRange } from '../../validate.js'
import { addressChecksumAt, changeChecksumAt } from '../checksum.js'
import { ExtensionWalk, IPV6_HEADER, lastSegmentAt } from '../extension-walk.js'
import { formatIpv6Address, IPV6_ADDRESS } from '../ip-address.js'
import type { PacketMemory } from '../memory.js'
import { PROTOCOL_FRAGMENT, PROTOCOL_MOBILITY, PROTOCOL_ROUTING } from '../protocol-numbers.js'
import { Header, locate } from './header.js'
import { Ipv6Extensions } from './ipv6-extensions.js'
import type { FragmentHeader } from './ipv6-fragment.js'
import type { MobilityHeader } from './ipv6-mobility.js'
import type { RoutingHeader } from './ipv6-routing.js'

const PAYLOAD_LENGTH = 4
const NEXT_HEADER = 6
const HOP_LIMIT = 7
const SOURCE = 8
const DESTINATION = 24

export interface Ipv6Fields {
  /** Differentiated services code point, 0 to 63. */
  dscp: number
  /** Explicit congestion notification, 0 to 3. */
  ecn: number
  /** 20 bits. */
  flowLabel: number
  /** In bytes, extension headers included. */
  payloadLength: number
  /** What follows: 0 hop-by-hop options, 6 TCP, 17 UDP, 44 a fragment header, 58 ICMPv6, 59 nothing. */
  nextHeader: number
  hopLimit: number
  /** `2001:db8::1`. */
  source: string
  destination: string
}

/** An extension header: its `name` tells which. */
export type Ipv6Extension = NonNullable<ReturnType<Ipv6Extensions['at']>>

/**
 * The IPv6 header of a packet, in place: reading and writing go to the packet's bytes. Extension headers are headers of
 * their own behind it; it gives access to them.
 *
 * `packet.ipv6` gives it only where it is one: version 6, 40 bytes that are there as a whole, and a payload length that
 * does not exceed the frame.
 *
 * @see RFC 8200, section 3
 */
export class Ipv6Header extends Header {
  readonly name = 'ipv6'
  /** @internal */
  readonly walk: ExtensionWalk
  readonly #extensions: Ipv6Extensions

  /** @internal */
  constructor(memory: PacketMemory) {
    super(memory)
    this.walk = new ExtensionWalk(memory.bytes)
    this.#extensions = new Ipv6Extensions(memory)
  }

  /** In bytes, without extension headers: 40. */
  get headerLength(): number {
    return IPV6_HEADER
  }

  /** DSCP and ECN together: 8 bits. */
  get trafficClass(): number {
    return (this.read16(0) >> 4) & 0xff
  }

  set trafficClass(value: number) {
    this.write16(0, (this.read16(0) & 0xf00f) | ((value & 0xff) << 4))
  }

  /** Differentiated services code point, 0 to 63. */
  get dscp(): number {
    return this.trafficClass >> 2
  }

  set dscp(value: number) {
    this.trafficClass = (value << 2) | this.ecn
  }

  /** Explicit congestion notification, 0 to 3. */
  get ecn(): number {
    return this.trafficClass & 3
  }

  set ecn(value: number) {
    this.trafficClass = (this.trafficClass & ~3) | (value & 3)
  }

  /** 20 bits; with the addresses, it names a flow. @see RFC 6437 */
  get flowLabel(): number {
    return this.read32(0) & 0xfffff
  }

  set flowLabel(value: number) {
    this.write32(0, ((this.read32(0) & 0xfff00000) | (value & 0xfffff)) >>> 0)
  }

  /** In bytes, extension headers included, as the header says. The frame may be longer: Ethernet pads to 60 bytes. */
  override get payloadLength(): number {
    return this.read16(PAYLOAD_LENGTH)
  }

  /** What follows this header; `packet.ipv6.extension(0)` is it, where it is an extension header. */
  get nextHeader(): number {
    return this.read8(NEXT_HEADER)
  }

  /** In hops. */
  get hopLimit(): number {
    return this.read8(HOP_LIMIT)
  }

  set hopLimit(value: number) {
    this.write8(HOP_LIMIT, value)
  }

  /** `2001:db8::1`. Makes a string; `sourceWord` and `sourceEquals` do not. */
  get source(): string {
    return formatIpv6Address(this.bytes, this.start + SOURCE)
  }

  /** `2001:db8::1`. Makes a string; `destinationWord` and `destinationEquals` do not. */
  get destination(): string {
    return formatIpv6Address(this.bytes, this.start + DESTINATION)
  }

  /** 32 bits of the source as a number. @param index 0, the first ones, to 3 */
  sourceWord(index: number): number {
    return this.#word(SOURCE, index)
  }

  /** 32 bits of the destination as a number. @param index 0, the first ones, to 3 */
  destinationWord(index: number): number {
    return this.#word(DESTINATION, index)
  }

  /** Whether this is the source. @param address its 16 bytes: `parseIpv6Address('2001:db8::1')` */
  sourceEquals(address: Uint8Array): boolean {
    return this.#equals(SOURCE, address)
  }

  /** Whether this is the destination. @param address its 16 bytes */
  destinationEquals(address: Uint8Array): boolean {
    return this.#equals(DESTINATION, address)
  }

  /** Leaves the checksum behind it alone: see `replaceSource`. @param address its 16 bytes */
  setSource(address: Uint8Array): void {
    this.bytes.set(checkAddress(address), this.start + SOURCE)
  }

  /** Leaves the checksum behind it alone: see `replaceDestination`. @param address its 16 bytes */
  setDestination(address: Uint8Array): void {
    this.bytes.set(checkAddress(address), this.start + DESTINATION)
  }

  /**
   * Sets the source address and changes the checksum of TCP, UDP, ICMPv6 or mobility that covers it, also behind other
   * extension headers. A right one stays right, a wrong one wrong.
   *
   * @param address its 16 bytes: `parseIpv6Address('2001:db8::1')`
   * @see RFC 1624, and RFC 6296, which shows how prefixes are exchanged without changing a checksum at all
   */
  replaceSource(address: Uint8Array): void {
    this.#replaceAddress(SOURCE, checkAddress(address))
  }

  /** The same for the destination. Where a routing header has segments left, no checksum covers it. */
  replaceDestination(address: Uint8Array): void {
    this.#replaceAddress(DESTINATION, checkAddress(address))
  }

  /**
   * Takes one off the hop limit; one of 0 stays. Returns what is left: a router forwards only what had 2 or more. No
   * checksum covers it.
   */
  decrementHopLimit(): number {
    const { hopLimit } = this
    if (hopLimit === 0) return 0
    this.write8(HOP_LIMIT, hopLimit - 1)
    return hopLimit - 1
  }

  /** How many extension headers follow, up to the first one that is cut off, and 16 at most. */
  get extensionCount(): number {
    const { walk } = this
    let count = 0
    for (walk.begin(this.start, this.end); walk.length > 0; walk.next()) count++
    return count
  }

  /** The extension header of this index, from 0; undefined where there is none, or one with a bad option. */
  extension(index: number): Ipv6Extension | undefined {
    const { walk } = this
    walk.begin(this.start, this.end)
    for (let passed = 0; passed < index && walk.length > 0; passed++) walk.next()
    return this.#extensionHere(index)
  }

  /** The first routing header. */
  get routing(): RoutingHeader | undefined {
    return this.#first(PROTOCOL_ROUTING) as RoutingHeader | undefined
  }

  /** The first fragment header. */
  get fragment(): FragmentHeader | undefined {
    return this.#first(PROTOCOL_FRAGMENT) as FragmentHeader | undefined
  }

  /** The first mobility header. */
  get mobility(): MobilityHeader | undefined {
    return this.#first(PROTOCOL_MOBILITY) as MobilityHeader | undefined
  }

  /**
   * A fragment, the first one included: there may be no transport header behind this one. Not one that is all of it.
   */
  get isFragment(): boolean {
    const { fragment } = this
    return fragment !== undefined && (fragment.moreFragments || fragment.fragmentOffset > 0)
  }

  /** @internal Why an extension header that is there as a whole is not given, or undefined. */
  get extensionFault(): string | undefined {
    this.#extensions.fault = undefined
    for (let index = 0, count = this.extensionCount; index < count; index++) this.extension(index)
    return this.#extensions.fault
  }

  toJSON(): Ipv6Fields {
    const { dscp, ecn, flowLabel, payloadLength, nextHeader, hopLimit, source, destination } = this
    return { dscp, ecn, flowLabel, payloadLength, nextHeader, hopLimit, source, destination }
  }

  toString(): string {
    const { source, destination, nextHeader, hopLimit, payloadLength } = this
    const fields = `next header ${nextHeader}, hop limit ${hopLimit}, payload length ${payloadLength}`
    return `${source} > ${destination}, ${fields}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + IPV6_HEADER > end) return 'the frame ends within the IPv6 header'
    const { bytes } = this
    const at = start + PAYLOAD_LENGTH
    const payloadEnd = start + IPV6_HEADER + (((bytes[at] as number) << 8) | (bytes[at + 1] as number))
    if ((bytes[start] as number) >> 4 !== 6) return 'the IPv6 header has another version'
    if (payloadEnd > extent) return 'the IPv6 payload length exceeds the frame'
    this.start = start
    this.end = Math.min(payloadEnd, end)
    return undefined
  }

  #first(protocol: number): Ipv6Extension | undefined {
    const { walk } = this
    walk.begin(this.start, this.end)
    let index = 0
    for (; walk.length > 0 && walk.protocol !== protocol; index++) walk.next()
    return this.#extensionHere(index)
  }

  /** The one that the walk is at. */
  #extensionHere(index: number): Ipv6Extension | undefined {
    const { protocol, at, length } = this.walk
    return length === 0 ? undefined : this.#extensions.at(index, protocol, this.start, at, this.end)
  }

  #word(at: number, index: number): number {
    if (index === 0 || index === 1 || index === 2 || index === 3) return this.read32(at + 4 * index)
    throw outOfRange('index', 'an integer from 0 to 3', index)
  }

  #equals(at: number, address: Uint8Array): boolean {
    const { bytes } = this
    const offset = this.start + at
    for (let i = 0; i < IPV6_ADDRESS; i++) if (bytes[offset + i] !== address[i]) return false
    return address.length === IPV6_ADDRESS
  }

  #replaceAddress(at: number, address: Uint8Array): void {
    const checksum = this.#checksumOver(at)
    const { protocol } = this.walk
    for (let i = 0; i < IPV6_ADDRESS; i += 2) {
      const before = this.read16(at + i)
      const after = ((address[i] as number) << 8) | (address[i + 1] as number)
      this.write16(at + i, after)
      if (checksum >= 0) changeChecksumAt(this.bytes, checksum, protocol, before, after)
    }
  }

  /** Where the checksum stands that covers the address at `at`, with the walk at its header; -1 for none. */
  #checksumOver(address: number): number {
    const { walk, bytes } = this
    for (
      walk.begin(this.start, this.end);
      walk.length > 0 && walk.protocol !== PROTOCOL_MOBILITY;
      walk.next()
    ) {
      const isRouting = walk.protocol === PROTOCOL_ROUTING && address === DESTINATION
      if (isRouting && lastSegmentAt(bytes, walk.at, walk.length) !== 0) return -1
    }
    const inHeader = addressChecksumAt(walk.protocol)
    return inHeader < 0 || walk.at + inHeader + 2 > this.end ? -1 : walk.at + inHeader
  }
}

function checkAddress(address: Uint8Array): Uint8Array {
  if (address instanceof Uint8Array && address.length === IPV6_ADDRESS) return address
  throw outOfRange('address', "16 bytes, for example parseIpv6Address('2001:db8::1')", address)
}
