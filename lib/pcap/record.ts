/** What is in a capture, as it is read, and as it is given to a writer. */

import type { PacketFlags } from './packet-flags.js'

/** Packets that were captured together. A pcapng file can hold several sections; a pcap file is one. */
export interface CaptureSection {
  /** Counted from 0. */
  readonly index: number
  readonly format: 'pcap' | 'pcapng'
  readonly byteOrder: 'little-endian' | 'big-endian'
  readonly hardware: string | undefined
  readonly operatingSystem: string | undefined
  /** What wrote it. */
  readonly application: string | undefined
  readonly comments: readonly string[]
}

/** An interface, for a writer. In pcapng all of this is kept, in pcap the link type and the snap length. */
export interface InterfaceDescription {
  /** Which header its packets begin with, see `LinkType`. Default: what the writer's options say. */
  readonly linkType?: number | undefined
  /** For example `eth0`. */
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** What was captured, in the language of tcpdump. */
  readonly filter?: string | undefined
  readonly hardware?: string | undefined
  readonly operatingSystem?: string | undefined
  /** For example `02:00:00:00:00:01`. */
  readonly macAddress?: string | undefined
  /** In bits per second. */
  readonly speed?: bigint | undefined
  /** Bytes kept of a packet, at most; 0: all. Default: what the writer's options say. */
  readonly snapLength?: number | undefined
  readonly comments?: readonly string[] | undefined
}

/** An interface, as it was read. All of its packets refer to the same object. */
export interface CaptureInterface extends InterfaceDescription {
  /** Counted from 0 in each section. */
  readonly index: number
  readonly section: CaptureSection
  readonly linkType: number
  readonly snapLength: number
  /** The resolution of its timestamps: 1_000_000n for microseconds. What is finer than nanoseconds is cut off. */
  readonly ticksPerSecond: bigint
  readonly comments: readonly string[]
}

/** A packet, for a writer. What is read can be written, also to another capture. */
export interface CaptureRecordInput {
  readonly bytes: Uint8Array
  /**
   * Nanoseconds since the epoch. `undefined`: not known, which pcap cannot say, and pcapng only of a packet of the
   * first interface that is whole, without comments or flags.
   */
  readonly timestamp: bigint | undefined
  /** Bytes on the wire. Default: as many as `bytes` has. */
  readonly originalLength?: number | undefined
  /** Each object is an interface of its own. Default: the first one that the writer knows of. */
  readonly interface?: InterfaceDescription | undefined
  /** For pcapng. */
  readonly comments?: readonly string[] | undefined
  /** For pcapng. */
  readonly flags?: PacketFlags | undefined
  /** The receive queue, for pcapng. */
  readonly queue?: number | undefined
  /** Names the packet, on every interface that sees it, for pcapng. */
  readonly packetId?: bigint | undefined
  /** Packets that the interface lost before this one, for pcapng. */
  readonly dropCount?: bigint | undefined
}

/** A packet, as it was read. */
export interface CaptureRecord extends CaptureRecordInput {
  /** A copy that belongs to whoever reads it. */
  readonly bytes: Uint8Array
  /** Nanoseconds since the epoch. `undefined` where the capture does not tell: pcapng's simple packet blocks. */
  readonly timestamp: bigint | undefined
  /** Bytes on the wire; more than `bytes` has if the snap length cut it, and never fewer. */
  readonly originalLength: number
  /** That of its interface. */
  readonly linkType: number
  readonly interface: CaptureInterface
  readonly comments: readonly string[]
  readonly flags: PacketFlags | undefined
}

/** How many packets an interface has seen, for a pcapng writer; usually the last that is written of it. */
export interface InterfaceStatisticsInput {
  readonly kind: 'interface-statistics'
  /** As of a record. */
  readonly interface?: InterfaceDescription | undefined
  /** When they were taken, in nanoseconds since the epoch. */
  readonly timestamp: bigint
  readonly startTime?: bigint | undefined
  readonly endTime?: bigint | undefined
  /** Packets that came in, since the start. */
  readonly received?: bigint | undefined
  /** Packets that the device had no room for. */
  readonly dropped?: bigint | undefined
  readonly acceptedByFilter?: bigint | undefined
  readonly droppedBySystem?: bigint | undefined
  readonly delivered?: bigint | undefined
  readonly comments?: readonly string[] | undefined
}

/** Statistics, as they were read. */
export interface InterfaceStatistics extends InterfaceStatisticsInput {
  readonly interface: CaptureInterface
  readonly comments: readonly string[]
}

/** What a writer takes. */
export type CaptureItem = CaptureRecordInput | InterfaceStatisticsInput

/** The types of blocks that are handed over as they are. */
export const BlockType = {
  NAME_RESOLUTION: 4,
  SYSTEMD_JOURNAL: 9,
  DECRYPTION_SECRETS: 10,
  CUSTOM: 0x0bad,
  /** Programs that change a capture must not copy it. */
  CUSTOM_NOT_COPIED: 0x40000bad,
} as const

/** A block that this library does not look into. */
export interface OtherBlock {
  readonly kind: 'other'
  /** See `BlockType`; blocks of other types come too. */
  readonly type: number
  /** What is between the two lengths, with padding and options: a copy. Numbers are in the section's byte order. */
  readonly body: Uint8Array
  readonly section: CaptureSection
}

/** What is in a capture beside packets. */
export type CaptureBlock =
  | { readonly kind: 'section'; readonly section: CaptureSection }
  | { readonly kind: 'interface'; readonly interface: CaptureInterface }
  | InterfaceStatistics
  | OtherBlock
