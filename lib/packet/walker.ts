import { IPV6_HEADER, NO_PROTOCOL } from './extension-walk.js'
import { ETHERNET_HEADER } from './headers/ethernet.js'
import { locate } from './headers/header.js'
import { Ipv4Header } from './headers/ipv4.js'
import { Ipv6Header } from './headers/ipv6.js'
import { isVlanEtherType, VLAN_TAG } from './headers/vlan.js'
import { bound, MemoryUser, type PacketMemory } from './memory.js'
import { ETHER_TYPE_IPV4, ETHER_TYPE_IPV6 } from './protocol-numbers.js'

/** What a packet starts with: an Ethernet header, or else the protocol of this EtherType. */
export const LINK_ETHERNET = -1

/** What a packet starts with that is IP, by its first byte: of tunnels that do not say what they carry. */
export function linkOfIp(first: number): number | undefined {
  if (first >> 4 === 4) return ETHER_TYPE_IPV4
  if (first >> 4 === 6) return ETHER_TYPE_IPV6
  return undefined
}

/**
 * Goes through a packet's headers from the front, as far as asked, and keeps where it got to. It remembers nothing
 * between packets, nor between two questions about the same one: what a handler changes is seen at once.
 */
export class Walker extends MemoryUser {
  readonly ipv4: Ipv4Header
  readonly ipv6: Ipv6Header
  /** Why a header that should be there is not. */
  fault: string | undefined

  /** Where the outermost VLAN tag starts; 0 for none. */
  vlanTag = 0
  /** What the network protocol is, and where its header starts. */
  etherType = 0
  network = 0
  /** Behind the last byte of the first segment; the same as if all segments were in one. */
  end = 0
  extent = 0
  /** What follows the IP header, where, and up to where IP says it goes, in the first segment and in all. */
  protocol = 0
  transport = 0
  transportEnd = 0
  transportExtent = 0
  /** Whether the message that starts there goes on in other fragments. */
  isFragment = false

  constructor(memory: PacketMemory) {
    super(memory)
    this.ipv4 = new (bound(Ipv4Header, memory))(memory)
    this.ipv6 = new (bound(Ipv6Header, memory))(memory)
  }

  /** Past the Ethernet header and VLAN tags. When the packet ends before, there is no tag, and the EtherType is 0. */
  toNetwork(start: number, end: number, extent: number, link: number): void {
    this.end = end
    this.extent = extent
    this.vlanTag = 0
    this.network = start
    this.etherType = link === LINK_ETHERNET ? this.#throughEthernet(start + ETHERNET_HEADER) : link
  }

  /**
   * After `toNetwork`: past the IP header and IPv6 extension headers. False when there is none, or no transport header
   * in this fragment.
   */
  toTransport(): boolean {
    if (this.etherType === ETHER_TYPE_IPV4) return this.#throughIpv4()
    if (this.etherType === ETHER_TYPE_IPV6) return this.#throughIpv6()
    return false
  }

  /** Returns the EtherType of what follows; 0 when the packet ends before. @param first where that is without tags */
  #throughEthernet(first: number): number {
    let at = first
    if (at > this.end) return this.#cutOff('the frame is shorter than an Ethernet header')
    let etherType = this.etherTypeBefore(at)
    while (isVlanEtherType(etherType)) {
      at += VLAN_TAG
      if (at > this.end) return this.#cutOff('the frame ends within a VLAN tag')
      etherType = this.etherTypeBefore(at)
    }
    if (at !== first) this.vlanTag = first
    this.network = at
    return etherType
  }

  #throughIpv4(): boolean {
    const { ipv4, network } = this
    const fault = ipv4[locate](network, this.end, this.extent)
    if (fault !== undefined) return this.#refuse(fault)
    if (ipv4.fragmentOffset !== 0) return false
    this.protocol = ipv4.protocol
    this.isFragment = ipv4.moreFragments
    this.transport = network + ipv4.headerLength
    this.#limit(network + ipv4.totalLength)
    return true
  }

  #throughIpv6(): boolean {
    const { ipv6, network } = this
    const fault = ipv6[locate](network, this.end, this.extent)
    if (fault !== undefined) return this.#refuse(fault)
    const { walk } = ipv6
    this.#limit(network + IPV6_HEADER + ipv6.payloadLength)
    walk.begin(network, this.transportEnd)
    while (walk.length > 0) walk.next()
    if (walk.fault !== undefined) return this.#refuse(walk.fault)
    this.protocol = walk.protocol
    this.isFragment = walk.isFragment
    this.transport = walk.at
    return walk.protocol !== NO_PROTOCOL
  }

  #limit(extent: number): void {
    this.transportExtent = extent
    this.transportEnd = Math.min(extent, this.end)
  }

  #cutOff(fault: string): 0 {
    this.fault ??= fault
    return 0
  }

  #refuse(fault: string): false {
    this.fault ??= fault
    return false
  }

  /** The two bytes before `network`, wherever that is: of a header that is not there, nothing may be concluded. */
  etherTypeBefore(network: number): number {
    return this.load16(network - 2)
  }
}
