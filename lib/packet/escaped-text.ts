/**
 * Bytes as text that names every one of them: printable ASCII as it is, a backslash as `\\`, any other byte as `\DDD`, its
 * decimal digits.
 *
 * @see RFC 1035, section 5.1, and RFC 4343, section 2.1
 */

import { invalidValue } from '../validate.js'

const BACKSLASH = 0x5c
const DOT = 0x2e
const SPACE = 0x20

/** Text of the bytes from `start` to `end`. */
export function escapeText(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += escapeByte(bytes[at] as number)
  return text
}

/** The same of a label of a domain name: dots and spaces are escaped too. */
export function escapeLabel(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === DOT) text += '\\.'
    else text += byte === SPACE ? '\\032' : escapeByte(byte)
  }
  return text
}

function escapeByte(byte: number): string {
  if (byte === BACKSLASH) return '\\\\'
  if (byte >= SPACE && byte < 0x7f) return String.fromCharCode(byte)
  return `\\${String(byte).padStart(3, '0')}`
}

/** The bytes of such a text; what is not ASCII becomes UTF-8. A backslash may stand before any other character too. */
export function unescapeText(name: string, text: string): Uint8Array {
  return Uint8Array.from(piecesOf(name, text).flatMap(({ bytes }) => bytes))
}

/** The labels of a domain name in such text, divided by dots without a backslash. */
export function unescapeLabels(name: string, text: string): number[][] {
  const labels: number[][] = [[]]
  for (const { bytes, isEscaped } of piecesOf(name, text)) {
    if (!isEscaped && bytes[0] === DOT) labels.push([])
    else labels.at(-1)?.push(...bytes)
  }
  return labels
}

function piecesOf(name: string, text: string): { bytes: number[]; isEscaped: boolean }[] {
  return (text.match(/\\[0-9]{3}|\\?./gsu) ?? []).map((piece) => {
    const isEscaped = piece.startsWith('\\')
    if (/^\\[0-9]{3}$/.test(piece))
      return { bytes: [checkByte(name, text, Number(piece.slice(1)))], isEscaped }
    if (piece === '\\') throw invalidValue(name, 'text in which something follows each backslash', text)
    return { bytes: [...Buffer.from(isEscaped ? piece.slice(1) : piece)], isEscaped }
  })
}

function checkByte(name: string, text: string, byte: number): number {
  if (byte <= 255) return byte
  throw invalidValue(name, 'text with escaped bytes up to \\255', text)
}
