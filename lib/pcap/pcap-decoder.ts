/**
 * The classic format: a header, then records.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/
 */

import { BlockReader } from './block-reader.js'
import { CaptureFormatError } from './capture-format-error.js'
import { Clock } from './clock.js'
import type { DecoderSettings, FormatDecoder } from './format-decoder.js'
import type { CaptureInterface, CaptureRecord } from './record.js'

export const PCAP_MICROSECONDS = 0xa1b2c3d4
export const PCAP_NANOSECONDS = 0xa1b23c4d
export const PCAP_VERSION = [2, 4] as const
const FILE_HEADER_LENGTH = 24
const RECORD_HEADER_LENGTH = 16
/** Above it the link type's field has the length of frame check sequences. */
const LINK_TYPE_MASK = 0xffff
const NONE: readonly string[] = []

export class PcapDecoder implements FormatDecoder {
  readonly headerLength = RECORD_HEADER_LENGTH
  readonly #settings: DecoderSettings
  readonly #littleEndian: boolean
  readonly #clock: Clock
  /** Known once the file's header was read. */
  #interface: CaptureInterface | undefined

  constructor(settings: DecoderSettings, littleEndian: boolean, ticksPerSecond: bigint) {
    this.#settings = settings
    this.#littleEndian = littleEndian
    this.#clock = new Clock(ticksPerSecond)
  }

  measure(header: Uint8Array, offset: number): number {
    if (this.#interface === undefined) return FILE_HEADER_LENGTH
    const { file, maximumBlockLength } = this.#settings
    const captured = new DataView(header.buffer, header.byteOffset).getUint32(8, this.#littleEndian)
    if (captured <= maximumBlockLength) return RECORD_HEADER_LENGTH + captured
    throw new CaptureFormatError({
      code: 'ERR_DPDK_CAPTURE_TOO_LARGE',
      file,
      offset,
      expected: `a record of at most ${maximumBlockLength} bytes`,
      received: `one that claims to have ${captured}`,
      hint: 'The file is damaged before this place, or no capture. If it is right, raise maximumBlockLength.',
    })
  }

  decode(block: Uint8Array, offset: number): CaptureRecord | undefined {
    const { file } = this.#settings
    const reader = new BlockReader(block, { file, offset, littleEndian: this.#littleEndian })
    if (this.#interface !== undefined) return this.#decodeRecord(reader, this.#interface)
    this.#interface = this.#decodeHeader(reader)
    this.#settings.onBlock?.({ kind: 'section', section: this.#interface.section })
    this.#settings.onBlock?.({ kind: 'interface', interface: this.#interface })
    return undefined
  }

  #decodeHeader(reader: BlockReader): CaptureInterface {
    reader.view(4) // the magic number
    const version = [reader.uint16(), reader.uint16()]
    if (version.join('.') !== PCAP_VERSION.join('.')) {
      throw new CaptureFormatError({
        code: 'ERR_DPDK_CAPTURE_UNSUPPORTED',
        file: this.#settings.file,
        offset: 0,
        expected: `pcap of version ${PCAP_VERSION.join('.')}`,
        received: `version ${version.join('.')}`,
        hint: 'editcap may be able to convert it: editcap -F pcapng IN OUT.',
      })
    }
    reader.view(8) // reserved
    const snapLength = reader.uint32()
    return {
      index: 0,
      linkType: reader.uint32() & LINK_TYPE_MASK,
      snapLength,
      ticksPerSecond: this.#clock.ticksPerSecond,
      comments: NONE,
      section: {
        index: 0,
        format: 'pcap',
        byteOrder: this.#littleEndian ? 'little-endian' : 'big-endian',
        hardware: undefined,
        operatingSystem: undefined,
        application: undefined,
        comments: NONE,
      },
    }
  }

  #decodeRecord(reader: BlockReader, source: CaptureInterface): CaptureRecord {
    const seconds = BigInt(reader.uint32())
    const fraction = BigInt(reader.uint32())
    const captured = reader.uint32()
    const original = reader.uint32()
    return {
      bytes: reader.copy(captured),
      timestamp: this.#clock.nanoseconds(seconds * this.#clock.ticksPerSecond + fraction),
      originalLength: Math.max(original, captured),
      linkType: source.linkType,
      interface: source,
      comments: NONE,
      flags: undefined,
      queue: undefined,
      packetId: undefined,
      dropCount: undefined,
    }
  }
}
