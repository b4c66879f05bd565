import { ArpHeader } from './headers/arp.js'
import type { CheckedHeader } from './headers/checked-header.js'
import { EthernetHeader } from './headers/ethernet.js'
import { type Header, locate } from './headers/header.js'
import { IcmpHeader } from './headers/icmp.js'
import { Icmpv6Header } from './headers/icmpv6.js'
import { IgmpHeader } from './headers/igmp.js'
import type { Ipv4Header } from './headers/ipv4.js'
import type { Ipv6Header } from './headers/ipv6.js'
import { UdpHeader } from './headers/udp.js'
import { VlanTag } from './headers/vlan.js'
import type { PacketMemory } from './memory.js'
import {
  ETHER_TYPE_ARP,
  ETHER_TYPE_IPV4,
  ETHER_TYPE_IPV6,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_IGMP,
  PROTOCOL_UDP,
} from './protocol-numbers.js'
import { LINK_ETHERNET, Walker } from './walker.js'

/**
 * The headers of a packet. Each getter gives a view of the header in place, or undefined when the packet has no such
 * header, or one that is cut off or lies about its lengths; `malformed` says why.
 *
 * Getters see through VLAN tags, IPv4 options and IPv6 extension headers, and find what is outermost; what a tunnel
 * carries is in `inner`.
 */
export abstract class Layers {
  readonly #memory: PacketMemory
  readonly #walker: Walker
  #ethernet: EthernetHeader | undefined
  #vlanTag: VlanTag | undefined
  #arp: ArpHeader | undefined
  #udp: UdpHeader | undefined
  #icmp: IcmpHeader | undefined
  #icmpv6: Icmpv6Header | undefined
  #igmp: IgmpHeader | undefined

  /** @internal */
  constructor(memory: PacketMemory) {
    this.#memory = memory
    this.#walker = new Walker(memory)
  }

  /** Of the packet's first byte. */
  protected abstract get frameStart(): number
  /** Behind the last byte of its first segment. */
  protected abstract get frameEnd(): number
  /** The same as if all segments were in one. */
  protected abstract get frameExtent(): number
  /** What it starts with. */
  protected get link(): number {
    return LINK_ETHERNET
  }

  /** The Ethernet header; of what a tunnel carries, it may be missing. */
  get ethernet(): EthernetHeader | undefined {
    if (this.link !== LINK_ETHERNET) return undefined
    this.#ethernet ??= new EthernetHeader(this.#memory)
    return this.#found(this.#ethernet, this.frameStart, this.frameEnd, this.frameExtent)
  }

  /** The outermost VLAN tag; `inner` of it is the next. One that the device took off is in `packet.vlan`. */
  get vlanTag(): VlanTag | undefined {
    const { vlanTag, end } = this.#toNetwork()
    if (vlanTag === 0) return undefined
    this.#vlanTag ??= new VlanTag(this.#memory)
    return this.#found(this.#vlanTag, vlanTag, end, end)
  }

  get arp(): ArpHeader | undefined {
    const { etherType, network, end, extent } = this.#toNetwork()
    if (etherType !== ETHER_TYPE_ARP) return undefined
    this.#arp ??= new ArpHeader(this.#memory)
    return this.#found(this.#arp, network, end, extent)
  }

  get ipv4(): Ipv4Header | undefined {
    const { etherType, network, end, extent, ipv4 } = this.#toNetwork()
    return etherType === ETHER_TYPE_IPV4 ? this.#found(ipv4, network, end, extent) : undefined
  }

  get ipv6(): Ipv6Header | undefined {
    const { etherType, network, end, extent, ipv6 } = this.#toNetwork()
    return etherType === ETHER_TYPE_IPV6 ? this.#found(ipv6, network, end, extent) : undefined
  }

