import { CaptureFormatError } from './capture-format-error.js'
import type { DecoderSettings, FormatDecoder } from './format-decoder.js'
import { PCAP_MICROSECONDS, PCAP_NANOSECONDS, PcapDecoder } from './pcap-decoder.js'
import { PcapngDecoder } from './pcapng-decoder.js'
import { SECTION_HEADER } from './pcapng-format.js'
import { PendingBytes } from './pending-bytes.js'
import type { CaptureRecord } from './record.js'

const MAGIC_LENGTH = 4
/** Of a large chunk so much is copied at a time. */
const PIECE_LENGTH = 65_536

/** Magic numbers, as they stand in the file, of what is known but not read. */
const RELATIVES: ReadonlyMap<number, string> = new Map([
  [0xa1b2cd34, "Kuznetzov's variant of pcap"],
  [0x34cdb2a1, "Kuznetzov's variant of pcap"],
  [0xa1b234cd, "Navtel's or IXIA's variant of pcap"],
  [0xcd34b2a1, "Navtel's or IXIA's variant of pcap"],
  [0x736e6f6f, 'a capture of snoop'],
  [0x28b52ffd, 'a file packed by zstd'],
  [0x04224d18, 'a file packed by lz4'],
])

/** Makes records of a capture's bytes, which may come in chunks of any size. */
export class CaptureDecoder {
  readonly #settings: DecoderSettings
  readonly #pending = new PendingBytes()
  #format: FormatDecoder | undefined

  constructor(settings: DecoderSettings) {
    this.#settings = settings
  }

  /** How far whole blocks have been read, in bytes. */
  get offset(): number {
    return this.#pending.offset
  }

  /** The records that are whole with this chunk, which may be changed afterwards. */
  *push(chunk: Uint8Array): Generator<CaptureRecord, void, undefined> {
    for (let start = 0; start < chunk.length; start += PIECE_LENGTH) {
      this.#pending.append(chunk.subarray(start, start + PIECE_LENGTH))
      yield* this.#decode()
    }
  }

  /** Says that nothing more will come. */
  end(): void {
    const { length, offset } = this.#pending
    if (this.#settings.truncated === 'end') return
    if (length === 0 && this.#format !== undefined) return
    throw new CaptureFormatError({
      code: 'ERR_DPDK_CAPTURE_TRUNCATED',
      file: this.#settings.file,
      offset,
      expected: this.#missing(),
      received: `${length} bytes, then the end`,
      hint: "What wrote it may have been killed; { truncated: 'end' } reads what is whole.",
    })
  }

  *#decode(): Generator<CaptureRecord, void, undefined> {
    const pending = this.#pending
    this.#format ??= this.#detect()
    const format = this.#format
    if (format === undefined) return
    while (pending.length >= format.headerLength) {
      const length = format.measure(pending.peek(format.headerLength), pending.offset)
      if (pending.length < length) return
      const record = format.decode(pending.peek(length), pending.offset)
      pending.consume(length)
      if (record !== undefined) yield record
    }
  }

  #missing(): string {
    const format = this.#format
    const { length, offset } = this.#pending
    if (format === undefined) return 'the magic number of a capture'
    if (length < format.headerLength) return `a record, of at least ${format.headerLength} bytes`
    return `a record of ${format.measure(this.#pending.peek(format.headerLength), offset)} bytes`
  }

  #detect(): FormatDecoder | undefined {
    if (this.#pending.length < MAGIC_LENGTH) return undefined
    const bytes = this.#pending.peek(MAGIC_LENGTH)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    for (const littleEndian of [true, false]) {
      const magic = view.getUint32(0, littleEndian)
      if (magic === SECTION_HEADER) return new PcapngDecoder(this.#settings)
      if (magic === PCAP_MICROSECONDS) return new PcapDecoder(this.#settings, littleEndian, 1_000_000n)
      if (magic === PCAP_NANOSECONDS) return new PcapDecoder(this.#settings, littleEndian, 1_000_000_000n)
    }
    throw this.#unknown(view.getUint32(0))
  }

  #unknown(magic: number): CaptureFormatError {
    const relative = RELATIVES.get(magic)
    return new CaptureFormatError({
      code: relative === undefined ? 'ERR_DPDK_CAPTURE_UNKNOWN_FORMAT' : 'ERR_DPDK_CAPTURE_UNSUPPORTED',
      file: this.#settings.file,
      offset: 0,
      expected: 'a pcap or pcapng capture, or one packed by gzip',
      received: relative ?? `a file that begins with ${magic.toString(16).padStart(8, '0')}`,
      hint: 'editcap reads many formats and converts them: editcap -F pcapng IN OUT.',
    })
  }
}
