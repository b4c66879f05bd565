/** Writes pcapng, little-endian: one section, and an interface for each object that records refer to. */

import { concatenate } from '../concatenate.js'
import { MacAddress } from '../packet/mac-address.js'
import { invalidValue } from '../validate.js'
import { BlockWriter, OptionList, padded } from './block-writer.js'
import { checkInterface, checkItem, isStatistics } from './check-item.js'
import type { CaptureSettings } from './encode-options.js'
import type { FormatEncoder } from './format-encoder.js'
import { LinkType } from './link-type.js'
import { encodePacketFlags } from './packet-flags.js'
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  MAJOR_VERSION,
  Option,
  SECTION_HEADER,
  SIMPLE_PACKET,
  TEXT_FILTER,
  UNKNOWN_SECTION_LENGTH,
} from './pcapng-format.js'
import type {
  CaptureItem,
  CaptureRecordInput,
  InterfaceDescription,
  InterfaceStatisticsInput,
} from './record.js'
import { snapLengthOf } from './snap-length.js'

const NOTHING = new Uint8Array()
const NANOSECONDS_RESOLUTION = 9
const MICROSECONDS_RESOLUTION = 6
const utf8 = new TextEncoder()

export class PcapngEncoder implements FormatEncoder {
  readonly #settings: CaptureSettings
  readonly #indexes = new Map<InterfaceDescription, number>()
  /** Of records that name none. */
  readonly #defaultInterface: InterfaceDescription

  constructor(settings: CaptureSettings) {
    this.#settings = settings
    this.#defaultInterface = settings.interfaces[0] ?? {}
  }