  get udp(): UdpHeader | undefined {
    if (!this.#toTransport(PROTOCOL_UDP)) return undefined
    this.#udp ??= new UdpHeader(this.#memory)
    return this.#message(this.#udp)
  }

  get icmp(): IcmpHeader | undefined {
    if (!this.#toTransport(PROTOCOL_ICMP)) return undefined
    this.#icmp ??= new IcmpHeader(this.#memory)
    return this.#message(this.#icmp)
  }

  get icmpv6(): Icmpv6Header | undefined {
    if (!this.#toTransport(PROTOCOL_ICMPV6)) return undefined
    this.#icmpv6 ??= new Icmpv6Header(this.#memory)
    return this.#message(this.#icmpv6)
  }

  get igmp(): IgmpHeader | undefined {
    if (!this.#toTransport(PROTOCOL_IGMP)) return undefined
    this.#igmp ??= new IgmpHeader(this.#memory)
    return this.#message(this.#igmp)
  }

  /**
   * Whether the checksums of the outermost packet are right: of the IPv4 header, and of the message behind IPv4 or
   * IPv6. One that is not there is not wrong; a malformed header is. The message of a fragment is left out, as its
   * checksum covers the other fragments too.
   *
   * @throws {RangeError} for a message that goes on in further segments
   */
  hasValidChecksums(): boolean {
    this.#walker.fault = undefined
    if (this.ipv4?.hasValidChecksum() === false) return false
    const isValid = this.#checkedMessage()?.hasValidChecksum() ?? true
    return isValid && this.#walker.fault === undefined
  }

  /**
   * Computes these checksums anew, also that of UDP where it was left out. Those of a malformed header, and of a
   * fragment's message, stay as they are.
   *
   * @throws {RangeError} for a message that goes on in further segments
   */
  updateChecksums(): void {
    this.ipv4?.updateChecksum()
    this.#checkedMessage()?.updateChecksum()
  }

  /** Why a header that should be there is not, or undefined. What a tunnel carries, its own `malformed` tells. */
  get malformed(): string | undefined {
    this.headers()
    return this.#walker.fault
  }

  /** Every header, from the outermost inwards. Makes a list: for looking at packets, not for the fast path. */
  headers(): Header[] {
    this.#walker.fault = undefined
    const link = [this.ethernet, ...this.#vlanTags()]
    const network = [this.arp, this.ipv4, this.ipv6, ...this.#extensions()]
    const transport = [this.udp, this.icmp, this.icmpv6, this.igmp]
    return [...link, ...network, ...transport].filter(isThere)
  }

  /** What is behind IP, if all that its checksum covers is in this packet. */
  #checkedMessage(): CheckedHeader | undefined {
    const { ipv4, ipv6 } = this
    if (ipv4?.isFragment || ipv6?.isFragment) return undefined
    return this.udp ?? this.icmp ?? this.icmpv6 ?? this.igmp ?? ipv6?.mobility
  }

  #vlanTags(): VlanTag[] {
    const tags: VlanTag[] = []
    for (let tag = this.vlanTag; tag !== undefined; tag = tag.inner) tags.push(tag)
    return tags
  }

  /** IPv6 extension headers. */
  #extensions(): Header[] {
    const { ipv6 } = this
    if (ipv6 === undefined) return []
    this.#walker.fault ??= ipv6.extensionFault
    return Array.from({ length: ipv6.extensionCount }, (_, index) => ipv6.extension(index)).filter(isThere)
  }

  #toNetwork(): Walker {
    const walker = this.#walker
    if (!walker.toNetwork(this.frameStart, this.frameEnd, this.frameExtent, this.link)) {
      walker.etherType = 0
      walker.vlanTag = 0
    }
    return walker
  }

  /** At the transport header, if it is of this protocol. */
  #toTransport(protocol: number): boolean {
    const walker = this.#toNetwork()
    return walker.toTransport() && walker.protocol === protocol
  }

  /** A header behind IP. */
  #message<Kind extends CheckedHeader>(header: Kind): Kind | undefined {
    const { transport, transportEnd, transportExtent, network } = this.#walker
    return this.#found(header.behind(network), transport, transportEnd, transportExtent)
  }

  #found<Kind extends Header>(header: Kind, start: number, end: number, extent: number): Kind | undefined {
    const fault = header[locate](start, end, extent)
    if (fault === undefined) return header
    this.#walker.fault ??= fault
    return undefined
  }
}

function isThere<Kind>(header: Kind | undefined): header is Kind {
  return header !== undefined
}
