import type { PacketMemory } from '../memory.js'
import {
  PROTOCOL_AUTHENTICATION,
  PROTOCOL_DESTINATION_OPTIONS,
  PROTOCOL_FRAGMENT,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_MOBILITY,
  PROTOCOL_ROUTING,
} from '../protocol-numbers.js'
import { AuthenticationHeader } from './authentication.js'
import { locate } from './header.js'
import { FragmentHeader } from './ipv6-fragment.js'
import { MobilityHeader } from './ipv6-mobility.js'
import { DestinationOptionsHeader, HopByHopHeader } from './ipv6-options.js'
import { RoutingHeader } from './ipv6-routing.js'

type Extension =
  | HopByHopHeader
  | DestinationOptionsHeader
  | RoutingHeader
  | FragmentHeader
  | AuthenticationHeader
  | MobilityHeader

/** The flyweights of a packet's extension headers: one for each place and protocol, made when it is first needed. */
export class Ipv6Extensions {
  readonly #memory: PacketMemory
  readonly #made = new Map<number, Extension>()
  /** Why one was not given last, since somebody cleared this. */
  fault: string | undefined

  constructor(memory: PacketMemory) {
    this.#memory = memory
  }

  /** @param start where it starts, behind the IPv6 header at `network` */
  at(index: number, protocol: number, network: number, start: number, end: number): Extension | undefined {
    const key = (index << 8) | protocol
    let header = this.#made.get(key)
    if (header === undefined) {
      header = make(protocol, this.#memory)
      this.#made.set(key, header)
    }
    if (header instanceof MobilityHeader) header.behind(network)
    const fault = header[locate](start, end)
    if (fault === undefined) return header
    this.fault ??= fault
    return undefined
  }
}

function make(protocol: number, memory: PacketMemory): Extension {
  switch (protocol) {
    case PROTOCOL_HOP_BY_HOP:
      return new HopByHopHeader(memory)
    case PROTOCOL_DESTINATION_OPTIONS:
      return new DestinationOptionsHeader(memory)
    case PROTOCOL_ROUTING:
      return new RoutingHeader(memory)
    case PROTOCOL_FRAGMENT:
      return new FragmentHeader(memory)
    case PROTOCOL_AUTHENTICATION:
      return new AuthenticationHeader(memory)
    case PROTOCOL_MOBILITY:
      return new MobilityHeader(memory)
    default:
      throw new Error(`protocol ${protocol} is no extension header`)
  }
}