  start(): Uint8Array {
    const descriptions = this.#settings.interfaces.map((source) => this.#describe(source))
    return concatenate([this.#sectionHeader(), ...descriptions])
  }

  encode(item: CaptureItem): Uint8Array {
    checkItem(item)
    const source = item.interface ?? this.#defaultInterface
    const known = this.#indexes.get(source)
    if (known !== undefined) return this.#block(item, source, known)
    checkInterface('record.interface', source)
    // Nothing is remembered of an item that is refused.
    const block = this.#block(item, source, this.#indexes.size)
    return concatenate([this.#describe(source), block])
  }

  /** libpcap reads no capture without an interface. */
  finish(): Uint8Array {
    return this.#indexes.size === 0 ? this.#describe(this.#defaultInterface) : NOTHING
  }

  #block(item: CaptureItem, source: InterfaceDescription, index: number): Uint8Array {
    if (isStatistics(item)) return this.#statistics(item, index)
    const bytes = item.bytes.subarray(0, snapLengthOf(source, this.#settings) || undefined)
    if (item.timestamp === undefined) return this.#simplePacket(item, bytes, source, index)
    return this.#enhancedPacket(item, bytes, index, this.#ticks(item.timestamp))
  }

  #sectionHeader(): Uint8Array {
    const { hardware, operatingSystem, application, comments } = this.#settings
    const options = new OptionList()
      .comments(comments)
      .text(Option.SECTION_HARDWARE, hardware)
      .text(Option.SECTION_OPERATING_SYSTEM, operatingSystem)
      .text(Option.SECTION_APPLICATION, application)
      .encode()
    return BlockWriter.block(SECTION_HEADER, 16 + options.length, (writer) => {
      writer.uint32(BYTE_ORDER_MAGIC)
      writer.uint16(MAJOR_VERSION)
      writer.uint16(0)
      writer.uint64(UNKNOWN_SECTION_LENGTH)
      writer.bytes(options)
    })
  }

  #describe(source: InterfaceDescription): Uint8Array {
    this.#indexes.set(source, this.#indexes.size)
    const isPrecise = this.#settings.precision === 'nanoseconds'
    const resolution = isPrecise ? NANOSECONDS_RESOLUTION : MICROSECONDS_RESOLUTION
    const macAddress = source.macAddress === undefined ? undefined : new MacAddress(source.macAddress).bytes
    const filter = source.filter === undefined ? undefined : utf8.encode(source.filter)
    const options = new OptionList()
      .comments(source.comments)
      .text(Option.INTERFACE_NAME, source.name)
      .text(Option.INTERFACE_DESCRIPTION, source.description)
      .bytes(Option.INTERFACE_MAC_ADDRESS, macAddress)
      .uint64(Option.INTERFACE_SPEED, source.speed)
      .bytes(Option.INTERFACE_TIMESTAMP_RESOLUTION, Uint8Array.of(resolution))
      .bytes(Option.INTERFACE_FILTER, filter && Uint8Array.of(TEXT_FILTER, ...filter))
      .text(Option.INTERFACE_OPERATING_SYSTEM, source.operatingSystem)
      .text(Option.INTERFACE_HARDWARE, source.hardware)
      .encode()
    return BlockWriter.block(INTERFACE_DESCRIPTION, 8 + options.length, (writer) => {
      writer.uint16(source.linkType ?? this.#settings.linkType ?? LinkType.ETHERNET)
      writer.uint16(0)
      writer.uint32(snapLengthOf(source, this.#settings))
      writer.bytes(options)
    })
  }

  #enhancedPacket(record: CaptureRecordInput, bytes: Uint8Array, index: number, ticks: bigint): Uint8Array {
    const options = encodePacketOptions(record)
    return BlockWriter.block(ENHANCED_PACKET, 20 + padded(bytes.length) + options.length, (writer) => {
      writer.uint32(index)
      writer.ticks(ticks)
      writer.uint32(bytes.length)
      writer.uint32(record.originalLength ?? record.bytes.length)
      writer.paddedBytes(bytes)
      writer.bytes(options)
    })
  }

  /** The only block without a time. Its interface and the length of its bytes are not in it, but follow. */
  #simplePacket(
    record: CaptureRecordInput,
    bytes: Uint8Array,
    source: InterfaceDescription,
    index: number,
  ): Uint8Array {
    const { originalLength = record.bytes.length } = record
    const captured = Math.min(originalLength, snapLengthOf(source, this.#settings) || originalLength)
    const isSimple = index === 0 && captured === bytes.length && encodePacketOptions(record).length === 0
    if (!isSimple) {
      const expected = 'a bigint unless the packet is whole, of the first interface, and without options'
      throw invalidValue('record.timestamp', expected, undefined, 'Give it one, such as 0n.')
    }
    return BlockWriter.block(SIMPLE_PACKET, 4 + padded(bytes.length), (writer) => {
      writer.uint32(originalLength)
      writer.paddedBytes(bytes)
    })
  }

  #statistics(statistics: InterfaceStatisticsInput, index: number): Uint8Array {
    const time = (value: bigint | undefined) => (value === undefined ? undefined : this.#ticks(value))
    const options = new OptionList()
      .comments(statistics.comments)
      .ticks(Option.STATISTICS_START_TIME, time(statistics.startTime))
      .ticks(Option.STATISTICS_END_TIME, time(statistics.endTime))
      .uint64(Option.STATISTICS_RECEIVED, statistics.received)
      .uint64(Option.STATISTICS_DROPPED, statistics.dropped)
      .uint64(Option.STATISTICS_ACCEPTED_BY_FILTER, statistics.acceptedByFilter)
      .uint64(Option.STATISTICS_DROPPED_BY_SYSTEM, statistics.droppedBySystem)
      .uint64(Option.STATISTICS_DELIVERED, statistics.delivered)
      .encode()
    return BlockWriter.block(INTERFACE_STATISTICS, 12 + options.length, (writer) => {
      writer.uint32(index)
      writer.ticks(this.#ticks(statistics.timestamp))
      writer.bytes(options)
    })
  }

  #ticks(nanoseconds: bigint): bigint {
    return this.#settings.precision === 'nanoseconds' ? nanoseconds : nanoseconds / 1000n
  }
}

function encodePacketOptions(record: CaptureRecordInput): Uint8Array {
  const { comments, flags, dropCount, packetId, queue } = record
  const hasNumbers = dropCount !== undefined || packetId !== undefined || queue !== undefined
  // Most packets have none.
  if (!comments?.length && flags === undefined && !hasNumbers) return NOTHING
  return new OptionList()
    .comments(comments)
    .uint32(Option.PACKET_FLAGS, flags && encodePacketFlags(flags))
    .uint64(Option.PACKET_DROP_COUNT, dropCount)
    .uint64(Option.PACKET_ID, packetId)
    .uint32(Option.PACKET_QUEUE, queue)
    .encode()
}
