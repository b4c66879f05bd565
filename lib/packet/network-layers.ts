import { ArpHeader } from './headers/arp.js'
import type { CheckedHeader } from './headers/checked-header.js'
import { ETHERNET_HEADER, EthernetHeader } from './headers/ethernet.js'
import { type Header, locate } from './headers/header.js'
import type { Ipv4Header } from './headers/ipv4.js'
import type { Ipv6Header } from './headers/ipv6.js'
import { LldpHeader } from './headers/lldp.js'
import { UDP_HEADER, type UdpHeader } from './headers/udp.js'
import { VlanTag } from './headers/vlan.js'
import { bound, MemoryUser } from './memory.js'
import { ETHER_TYPE_ARP, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHER_TYPE_LLDP } from './protocol-numbers.js'
import { LINK_ETHERNET, Walker } from './walker.js'

/** The headers of a packet up to the network's, and the way to those behind. `Layers` has them all. */
export abstract class NetworkLayers extends MemoryUser {
  #walker: Walker | undefined
  #ethernet: EthernetHeader | undefined
  #vlanTag: VlanTag | undefined
  #arp: ArpHeader | undefined
  #lldp: LldpHeader | undefined

  /** Made when the first header is asked for: of most packets that are held, none is. */
  protected get walker(): Walker {
    this.#walker ??= new (bound(Walker, this.memory))(this.memory)
    return this.#walker
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
    this.#ethernet ??= new (bound(EthernetHeader, this.memory))(this.memory)
    return this.found(this.#ethernet, this.frameStart, this.frameEnd, this.frameExtent)
  }

  /** The outermost VLAN tag; `inner` of it is the next. One that the device took off is in `packet.vlan`. */
  get vlanTag(): VlanTag | undefined {
    const { vlanTag, end } = this.toNetwork()
    if (vlanTag === 0) return undefined
    this.#vlanTag ??= new (bound(VlanTag, this.memory))(this.memory)
    return this.found(this.#vlanTag, vlanTag, end, end)
  }

  get arp(): ArpHeader | undefined {
    const { etherType, network, end, extent } = this.toNetwork()
    if (etherType !== ETHER_TYPE_ARP) return undefined
    this.#arp ??= new (bound(ArpHeader, this.memory))(this.memory)
    return this.found(this.#arp, network, end, extent)
  }

  get lldp(): LldpHeader | undefined {
    const { etherType, network, end, extent } = this.toNetwork()
    if (etherType !== ETHER_TYPE_LLDP) return undefined
    this.#lldp ??= new (bound(LldpHeader, this.memory))(this.memory)
    return this.found(this.#lldp, network, end, extent)
  }

  get ipv4(): Ipv4Header | undefined {
    // Most are: without a tag, right behind the Ethernet header. This is asked for every packet.
    const network = this.frameStart + ETHERNET_HEADER
    if (this.link === LINK_ETHERNET && this.load16(network - 2) === ETHER_TYPE_IPV4) {
      return this.found(this.walker.ipv4, network, this.frameEnd, this.frameExtent)
    }
    return this.#ipv4BehindTags()
  }

  get ipv6(): Ipv6Header | undefined {
    const { etherType, network, end, extent, ipv6 } = this.toNetwork()
    return etherType === ETHER_TYPE_IPV6 ? this.found(ipv6, network, end, extent) : undefined
  }

  /** The link's headers and the network's, from the outermost inwards. */
  protected networkHeaders(): Header[] {
    return [
      this.ethernet,
      ...this.#vlanTags(),
      this.arp,
      this.lldp,
      this.ipv4,
      this.ipv6,
      ...this.#extensions(),
    ].filter(isThere)
  }

  protected toNetwork(): Walker {
    const { walker } = this
    walker.toNetwork(this.frameStart, this.frameEnd, this.frameExtent, this.link)
    return walker
  }

  /** At the transport header, if it is of this protocol. */
  protected toTransport(protocol: number): boolean {
    const walker = this.toNetwork()
    return walker.toTransport() && walker.protocol === protocol
  }

  /** A header behind IP. */
  protected message<Kind extends CheckedHeader>(header: Kind): Kind | undefined {
    const { transport, transportEnd, transportExtent, network, isFragment } = this.walker
    return this.found(header.behind(network, isFragment), transport, transportEnd, transportExtent)
  }

  /** A header behind UDP, of a message that is there as a whole. */
  protected datagram<Kind extends Header>(header: Kind, udp: UdpHeader): Kind | undefined {
    const { transport, end, isFragment } = this.walker
    if (isFragment) return undefined
    const extent = transport + udp.length
    return this.found(header, transport + UDP_HEADER, Math.min(extent, end), extent)
  }

  protected found<Kind extends Header>(
    header: Kind,
    start: number,
    end: number,
    extent: number,
  ): Kind | undefined {
    const fault = header[locate](start, end, extent)
    if (fault === undefined) return header
    this.walker.fault ??= fault
    return undefined
  }

  #ipv4BehindTags(): Ipv4Header | undefined {
    const { etherType, network, end, extent, ipv4 } = this.toNetwork()
    return etherType === ETHER_TYPE_IPV4 ? this.found(ipv4, network, end, extent) : undefined
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
    this.walker.fault ??= ipv6.extensionFault
    return Array.from({ length: ipv6.extensionCount }, (_, index) => ipv6.extension(index)).filter(isThere)
  }
}

export function isThere<Kind>(header: Kind | undefined): header is Kind {
  return header !== undefined
}
