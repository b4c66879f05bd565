import type { PacketMemory } from '../memory.js'

/** What a layer needs to know of its neighbours while a packet is built. */
export interface Surroundings {
  /** The layer in front of it. */
  previous: Layer | undefined
  /** The layer behind it. */
  next: Layer | undefined
  /** Bytes behind its header that belong to it. */
  payloadLength: number
}

/** Where a layer has come to lie. */
export interface Place {
  start: number
  /** Behind the last byte that belongs to it. */
  end: number
  /** Where the nearest IP header in front of it starts; -1 for none. */
  network: number
  /** The layer behind it. */
  next: Layer | undefined
}

/**
 * A layer of a packet to be built: what `ethernet()`, `ipv4()`, `udp()` and the others return.
 *
 * Fields that are not given get what fits: types, protocols and ports by the next layer, lengths by what follows,
 * checksums at the end. What is given is taken as it is, also when it is wrong: tests need wrong packets.
 */
export interface Layer {
  /** As the packet's getter of the header. */
  readonly name: string
  /** As they were given. */
  readonly fields: object
  /** How the layer in front names it: Ethernet's type, IP's protocol, UDP's port. */
  readonly etherType?: number
  readonly protocol?: number
  readonly port?: number
  /** The port that it comes from, where that is not any. */
  readonly sourcePort?: number
  /** Does not belong to the packets in front of it: their lengths leave it out. */
  readonly isTrailer?: boolean
  /** The UDP header in front of it has no checksum over IPv4. */
  readonly leavesOutUdpChecksum?: boolean
  /** @internal The header's bytes. Checksums that are to be computed are 0. */
  encode(surroundings: Surroundings): Uint8Array
  /** @internal When all bytes are there: computes checksums. Inner layers come first. */
  complete?(memory: PacketMemory, place: Place): void
}
