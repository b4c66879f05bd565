import { BLOCK_FRAME_LENGTH, Option } from './pcapng-format.js'

const END_OF_OPTIONS_LENGTH = 4
const OPTION_HEADER_LENGTH = 4
const utf8 = new TextEncoder()

/** Rounded up to a multiple of four. */
export function padded(length: number): number {
  return (length + 3) & ~3
}

/** Writes a block's fields one after the other, little-endian, into as much room as was said. */
export class BlockWriter {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  /** A block of pcapng: its frame is written too. */
  static block(type: number, contentsLength: number, write: (writer: BlockWriter) => void): Uint8Array {
    const length = contentsLength + BLOCK_FRAME_LENGTH
    return BlockWriter.bytes(length, (writer) => {
      writer.uint32(type)
      writer.uint32(length)
      write(writer)
      writer.uint32(length)
    })
  }

  /** Bytes without a frame. */
  static bytes(length: number, write: (writer: BlockWriter) => void): Uint8Array {
    const bytes = new Uint8Array(length)
    write(new BlockWriter(bytes))
    return bytes
  }

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  uint16(value: number): void {
    this.#view.setUint16(this.#advance(2), value, true)
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#advance(4), value, true)
  }

  uint64(value: bigint): void {
    this.#view.setBigUint64(this.#advance(8), value, true)
  }

  /** 64 bits in two halves, the upper one first. */
  ticks(value: bigint): void {
    this.uint32(Number(value >> 32n))
    this.uint32(Number(value & 0xffffffffn))
  }

  bytes(value: Uint8Array): void {
    this.#bytes.set(value, this.#advance(value.length))
  }

  /** And zeros up to the next multiple of four. */
  paddedBytes(value: Uint8Array): void {
    this.bytes(value)
    this.#at = padded(this.#at)
  }

  #advance(length: number): number {
    const start = this.#at
    this.#at += length
    return start
  }
}

/** The options of a block. What is undefined is left out. */
export class OptionList {
  readonly #values: { code: number; value: Uint8Array }[] = []

  comments(texts: readonly string[] | undefined): this {
    for (const text of texts ?? []) this.text(Option.COMMENT, text)
    return this
  }

  text(code: number, text: string | undefined): this {
    return this.bytes(code, text === undefined ? undefined : utf8.encode(text))
  }

  uint32(code: number, value: number | undefined): this {
    return this.#fixed(code, 4, value, (writer, number) => writer.uint32(number))
  }

  uint64(code: number, value: bigint | undefined): this {
    return this.#fixed(code, 8, value, (writer, number) => writer.uint64(number))
  }

  ticks(code: number, value: bigint | undefined): this {
    return this.#fixed(code, 8, value, (writer, number) => writer.ticks(number))
  }

  bytes(code: number, value: Uint8Array | undefined): this {
    if (value !== undefined) this.#values.push({ code, value })
    return this
  }

  encode(): Uint8Array {
    if (this.#values.length === 0) return new Uint8Array()
    const length = this.#values.reduce(
      (sum, { value }) => sum + OPTION_HEADER_LENGTH + padded(value.length),
      END_OF_OPTIONS_LENGTH,
    )
    return BlockWriter.bytes(length, (writer) => {
      for (const { code, value } of this.#values) {
        writer.uint16(code)
        writer.uint16(value.length)
        writer.paddedBytes(value)
      }
      // The end is a code and a length of zero, which are there.
    })
  }

  #fixed<Value>(
    code: number,
    length: number,
    value: Value | undefined,
    write: (writer: BlockWriter, value: Value) => void,
  ): this {
    if (value === undefined) return this
    return this.bytes(
      code,
      BlockWriter.bytes(length, (writer) => write(writer, value)),
    )
  }
}
