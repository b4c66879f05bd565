/** pcapng: blocks of many types, in sections. */

import { MacAddress } from '../packet/mac-address.js'
import { type BlockOptions, BlockReader, decodeText } from './block-reader.js'
import { CaptureFormatError } from './capture-format-error.js'
import { Clock } from './clock.js'
import type { DecoderSettings, FormatDecoder } from './format-decoder.js'
import { decodePacketFlags } from './packet-flags.js'
import {
  BLOCK_FRAME_LENGTH,
  BYTE_ORDER_MAGIC,
  DEFAULT_RESOLUTION,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  MAJOR_VERSION,
  OBSOLETE_PACKET,
  Option,
  SECTION_HEADER,
  SIMPLE_PACKET,
  TEXT_FILTER,
  UNKNOWN_DROP_COUNT,
} from './pcapng-format.js'
import type { CaptureInterface, CaptureRecord, CaptureSection, InterfaceStatistics } from './record.js'

/** In a section. They are kept, so a capture must not have them without end. */
const MAXIMUM_INTERFACES = 65_536

interface Source {
  interface: CaptureInterface
  clock: Clock
}

export class PcapngDecoder implements FormatDecoder {
  readonly headerLength = BLOCK_FRAME_LENGTH
  readonly #settings: DecoderSettings
  #littleEndian = true
  #section: CaptureSection | undefined
  #sources: Source[] = []

  constructor(settings: DecoderSettings) {
    this.#settings = settings
  }

