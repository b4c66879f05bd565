import { CaptureFormatError } from './capture-format-error.js'

/** Where a block comes from: for what errors say, and for how its numbers are laid out. */
export interface BlockOrigin {
  readonly file: string | undefined
  /** Where it begins in the file. */
  readonly offset: number
  readonly littleEndian: boolean
}

const NO_OPTIONS: ReadonlyMap<number, Uint8Array[]> = new Map()
const END_OF_OPTIONS = 0
const COMMENT = 1
// Bytes that are no UTF-8 become U+FFFD.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Reads the fields of a block one after the other. It never leaves the block; what would, is an error. */
export class BlockReader {
  readonly origin: BlockOrigin
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array, origin: BlockOrigin) {
    this.origin = origin
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), this.origin.littleEndian)
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), this.origin.littleEndian)
  }

  /** 64 bits in two halves, the upper one first whatever the byte order is. */
  ticks(): bigint {
    const upper = this.uint32()
    return (BigInt(upper) << 32n) | BigInt(this.uint32())
  }

  /** A copy of the next bytes. */
  copy(length: number): Uint8Array {
    return new Uint8Array(this.view(length))
  }

  /** The next bytes themselves. */
  view(length: number): Uint8Array {
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Skips the padding up to the next multiple of four bytes; that of the last field may be missing. */
  align(): void {
    this.#at = Math.min((this.#at + 3) & ~3, this.#bytes.length)
  }

  /** All that is left, as pcapng's options. */
  options(): BlockOptions {
    if (this.remaining === 0) return new BlockOptions(NO_OPTIONS, this)
    const options = new Map<number, Uint8Array[]>()
    while (this.remaining > 0) {
      const code = this.uint16()
      const length = this.uint16()
      if (code === END_OF_OPTIONS) break
      const value = this.view(length)
      this.align()
      const values = options.get(code)
      if (values === undefined) options.set(code, [value])
      else values.push(value)
    }
    return new BlockOptions(options, this)
  }

  malformed(expected: string, received: string): CaptureFormatError {
    const { file, offset } = this.origin
    return new CaptureFormatError({ code: 'ERR_DPDK_CAPTURE_MALFORMED', file, offset, expected, received })
  }

  #advance(length: number): number {
    if (length > this.remaining) {
      throw this.malformed(
        `${length} bytes more at byte ${this.#at} of the block's contents`,
        `${this.remaining} to its end`,
      )
    }
    const start = this.#at
    this.#at += length
    return start
  }
}

/** The options of a block, by their codes. Those that come twice but must not: the first one counts. */
export class BlockOptions {
  readonly #values: ReadonlyMap<number, readonly Uint8Array[]>
  readonly #reader: BlockReader

  constructor(values: ReadonlyMap<number, readonly Uint8Array[]>, reader: BlockReader) {
    this.#values = values
    this.#reader = reader
  }

  get comments(): readonly string[] {
    return this.#values.get(COMMENT)?.map(decodeText) ?? []
  }

  text(code: number): string | undefined {
    const value = this.#values.get(code)?.[0]
    return value && decodeText(value)
  }

  /** A view of its bytes. Of a given length, if one is given. */
  bytes(code: number, length?: number): Uint8Array | undefined {
    const value = this.#values.get(code)?.[0]
    if (value !== undefined && length !== undefined && value.length !== length) {
      throw this.#reader.malformed(`option ${code} to have ${length} bytes`, `${value.length}`)
    }
    return value
  }

  uint8(code: number): number | undefined {
    return this.bytes(code, 1)?.[0]
  }

  uint32(code: number): number | undefined {
    return this.#fields(code, 4)?.uint32()
  }

  uint64(code: number): bigint | undefined {
    const value = this.bytes(code, 8)
    return value && view(value).getBigUint64(0, this.#reader.origin.littleEndian)
  }

  int64(code: number): bigint | undefined {
    const value = this.uint64(code)
    return value === undefined ? undefined : BigInt.asIntN(64, value)
  }

  ticks(code: number): bigint | undefined {
    return this.#fields(code, 8)?.ticks()
  }

  #fields(code: number, length: number): BlockReader | undefined {
    const value = this.bytes(code, length)
    return value && new BlockReader(value, this.#reader.origin)
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A zero byte ends a text, though none is needed. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end))
}
