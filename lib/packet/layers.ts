import type { CheckedHeader } from './headers/checked-header.js'
import { DhcpHeader } from './headers/dhcp.js'
import { DnsHeader } from './headers/dns.js'
import { ETHERNET_HEADER, EthernetHeader } from './headers/ethernet.js'
import { type Header, locate } from './headers/header.js'
import type { Ipv4Header } from './headers/ipv4.js'
import { SctpHeader } from './headers/sctp.js'
import { TcpHeader } from './headers/tcp.js'
import { UDP_HEADER, UdpHeader } from './headers/udp.js'
import { VlanTag } from './headers/vlan.js'
import type { PacketMemory } from './memory.js'
import {
  ETHER_TYPE_IPV4,
  PORT_DHCP_CLIENT,
  PORT_DHCP_SERVER,
  PORT_DNS,
  PORT_MDNS,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
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
  #tcp: TcpHeader | undefined
  #udp: UdpHeader | undefined
  #sctp: SctpHeader | undefined
  #dns: DnsHeader | undefined
  #dhcp: DhcpHeader | undefined

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

  get ipv4(): Ipv4Header | undefined {
    // Most are: without a tag, right behind the Ethernet header. This is asked for every packet.
    const network = this.frameStart + ETHERNET_HEADER
    if (this.link === LINK_ETHERNET && this.#walker.etherTypeBefore(network) === ETHER_TYPE_IPV4) {
      return this.#found(this.#walker.ipv4, network, this.frameEnd, this.frameExtent)
    }
    return this.#ipv4BehindTags()
  }

  #ipv4BehindTags(): Ipv4Header | undefined {
    const { etherType, network, end, extent, ipv4 } = this.#toNetwork()
    return etherType === ETHER_TYPE_IPV4 ? this.#found(ipv4, network, end, extent) : undefined
  }

  get tcp(): TcpHeader | undefined {
    if (!this.#toTransport(PROTOCOL_TCP)) return undefined
    this.#tcp ??= new TcpHeader(this.#memory)
    return this.#message(this.#tcp)
  }

  get udp(): UdpHeader | undefined {
    if (!this.#toTransport(PROTOCOL_UDP)) return undefined
    this.#udp ??= new UdpHeader(this.#memory)
    return this.#message(this.#udp)
  }

  get sctp(): SctpHeader | undefined {
    if (!this.#toTransport(PROTOCOL_SCTP)) return undefined
    this.#sctp ??= new SctpHeader(this.#memory)
    const { transport, transportEnd, transportExtent } = this.#walker
    return this.#found(this.#sctp, transport, transportEnd, transportExtent)
  }

  /** The DNS message in UDP from or to port 53, or 5353: mDNS. */
  get dns(): DnsHeader | undefined {
    const { udp } = this
    if (udp === undefined || !(isDnsPort(udp.destinationPort) || isDnsPort(udp.sourcePort))) return undefined
    this.#dns ??= new DnsHeader(this.#memory)
    return this.#datagram(this.#dns, udp)
  }

  /** The DHCP message in UDP from or to ports 67 and 68. */
  get dhcp(): DhcpHeader | undefined {
    const { udp } = this
    if (udp === undefined || !(isDhcpPort(udp.destinationPort) || isDhcpPort(udp.sourcePort)))
      return undefined
    this.#dhcp ??= new DhcpHeader(this.#memory)
    return this.#datagram(this.#dhcp, udp)
  }

  /** Why a header that should be there is not, or undefined. What a tunnel carries, its own `malformed` tells. */
  get malformed(): string | undefined {
    this.headers()
    return this.#walker.fault
  }

  /** Every header, from the outermost inwards. Makes a list: for looking at packets, not for the fast path. */
  headers(): Header[] {
    this.#walker.fault = undefined
    const headers = [
      this.ethernet,
      ...this.#vlanTags(),
      this.ipv4,
      this.tcp,
      this.udp,
      this.sctp,
      this.dns,
      this.dhcp,
    ]
    return headers.filter((header) => header !== undefined)
  }

  #vlanTags(): VlanTag[] {
    const tags: VlanTag[] = []
    for (let tag = this.vlanTag; tag !== undefined; tag = tag.inner) tags.push(tag)
    return tags
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

  /** A header behind UDP. */
  #datagram<Kind extends Header>(header: Kind, udp: UdpHeader): Kind | undefined {
    const { transport, end } = this.#walker
    const extent = transport + udp.length
    return this.#found(header, transport + UDP_HEADER, Math.min(extent, end), extent)
  }

  #found<Kind extends Header>(header: Kind, start: number, end: number, extent: number): Kind | undefined {
    const fault = header[locate](start, end, extent)
    if (fault === undefined) return header
    this.#walker.fault ??= fault
    return undefined
  }
}

function isDnsPort(port: number): boolean {
  return port === PORT_DNS || port === PORT_MDNS
}

function isDhcpPort(port: number): boolean {
  return port === PORT_DHCP_SERVER || port === PORT_DHCP_CLIENT
}
