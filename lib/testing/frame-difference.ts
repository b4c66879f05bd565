/** How two frames differ, for people. */

const ROW = 16
/** Equal rows that are shown beside those that differ. */
const CONTEXT = 1

/**
 * How a frame differs from the expected one, row by row, the bytes that differ marked; undefined when it does not.
 *
 * @example
 * ```
 * 60 bytes are expected, and 60 came; 2 differ, the first at 0x0016 (22)
 * 0x0000  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
 * 0x0010  00 14 00 00 00 00 3f 11 8f a2 c0 00 02 01 c6 33  expected
 * 0x0010  00 14 00 00 00 00 40 11 8e a2 c0 00 02 01 c6 33  came
 *                           ^^    ^^
 * 0x0020  64 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00
 * ```
 */
export function frameDifference(actual: Uint8Array, expected: Uint8Array): string | undefined {
  const length = Math.max(actual.length, expected.length)
  const differing = Array.from({ length }, (_, at) => at).filter((at) => actual[at] !== expected[at])
  const [first] = differing
  if (first === undefined) return undefined

  const rows = new Set(differing.map((at) => Math.floor(at / ROW)))
  const shown = Array.from({ length: Math.ceil(length / ROW) }, (_, row) => row).filter((row) =>
    [...Array(2 * CONTEXT + 1).keys()].some((near) => rows.has(row + near - CONTEXT)),
  )
  const place = `0x${offset(first)} (${first})`
  const lines = [
    `${expected.length} bytes are expected, and ${actual.length} came; ${differing.length} differ, the first at ${place}`,
  ]
  shown.forEach((row, index) => {
    if (index > 0 && shown[index - 1] !== row - 1) lines.push('…')
    lines.push(...(rows.has(row) ? differingRow(actual, expected, row) : [line(actual, row, '')]))
  })
  return lines.join('\n')
}

function differingRow(actual: Uint8Array, expected: Uint8Array, row: number): string[] {
  const marks = Array.from({ length: ROW }, (_, column) => {
    const at = row * ROW + column
    return actual[at] === expected[at] ? '  ' : '^^'
  })
  return [
    line(expected, row, 'expected'),
    line(actual, row, 'came'),
    `${' '.repeat(8)}${marks.join(' ')}`.trimEnd(),
  ]
}

function line(frame: Uint8Array, row: number, label: string): string {
  const bytes = Array.from({ length: ROW }, (_, column) => frame[row * ROW + column])
  const text = bytes.map((byte) => (byte === undefined ? '  ' : hex(byte))).join(' ')
  return `0x${offset(row * ROW)}  ${text}  ${label}`.trimEnd()
}

function offset(at: number): string {
  return at.toString(16).padStart(4, '0')
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
