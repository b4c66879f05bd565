import { type InspectOptions, inspect } from 'node:util'
import { point } from './flyweight.js'
import { DhcpHeader } from './headers/dhcp.js'
import { DnsHeader } from './headers/dns.js'
import { GreHeader } from './headers/gre.js'
import { GtpUHeader } from './headers/gtp-u.js'
import type { Header } from './headers/header.js'
import { IcmpHeader } from './headers/icmp.js'
import { Icmpv6Header } from './headers/icmpv6.js'
import { IgmpHeader } from './headers/igmp.js'
import { MplsHeader } from './headers/mpls.js'
import { SctpHeader } from './headers/sctp.js'
import { TcpHeader } from './headers/tcp.js'
import { UdpHeader } from './headers/udp.js'
import { VxlanHeader } from './headers/vxlan.js'
import { bound, type PacketMemory } from './memory.js'
import { isThere, NetworkLayers } from './network-layers.js'
import {
  ETHER_TYPE_IPV4,
  ETHER_TYPE_IPV6,
  ETHER_TYPE_MPLS,
  ETHER_TYPE_MPLS_MULTICAST,
  PORT_DHCP_CLIENT,
  PORT_DHCP_SERVER,
  PORT_DNS,
  PORT_GTP_U,
  PORT_MDNS,
  PORT_VXLAN,
  PROTOCOL_GRE,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_IGMP,
  PROTOCOL_IPV4,
  PROTOCOL_IPV6,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from './protocol-numbers.js'
import { summarize } from './summary.js'
import { LINK_ETHERNET } from './walker.js'

/** So many tunnels in one another are followed. What the last of them carries is payload. */
export const DEEPEST_TUNNEL = 16

/**
 * The headers of a packet. Each getter gives a view of the header in place, or undefined when the packet has no such
 * header, or one that is cut off or lies about its lengths; `malformed` says why.
 *
 * Getters see through VLAN tags, IPv4 options and IPv6 extension headers, and find what is outermost; what a tunnel
 * carries is in `inner`.
 */
export abstract class Layers extends NetworkLayers {
  #mpls: MplsHeader | undefined
  #gre: GreHeader | undefined
  #tcp: TcpHeader | undefined
  #udp: UdpHeader | undefined
  #sctp: SctpHeader | undefined
  #icmp: IcmpHeader | undefined
  #icmpv6: Icmpv6Header | undefined
  #igmp: IgmpHeader | undefined
  #dns: DnsHeader | undefined
  #dhcp: DhcpHeader | undefined
  #vxlan: VxlanHeader | undefined
  #gtpU: GtpUHeader | undefined
  readonly #depth: number
  #inner: InnerPacket | undefined

  /** @internal @param depth in how many tunnels it is */
  constructor(memory: PacketMemory, depth = 0) {
    super(memory)
    this.#depth = depth
  }

  /** The top entry of the MPLS label stack; `next` of it is the one below. */
  get mpls(): MplsHeader | undefined {
    const { etherType, network, end, extent } = this.toNetwork()
    if (etherType !== ETHER_TYPE_MPLS && etherType !== ETHER_TYPE_MPLS_MULTICAST) return undefined
    this.#mpls ??= new (bound(MplsHeader, this.memory))(this.memory, this.#carried)
    return this.found(this.#mpls, network, end, extent)
  }

  get gre(): GreHeader | undefined {
    if (!this.toTransport(PROTOCOL_GRE)) return undefined
    this.#gre ??= new (bound(GreHeader, this.memory))(this.memory, this.#carried)
    return this.message(this.#gre)
  }

  get tcp(): TcpHeader | undefined {
    if (!this.toTransport(PROTOCOL_TCP)) return undefined
    this.#tcp ??= new (bound(TcpHeader, this.memory))(this.memory)
    return this.message(this.#tcp)
  }

  get udp(): UdpHeader | undefined {
    if (!this.toTransport(PROTOCOL_UDP)) return undefined
    this.#udp ??= new (bound(UdpHeader, this.memory))(this.memory)
    return this.message(this.#udp)
  }

  get sctp(): SctpHeader | undefined {
    if (!this.toTransport(PROTOCOL_SCTP)) return undefined
    this.#sctp ??= new (bound(SctpHeader, this.memory))(this.memory)
    const { transport, transportEnd, transportExtent } = this.walker
    return this.found(this.#sctp, transport, transportEnd, transportExtent)
  }

  get icmp(): IcmpHeader | undefined {
    if (!this.toTransport(PROTOCOL_ICMP)) return undefined
    this.#icmp ??= new (bound(IcmpHeader, this.memory))(this.memory)
    return this.message(this.#icmp)
  }

  get icmpv6(): Icmpv6Header | undefined {
    if (!this.toTransport(PROTOCOL_ICMPV6)) return undefined
    this.#icmpv6 ??= new (bound(Icmpv6Header, this.memory))(this.memory)
    return this.message(this.#icmpv6)
  }

  get igmp(): IgmpHeader | undefined {
    if (!this.toTransport(PROTOCOL_IGMP)) return undefined
    this.#igmp ??= new (bound(IgmpHeader, this.memory))(this.memory)
    return this.message(this.#igmp)
  }

  /** The DNS message in UDP from or to port 53, or 5353: mDNS. */
  get dns(): DnsHeader | undefined {
    const { udp } = this
    if (udp === undefined || !(isDnsPort(udp.destinationPort) || isDnsPort(udp.sourcePort))) return undefined
    this.#dns ??= new (bound(DnsHeader, this.memory))(this.memory)
    return this.datagram(this.#dns, udp)
  }

  /** The DHCP message in UDP from or to ports 67 and 68. */
  get dhcp(): DhcpHeader | undefined {
    const { udp } = this
    if (udp === undefined || !(isDhcpPort(udp.destinationPort) || isDhcpPort(udp.sourcePort)))
      return undefined
    this.#dhcp ??= new (bound(DhcpHeader, this.memory))(this.memory)
    return this.datagram(this.#dhcp, udp)
  }

  /** The VXLAN header behind UDP, by its destination port: 4789. */
  get vxlan(): VxlanHeader | undefined {
    const { udp } = this
    if (udp?.destinationPort !== PORT_VXLAN) return undefined
    this.#vxlan ??= new (bound(VxlanHeader, this.memory))(this.memory, this.#carried)
    return this.datagram(this.#vxlan, udp)
  }

  /** The GTP-U header behind UDP, by either port: 2152. An answer goes to the port that the request came from. */
  get gtpU(): GtpUHeader | undefined {
    const { udp } = this
    if (udp?.destinationPort !== PORT_GTP_U && udp?.sourcePort !== PORT_GTP_U) return undefined
    this.#gtpU ??= new (bound(GtpUHeader, this.memory))(this.memory, this.#carried)
    return this.datagram(this.#gtpU, udp)
  }

  /**
   * What the outermost tunnel carries, with headers of its own: behind VXLAN, GRE, GTP-U, MPLS, or IP in IP. Undefined
   * when the packet has none of them.
   *
   * @example
   * ```ts
   * packet.inner?.ipv4?.source           // behind one tunnel
   * packet.inner?.inner?.udp             // behind two
   * ```
   */
  get inner(): InnerPacket | undefined {
    const walker = this.toNetwork()
    const { etherType } = walker
    if (etherType === ETHER_TYPE_MPLS || etherType === ETHER_TYPE_MPLS_MULTICAST) return this.mpls?.inner
    if (!walker.toTransport()) return undefined
    switch (walker.protocol) {
      case PROTOCOL_IPV4:
        return this.#encapsulated(ETHER_TYPE_IPV4)
      case PROTOCOL_IPV6:
        return this.#encapsulated(ETHER_TYPE_IPV6)
      case PROTOCOL_GRE:
        return this.gre?.inner
      case PROTOCOL_UDP:
        return this.vxlan?.inner ?? this.gtpU?.inner
      default:
        return undefined
    }
  }

  /**
   * Whether the checksums of the outermost packet are right: of the IPv4 header, and of the message behind IPv4 or
   * IPv6. One that is not there is not wrong; a malformed header is. A message that goes on in further fragments or
   * segments is left out.
   */
  hasValidChecksums(): boolean {
    this.walker.fault = undefined
    if (this.ipv4?.hasValidChecksum() === false) return false
    const isValid = this.#checkedMessage()?.hasValidChecksum() ?? true
    return isValid && this.walker.fault === undefined
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
    this.walker.fault = undefined
    this.outerHeaders()
    return this.walker.fault
  }

  /**
   * Every header, from the outermost inwards, also of what tunnels carry. Makes a list: for looking at packets, not for
   * the fast path.
   */
  headers(): Header[] {
    return [...this.outerHeaders(), ...(this.inner?.headers() ?? [])]
  }

  /** @internal The headers up to the first tunnel's. */
  outerHeaders(): Header[] {
    const transport = [this.gre, this.tcp, this.udp, this.sctp, this.icmp, this.icmpv6, this.igmp]
    const application = [this.dns, this.dhcp, this.vxlan, this.gtpU]
    return [...this.networkHeaders(), ...this.#labels(), ...transport, ...application].filter(isThere)
  }

  /** What is behind IP, if all that its checksum covers is in this packet. */
  #checkedMessage(): { hasValidChecksum(): boolean | undefined; updateChecksum(): void } | undefined {
    const { ipv4, ipv6 } = this
    if (ipv4?.isFragment || ipv6?.isFragment) return undefined
    const { tcp, udp, sctp, icmp, icmpv6, igmp } = this
    return tcp ?? udp ?? icmp ?? icmpv6 ?? igmp ?? sctp ?? ipv6?.mobility
  }

  #labels(): MplsHeader[] {
    const labels: MplsHeader[] = []
    for (let label = this.mpls; label !== undefined; label = label.next) labels.push(label)
    return labels
  }

  /** For what a tunnel carries; made when the first tunnel is seen. */
  get #carried(): InnerPacket | undefined {
    if (this.#depth < DEEPEST_TUNNEL)
      this.#inner ??= new (bound(InnerPacket, this.memory))(this.memory, this.#depth + 1)
    return this.#inner
  }

  /** IP in IP: right behind the IP header. @see RFC 2003, and RFC 4213, section 3 */
  #encapsulated(link: number): InnerPacket | undefined {
    const { transport, transportEnd, transportExtent } = this.walker
    return this.#carried?.[point](link, transport, transportEnd, transportExtent)
  }
}

function isDnsPort(port: number): boolean {
  return port === PORT_DNS || port === PORT_MDNS
}

function isDhcpPort(port: number): boolean {
  return port === PORT_DHCP_SERVER || port === PORT_DHCP_CLIENT
}

/**
 * What a tunnel carries: an Ethernet frame, or a packet of the protocol that the tunnel says. It has the headers of a
 * packet, and tunnels of its own.
 *
 * It is a flyweight as the headers are: one object for each level of tunnels, pointed at its place when it is asked for.
 */
export class InnerPacket extends Layers {
  readonly #bytes: Uint8Array
  #link = LINK_ETHERNET
  #start = 0
  #end = 0
  #extent = 0

  /** @internal */
  constructor(memory: PacketMemory, depth: number) {
    super(memory, depth)
    this.#bytes = memory.bytes
  }

  /** @internal */
  [point](link: number, start: number, end: number, extent: number): this {
    this.#link = link
    this.#start = start
    this.#end = end
    this.#extent = extent
    return this
  }

  protected override get link(): number {
    return this.#link
  }

  protected get frameStart(): number {
    return this.#start
  }

  protected get frameEnd(): number {
    return this.#end
  }

  protected get frameExtent(): number {
    return this.#extent
  }

  /** In bytes, as the tunnel says; all segments. */
  get length(): number {
    return this.#extent - this.#start
  }

  /** Its bytes, in place: a new view. Only those in the packet's first segment. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** A line as tcpdump's. */
  summary(): string {
    return summarize(this)
  }

  override toString(): string {
    return this.summary()
  }

  toJSON(): Record<string, unknown>[] {
    return this.headers().map((header) => ({ layer: header.name, ...header.toJSON() }))
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    const lines = this.headers().map((header) => `  ${inspect(header, options).replaceAll('\n', '\n  ')}`)
    return [`InnerPacket of ${this.length} bytes: ${this.summary()}`, ...lines].join('\n')
  }
}
