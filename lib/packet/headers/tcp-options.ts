/** The options of a TCP header: read without an object, or as a list. */

export const OPTION_END = 0
export const OPTION_NOP = 1
export const OPTION_MAXIMUM_SEGMENT_SIZE = 2
export const OPTION_WINDOW_SCALE = 3
export const OPTION_SACK_PERMITTED = 4
export const OPTION_SACK = 5
export const OPTION_TIMESTAMPS = 8

/** Bytes that were received out of order: from `left` up to, not including, `right`. */
export interface TcpSackBlock {
  left: number
  right: number
}

/**
 * An option. Those without a name here (fast open 34, user timeout 28, MD5 19, authentication 29…), and named ones of
 * another length than theirs, have their number and what follows the length.
 *
 * @see RFC 9293, section 3.2; RFC 7323 (window scale, timestamps); RFC 2018 (SACK)
 */
export type TcpOption =
  | { kind: 'nop' }
  | { kind: 'maximumSegmentSize'; value: number }
  /** Windows are to be shifted to the left by so many bits. */
  | { kind: 'windowScale'; shift: number }
  | { kind: 'sackPermitted' }
  | { kind: 'sack'; blocks: TcpSackBlock[] }
  | { kind: 'timestamps'; value: number; echo: number }
  | { kind: number; hex: string }
  /** The end of the list. What is behind it, where it is more than zeros up to the next whole word. */
  | { kind: 'end'; padding?: string }
  /** What is no option: the list breaks off here. */
  | { kind: 'malformed'; hex: string }

/** Where the option of this kind and length starts, between `at` and `end`; -1 if there is none. */
export function findTcpOption(
  bytes: Uint8Array,
  from: number,
  end: number,
  kind: number,
  length: number,
): number {
  let at = from
  while (at < end) {
    const found = bytes[at] as number
    if (found === OPTION_END) return -1
    if (found === OPTION_NOP) {
      at++
      continue
    }
    const size = sizeAt(bytes, at, end)
    if (size === 0) return -1
    if (found === kind && size === length) return at
    at += size
  }
  return -1
}

export function readTcpOptions(bytes: Uint8Array, from: number, end: number): TcpOption[] {
  const options: TcpOption[] = []
  let at = from
  while (at < end) {
    const kind = bytes[at] as number
    if (kind === OPTION_END) return [...options, readEnd(bytes.subarray(at + 1, end))]
    if (kind === OPTION_NOP) {
      options.push({ kind: 'nop' })
      at++
      continue
    }
    const size = sizeAt(bytes, at, end)
    if (size === 0) return [...options, { kind: 'malformed', hex: hex(bytes.subarray(at, end)) }]
    options.push(readOption(kind, bytes.subarray(at + 2, at + size)))
    at += size
  }
  return options
}

/** As tcpdump says it. */
export function formatTcpOption(option: TcpOption): string {
  switch (option.kind) {
    case 'nop':
      return 'nop'
    case 'end':
      return 'eol'
    case 'maximumSegmentSize':
      return `mss ${option.value}`
    case 'windowScale':
      return `wscale ${option.shift}`
    case 'sackPermitted':
      return 'sackOK'
    case 'sack':
      return `sack ${option.blocks.length} ${option.blocks.map(({ left, right }) => `{${left}:${right}}`).join('')}`
    case 'timestamps':
      return `TS val ${option.value} ecr ${option.echo}`
    case 'malformed':
      return 'malformed'
    default:
      return `unknown-${option.kind}${option.hex === '' ? '' : ` 0x${option.hex}`}`
  }
}

/** Bytes of the option that starts at `at`, or 0 if it says less than two or more than there are. */
function sizeAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return 0
  const size = bytes[at + 1] as number
  return size < 2 || at + size > end ? 0 : size
}

function readOption(kind: number, value: Uint8Array): TcpOption {
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  const { length } = value
  if (kind === OPTION_MAXIMUM_SEGMENT_SIZE && length === 2) {
    return { kind: 'maximumSegmentSize', value: view.getUint16(0) }
  }
  if (kind === OPTION_WINDOW_SCALE && length === 1) return { kind: 'windowScale', shift: view.getUint8(0) }
  if (kind === OPTION_SACK_PERMITTED && length === 0) return { kind: 'sackPermitted' }
  if (kind === OPTION_SACK && length > 0 && length % 8 === 0) {
    return { kind: 'sack', blocks: readSackBlocks(view) }
  }
  if (kind === OPTION_TIMESTAMPS && length === 8) {
    return { kind: 'timestamps', value: view.getUint32(0), echo: view.getUint32(4) }
  }
  return { kind, hex: hex(value) }
}

function readSackBlocks(view: DataView): TcpSackBlock[] {
  return Array.from({ length: view.byteLength / 8 }, (_, index) => ({
    left: view.getUint32(index * 8),
    right: view.getUint32(index * 8 + 4),
  }))
}

/** The padding is left out where the builder would put the same. */
function readEnd(padding: Uint8Array): TcpOption {
  const isUsual = padding.length < 4 && padding.every((byte) => byte === 0)
  return isUsual ? { kind: 'end' } : { kind: 'end', padding: hex(padding) }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
