/** Writes the classic format, little-endian. */

import { concatenate } from '../concatenate.js'
import { invalidValue, outOfRange } from '../validate.js'
import { BlockWriter } from './block-writer.js'
import { checkInterface, checkItem, isStatistics } from './check-item.js'
import type { CaptureSettings } from './encode-options.js'
import type { FormatEncoder } from './format-encoder.js'
import { LinkType } from './link-type.js'
import { PCAP_MICROSECONDS, PCAP_NANOSECONDS, PCAP_VERSION } from './pcap-decoder.js'
import type { CaptureItem, CaptureRecordInput, InterfaceDescription } from './record.js'
import { MAXIMUM_SNAP_LENGTH, snapLengthOf } from './snap-length.js'

const FILE_HEADER_LENGTH = 24
const RECORD_HEADER_LENGTH = 16
const BILLION = 1_000_000_000n
const LIMIT_SECONDS = 2n ** 32n
const NOTHING = new Uint8Array()

export class PcapEncoder implements FormatEncoder {
  readonly #settings: CaptureSettings
  /** Of records that name none. */
  readonly #defaultInterface: InterfaceDescription
  /** The last record's: it need not be checked again. */
  #checkedInterface: InterfaceDescription | undefined
  /** Of the file, once its header is written. */
  #linkType: number | undefined

  constructor(settings: CaptureSettings) {
    this.#settings = settings
    this.#defaultInterface = settings.interfaces[0] ?? {}
  }

  /** The header, if the options say which link type there will be; otherwise the first record will. */
  start(): Uint8Array {
    const known = this.#defaultInterface.linkType ?? this.#settings.linkType
    return known === undefined ? NOTHING : this.#header(known, this.#defaultInterface)
  }

  /** Statistics, comments and flags have no place in this format. */
  encode(item: CaptureItem): Uint8Array {
    checkItem(item)
    if (isStatistics(item)) return NOTHING
    const source = item.interface ?? this.#defaultInterface
    if (source !== this.#checkedInterface) checkInterface('record.interface', source)
    this.#checkedInterface = source
    const linkType = source.linkType ?? this.#settings.linkType ?? LinkType.ETHERNET
    const record = this.#record(item, source)
    if (this.#linkType === undefined) return concatenate([this.#header(linkType, source), record])
    if (linkType !== this.#linkType) {
      throw invalidValue(
        'record.interface.linkType',
        `${this.#linkType}, as that of the records before, because a pcap file has one link type`,
        linkType,
        "Write { format: 'pcapng' }.",
      )
    }
    return record
  }

  finish(): Uint8Array {
    return this.#linkType === undefined ? this.#header(LinkType.ETHERNET, this.#defaultInterface) : NOTHING
  }

  #header(linkType: number, source: InterfaceDescription): Uint8Array {
    this.#linkType = linkType
    return BlockWriter.bytes(FILE_HEADER_LENGTH, (writer) => {
      writer.uint32(this.#settings.precision === 'nanoseconds' ? PCAP_NANOSECONDS : PCAP_MICROSECONDS)
      for (const number of PCAP_VERSION) writer.uint16(number)
      writer.uint32(0)
      writer.uint32(0)
      // It must not be 0 here.
      writer.uint32(snapLengthOf(source, this.#settings) || MAXIMUM_SNAP_LENGTH)
      writer.uint32(linkType)
    })
  }

  #record(record: CaptureRecordInput, source: InterfaceDescription): Uint8Array {
    const { timestamp } = record
    if (timestamp === undefined) {
      throw invalidValue('record.timestamp', 'a bigint in a pcap file', timestamp, 'Give it one, such as 0n.')
    }
    const seconds = timestamp / BILLION
    if (seconds >= LIMIT_SECONDS) {
      throw outOfRange('record.timestamp', 'before the year 2106 in a pcap file', timestamp)
    }
    const nanoseconds = Number(timestamp % BILLION)
    const isPrecise = this.#settings.precision === 'nanoseconds'
    const bytes = record.bytes.subarray(0, snapLengthOf(source, this.#settings) || undefined)
    return BlockWriter.bytes(RECORD_HEADER_LENGTH + bytes.length, (writer) => {
      writer.uint32(Number(seconds))
      writer.uint32(isPrecise ? nanoseconds : Math.floor(nanoseconds / 1000))
      writer.uint32(bytes.length)
      writer.uint32(record.originalLength ?? record.bytes.length)
      writer.bytes(bytes)
    })
  }
}
