import { invalidType, invalidValue } from '../../validate.js'
import { escapeLabel, unescapeLabels, unescapeText } from '../escaped-text.js'
import { LONGEST_LABEL, LONGEST_NAME } from '../headers/dns-names.js'

/** Up to here, a pointer reaches. */
const LAST_TARGET = 0x3fff

/** Puts a DNS message together, and compresses its names: where the rest of one stands already, it points there. */
export class DnsWriter {
  readonly bytes: number[]
  /** Where a name, or the rest of one, stands: with the case of its letters, which is kept. */
  readonly #places = new Map<string, number>()

  /** @param start what is there already. */
  constructor(start: Iterable<number>) {
    this.bytes = [...start]
  }

  uint8(value: number): void {
    this.bytes.push(value & 0xff)
  }

  uint16(value: number): void {
    this.bytes.push((value >> 8) & 0xff, value & 0xff)
  }

  uint32(value: number): void {
    this.uint16(value >>> 16)
    this.uint16(value)
  }

  raw(bytes: Iterable<number>): void {
    for (const byte of bytes) this.bytes.push(byte)
  }

  /** A length of two bytes, and then what `write` writes. */
  counted(write: () => void): void {
    const at = this.bytes.length
    this.uint16(0)
    write()
    const length = this.bytes.length - at - 2
    this.bytes[at] = (length >> 8) & 0xff
    this.bytes[at + 1] = length & 0xff
  }

  /** Text with a length of one byte. */
  text(name: string, value: unknown): void {
    const bytes = textOf(name, value)
    if (bytes.length > 255) throw invalidValue(name, '255 bytes long at most', value)
    this.uint8(bytes.length)
    this.raw(bytes)
  }

  /** @param isCompressed whether it may point to an earlier one */
  name(name: string, value: unknown, isCompressed = true): void {
    const labels = labelsOf(name, value)
    const texts = labels.map((label) => escapeLabel(Uint8Array.from(label), 0, label.length))
    for (const [index, label] of labels.entries()) {
      const rest = texts.slice(index).join('.')
      const place = this.#places.get(rest)
      if (isCompressed && place !== undefined) {
        this.uint16(0xc000 | place)
        return
      }
      if (place === undefined && this.bytes.length <= LAST_TARGET) this.#places.set(rest, this.bytes.length)
      this.uint8(label.length)
      this.raw(label)
    }
    this.uint8(0)
  }
}

/** The bytes of escaped text. */
export function textOf(name: string, value: unknown): Uint8Array {
  if (typeof value !== 'string') throw invalidType(name, 'a string', value)
  return unescapeText(name, value)
}

/** The labels of a name; a dot at its end may be there or not. */
function labelsOf(name: string, value: unknown): number[][] {
  const expected = "a domain name, for example 'example.org'"
  if (typeof value !== 'string') throw invalidType(name, expected, value)
  const labels = unescapeLabels(name, value)
  if (labels.at(-1)?.length === 0) labels.pop()
  if (labels.length === 1 && labels[0]?.length === 0) labels.pop()
  if (labels.some(({ length }) => length === 0)) throw invalidValue(name, expected, value)
  if (labels.some(({ length }) => length > LONGEST_LABEL)) {
    throw invalidValue(name, 'a domain name of labels up to 63 bytes', value)
  }
  if (labels.reduce((sum, { length }) => sum + 1 + length, 1) > LONGEST_NAME) {
    throw invalidValue(name, 'a domain name of 255 bytes at most, its lengths included', value)
  }
  return labels
}
