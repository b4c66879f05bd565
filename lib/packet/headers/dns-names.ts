import { escapeLabel } from '../escaped-text.js'

/** Bytes of the fixed part of a message; no name starts in it. */
export const DNS_HEADER = 12
/** Bytes of a name, the labels' lengths included. */
export const LONGEST_NAME = 255
export const LONGEST_LABEL = 63

/** From here on, two bytes are a pointer to an earlier name. */
const POINTER = 0xc0

/**
 * Labels and pointers that are followed in all names of a message together, for each byte of it. Pointers make a name of
 * two bytes as long as 127 labels; without a limit, a packet could cost hundreds of times what an honest one does.
 */
const STEPS_PER_BYTE = 8

/**
 * Reads the names of a message. They may end with a pointer to an earlier one: a pointer must lead to before the labels
 * that it follows, so there are no loops.
 *
 * @see RFC 1035, sections 3.1 and 4.1.4
 */
export class DnsNames {
  /** Why the last name was none. */
  fault = ''

  readonly #bytes: Uint8Array
  #start = 0
  #end = 0
  #steps = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** A message begins. */
  open(start: number, end: number): this {
    this.#start = start
    this.#end = end
    this.#steps = STEPS_PER_BYTE * (end - start)
    return this
  }

  /**
   * Where the name at `at` ends, or -1: see `fault`.
   * @param limit behind the last byte that may belong to it in its place
   * @param labels gets its labels as text
   */
  skip(at: number, limit = this.#end, labels?: string[]): number {
    const bytes = this.#bytes
    let behind = -1
    let end = limit
    let firstLabel = at
    let length = 1
    for (;;) {
      if (this.#steps-- <= 0) return this.#refuse('the DNS names consist of too many pieces')
      if (at >= end) return this.#refuse('the message ends within a DNS name')
      const size = bytes[at] as number
      if (size === 0) return behind < 0 ? at + 1 : behind
      if (size <= LONGEST_LABEL) {
        length += size + 1
        if (at + 1 + size > end) return this.#refuse('the message ends within a DNS name')
        if (length > LONGEST_NAME) return this.#refuse('a DNS name is longer than 255 bytes')
        labels?.push(escapeLabel(bytes, at + 1, at + 1 + size))
        at += 1 + size
      } else if (size >= POINTER) {
        if (at + 2 > end) return this.#refuse('the message ends within a DNS name')
        const target = this.#start + (((size & ~POINTER) << 8) | (bytes[at + 1] as number))
        if (target < this.#start + DNS_HEADER || target >= firstLabel) {
          return this.#refuse('a DNS name points to where no earlier name is')
        }
        if (behind < 0) behind = at + 2
        end = this.#end
        at = target
        firstLabel = target
      } else {
        return this.#refuse('a DNS label is of an unknown kind')
      }
    }
  }

  /** The name at `at` as text, `example.org`, or `.` for the root; undefined if it is none. */
  read(at: number, limit = this.#end): string | undefined {
    const labels: string[] = []
    if (this.skip(at, limit, labels) < 0) return undefined
    return labels.length === 0 ? '.' : labels.join('.')
  }

  #refuse(fault: string): -1 {
    this.fault = fault
    return -1
  }
}

const DOT = 0x2e
const BACKSLASH = 0x5c

/** Whether the labels at `at` are this name, whatever the case of ASCII letters. Makes no string. @see RFC 4343 */
export function labelsEqual(bytes: Uint8Array, from: number, end: number, name: string): boolean {
  let at = from
  let index = name === '.' ? 1 : 0
  while (at < end) {
    const size = bytes[at++] as number
    if (size === 0) return index >= name.length
    if (size > LONGEST_LABEL || at + size > end) return false
    for (const behind = at + size; at < behind; at++) {
      if (index >= name.length || name.charCodeAt(index) === DOT) return false
      if (lowerCase(characterAt(name, index)) !== lowerCase(bytes[at] as number)) return false
      index += widthAt(name, index)
    }
    if (index < name.length && name.charCodeAt(index++) !== DOT) return false
  }
  return false
}

/** Where the last so many labels of a name without pointers start; -1 if it has fewer. */
export function lastLabels(bytes: Uint8Array, from: number, end: number, count: number): number {
  let tooMany = -count
  for (let at = from; at < end && bytes[at] !== 0; at += 1 + (bytes[at] as number)) tooMany++
  if (tooMany < 0) return -1
  let at = from
  for (; tooMany > 0; tooMany--) at += 1 + (bytes[at] as number)
  return at
}

/** How many labels a name has that is written as text. */
export function countLabels(name: string): number {
  if (name === '' || name === '.') return 0
  let count = 1
  for (let index = 0; index < name.length - 1; index += widthAt(name, index)) {
    if (name.charCodeAt(index) === DOT) count++
  }
  return count
}

/** The byte that a character stands for, also one after a backslash; none for what is not ASCII. */
function characterAt(name: string, index: number): number {
  const width = widthAt(name, index)
  if (width < 4) {
    const code = name.charCodeAt(index + width - 1)
    return code < 0x80 ? code : -1
  }
  return digitAt(name, index + 1) * 100 + digitAt(name, index + 2) * 10 + digitAt(name, index + 3)
}

/** Of how many characters the text for a byte consists. */
function widthAt(name: string, index: number): number {
  if (name.charCodeAt(index) !== BACKSLASH) return 1
  const digit = digitAt(name, index + 1)
  return digit >= 0 && digit <= 9 ? 4 : 2
}

function digitAt(name: string, index: number): number {
  return name.charCodeAt(index) - 0x30
}

function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code
}