  measure(header: Uint8Array, offset: number): number {
    const view = new DataView(header.buffer, header.byteOffset)
    // Reads the same in both byte orders; which it is, is said behind the length.
    if (view.getUint32(0) === SECTION_HEADER) this.#littleEndian = this.#readByteOrder(view, offset)
    const length = view.getUint32(4, this.#littleEndian)
    const { maximumBlockLength } = this.#settings
    if (length >= BLOCK_FRAME_LENGTH && length % 4 === 0 && length <= maximumBlockLength) return length
    const tooLong = length > maximumBlockLength
    throw this.#error(offset, {
      code: tooLong ? 'ERR_DPDK_CAPTURE_TOO_LARGE' : 'ERR_DPDK_CAPTURE_MALFORMED',
      expected: `a block of ${BLOCK_FRAME_LENGTH} to ${maximumBlockLength} bytes, a multiple of 4`,
      received: `one that claims to have ${length}`,
      hint: tooLong
        ? 'The file is damaged before this place. If it is right, raise maximumBlockLength.'
        : 'The file is damaged before this place.',
    })
  }

  decode(block: Uint8Array, offset: number): CaptureRecord | undefined {
    const { file } = this.#settings
    const origin = { file, offset, littleEndian: this.#littleEndian }
    const frame = new BlockReader(block, origin)
    const type = frame.uint32()
    const length = frame.uint32()
    const contents = new BlockReader(frame.view(length - BLOCK_FRAME_LENGTH), origin)
    const trailer = frame.uint32()
    if (trailer !== length) throw frame.malformed(`the block to end with its length, ${length}`, `${trailer}`)
    switch (type) {
      case ENHANCED_PACKET:
        return this.#decodeEnhancedPacket(contents)
      case SIMPLE_PACKET:
        return this.#decodeSimplePacket(contents)
      case OBSOLETE_PACKET:
        return this.#decodeObsoletePacket(contents)
      case SECTION_HEADER:
        this.#beginSection(contents)
        break
      case INTERFACE_DESCRIPTION:
        this.#addInterface(contents)
        break
      default:
        this.#handOver(type, contents)
    }
    return undefined
  }

  #readByteOrder(view: DataView, offset: number): boolean {
    if (view.getUint32(8, true) === BYTE_ORDER_MAGIC) return true
    if (view.getUint32(8, false) === BYTE_ORDER_MAGIC) return false
    throw this.#error(offset, {
      code: 'ERR_DPDK_CAPTURE_MALFORMED',
      expected: 'the byte-order magic 1a2b3c4d in the section header',
      received: view.getUint32(8).toString(16).padStart(8, '0'),
    })
  }

  #beginSection(reader: BlockReader): void {
    reader.view(4) // the byte-order magic
    const major = reader.uint16()
    const minor = reader.uint16()
    // Minor versions do not change how blocks are read; 1.2 is the same as 1.0.
    if (major !== MAJOR_VERSION) {
      throw this.#error(reader.origin.offset, {
        code: 'ERR_DPDK_CAPTURE_UNSUPPORTED',
        expected: `pcapng of version ${MAJOR_VERSION}`,
        received: `version ${major}.${minor}`,
      })
    }
    reader.view(8) // the section's length: blocks are read one by one anyway
    const options = reader.options()
    this.#sources = []
    this.#section = {
      index: this.#section === undefined ? 0 : this.#section.index + 1,
      format: 'pcapng',
      byteOrder: this.#littleEndian ? 'little-endian' : 'big-endian',
      hardware: options.text(Option.SECTION_HARDWARE),
      operatingSystem: options.text(Option.SECTION_OPERATING_SYSTEM),
      application: options.text(Option.SECTION_APPLICATION),
      comments: options.comments,
    }
    this.#settings.onBlock?.({ kind: 'section', section: this.#section })
  }

  #addInterface(reader: BlockReader): void {
    if (this.#sources.length === MAXIMUM_INTERFACES) {
      throw this.#error(reader.origin.offset, {
        code: 'ERR_DPDK_CAPTURE_TOO_LARGE',
        expected: `at most ${MAXIMUM_INTERFACES} interfaces in a section`,
        received: 'one more',
      })
    }
    const linkType = reader.uint16()
    reader.view(2) // reserved
    const snapLength = reader.uint32()
    const options = reader.options()
    const clock = Clock.fromResolution(
      options.uint8(Option.INTERFACE_TIMESTAMP_RESOLUTION) ?? DEFAULT_RESOLUTION,
      options.int64(Option.INTERFACE_TIMESTAMP_OFFSET) ?? 0n,
    )
    const macAddress = options.bytes(Option.INTERFACE_MAC_ADDRESS, 6)
    const source = {
      index: this.#sources.length,
      section: this.#section as CaptureSection,
      linkType,
      snapLength,
      ticksPerSecond: clock.ticksPerSecond,
      name: options.text(Option.INTERFACE_NAME),
      description: options.text(Option.INTERFACE_DESCRIPTION),
      filter: decodeFilter(options),
      hardware: options.text(Option.INTERFACE_HARDWARE),
      operatingSystem: options.text(Option.INTERFACE_OPERATING_SYSTEM),
      macAddress: macAddress && new MacAddress(macAddress).toString(),
      speed: options.uint64(Option.INTERFACE_SPEED),
      comments: options.comments,
    }
    this.#sources.push({ interface: source, clock })
    this.#settings.onBlock?.({ kind: 'interface', interface: source })
  }

  #decodeEnhancedPacket(reader: BlockReader): CaptureRecord {
    const source = this.#source(reader, reader.uint32())
    const { options, record } = readPacket(reader, source)
    return {
      ...record,
      queue: options.uint32(Option.PACKET_QUEUE),
      packetId: options.uint64(Option.PACKET_ID),
      dropCount: options.uint64(Option.PACKET_DROP_COUNT),
    }
  }

  #decodeObsoletePacket(reader: BlockReader): CaptureRecord {
    const source = this.#source(reader, reader.uint16())
    const dropCount = reader.uint16()
    const { record } = readPacket(reader, source)
    return {
      ...record,
      queue: undefined,
      packetId: undefined,
      dropCount: dropCount === UNKNOWN_DROP_COUNT ? undefined : BigInt(dropCount),
    }
  }

  /** Of the first interface, whose snap length tells how much of the packet there is. */
  #decodeSimplePacket(reader: BlockReader): CaptureRecord {
    const { interface: source } = this.#source(reader, 0)
    const originalLength = reader.uint32()
    return {
      bytes: reader.copy(Math.min(originalLength, source.snapLength || originalLength)),
      timestamp: undefined,
      originalLength,
      linkType: source.linkType,
      interface: source,
      comments: [],
      flags: undefined,
      queue: undefined,
      packetId: undefined,
      dropCount: undefined,
    }
  }

  #handOver(type: number, reader: BlockReader): void {
    const { onBlock } = this.#settings
    if (onBlock === undefined) return
    const section = this.#section as CaptureSection
    if (type === INTERFACE_STATISTICS) onBlock(this.#decodeStatistics(reader))
    else onBlock({ kind: 'other', type, body: reader.copy(reader.remaining), section })
  }

  #decodeStatistics(reader: BlockReader): InterfaceStatistics {
    const { interface: source, clock } = this.#source(reader, reader.uint32())
    const timestamp = clock.nanoseconds(reader.ticks())
    const options = reader.options()
    const time = (code: number) => {
      const ticks = options.ticks(code)
      return ticks === undefined ? undefined : clock.nanoseconds(ticks)
    }
    return {
      kind: 'interface-statistics',
      interface: source,
      timestamp,
      startTime: time(Option.STATISTICS_START_TIME),
      endTime: time(Option.STATISTICS_END_TIME),
      received: options.uint64(Option.STATISTICS_RECEIVED),
      dropped: options.uint64(Option.STATISTICS_DROPPED),
      acceptedByFilter: options.uint64(Option.STATISTICS_ACCEPTED_BY_FILTER),
      droppedBySystem: options.uint64(Option.STATISTICS_DROPPED_BY_SYSTEM),
      delivered: options.uint64(Option.STATISTICS_DELIVERED),
      comments: options.comments,
    }
  }

  #source(reader: BlockReader, index: number): Source {
    const source = this.#sources[index]
    if (source !== undefined) return source
    const count = this.#sources.length
    throw reader.malformed(
      `one of the ${count} interfaces that the section described so far`,
      `number ${index}`,
    )
  }

  #error(
    offset: number,
    details: Omit<ConstructorParameters<typeof CaptureFormatError>[0], 'file' | 'offset'>,
  ): CaptureFormatError {
    return new CaptureFormatError({ ...details, file: this.#settings.file, offset })
  }
}

/** What both blocks of packets have behind their interface: time, lengths, bytes, options. */
function readPacket(reader: BlockReader, { interface: source, clock }: Source) {
  const timestamp = clock.nanoseconds(reader.ticks())
  const captured = reader.uint32()
  const originalLength = Math.max(reader.uint32(), captured)
  const bytes = reader.copy(captured)
  reader.align()
  const options = reader.options()
  const record = {
    bytes,
    timestamp,
    originalLength,
    linkType: source.linkType,
    interface: source,
    comments: options.comments,
    flags: decodeFlags(options),
  }
  return { record, options }
}

function decodeFlags(options: BlockOptions) {
  const word = options.uint32(Option.PACKET_FLAGS)
  return word === undefined ? undefined : decodePacketFlags(word)
}

/** Filters of other kinds, such as BPF programs, are left out. */
function decodeFilter(options: BlockOptions): string | undefined {
  const filter = options.bytes(Option.INTERFACE_FILTER)
  return filter?.[0] === TEXT_FILTER ? decodeText(filter.subarray(1)) : undefined
}
