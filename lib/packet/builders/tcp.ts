import { checkInteger, invalidType, invalidValue, outOfRange } from '../../validate.js'
import { locate } from '../headers/header.js'
import { TCP_FLAGS, TCP_HEADER, type TcpFields, TcpHeader } from '../headers/tcp.js'
import {
  OPTION_MAXIMUM_SEGMENT_SIZE,
  OPTION_NOP,
  OPTION_SACK,
  OPTION_SACK_PERMITTED,
  OPTION_TIMESTAMPS,
  OPTION_WINDOW_SCALE,
  type TcpOption,
  type TcpSackBlock,
} from '../headers/tcp-options.js'
import { PROTOCOL_TCP } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

const FLAG_NAMES = Object.keys(TCP_FLAGS) as (keyof typeof TCP_FLAGS)[]
const KNOWN = [
  ...(['sourcePort', 'destinationPort', 'sequenceNumber', 'acknowledgementNumber', 'reserved'] as const),
  ...FLAG_NAMES,
  ...(['window', 'checksum', 'urgentPointer', 'options'] as const),
]

/** A TCP header, without flags unless they are given. Options are padded to whole words. */
export function tcp(fields: Partial<TcpFields> = {}): Layer {
  const given = new Fields<TcpFields>('tcp', fields, KNOWN)
  const options = given.list('options', encodeOption).flatMap((bytes) => [...bytes])
  const headerLength = TCP_HEADER + ((options.length + 3) & ~3)
  if (options.length > 40) throw outOfRange('tcp.options', '40 bytes long at most', `${options.length} bytes`)
  const flags = FLAG_NAMES.reduce((sum, name) => sum | (given.flag(name) ? TCP_FLAGS[name] : 0), 0)
  return {
    name: 'tcp',
    fields,
    protocol: PROTOCOL_TCP,
    encode({ next }) {
      const header = new Uint8Array(headerLength)
      const view = new DataView(header.buffer)
      view.setUint16(0, given.uint('sourcePort', 16, 49152))
      view.setUint16(2, given.uint('destinationPort', 16, next?.port ?? 9))
      view.setUint32(4, given.uint('sequenceNumber', 32, 0))
      view.setUint32(8, given.uint('acknowledgementNumber', 32, 0))
      view.setUint16(12, ((headerLength >> 2) << 12) | (given.uint('reserved', 3, 0) << 9) | flags)
      view.setUint16(14, given.uint('window', 16, 0xffff))
      view.setUint16(16, given.uint('checksum', 16, 0))
      view.setUint16(18, given.uint('urgentPointer', 16, 0))
      header.set(options, TCP_HEADER)
      return header
    },
    complete(memory, { start, end, network }) {
      if (given.has('checksum') || network < 0) return
      const header = new TcpHeader(memory).behind(network)
      if (header[locate](start, end, end) === undefined) header.updateChecksum()
    },
  }
}

interface OptionShape {
  kind: string | number
  value: number
  shift: number
  echo: number
  hex: string
  padding: string
  blocks: TcpSackBlock[]
}

function encodeOption(name: string, option: unknown): Uint8Array {
  const read = (...known: (keyof OptionShape)[]) =>
    new Fields<OptionShape>(name, option as Partial<OptionShape>, ['kind', ...known])
  const kind = (option as TcpOption | null)?.kind
  switch (kind) {
    case 'nop':
      read()
      return Uint8Array.of(OPTION_NOP)
    case 'end':
      return Uint8Array.of(0, ...read('padding').bytes('padding', 39))
    case 'malformed':
      return read('hex').bytes('hex', 40)
    case 'maximumSegmentSize':
      return Uint8Array.of(
        OPTION_MAXIMUM_SEGMENT_SIZE,
        4,
        ...words(read('value').uint('value', 16, 0)).slice(2),
      )
    case 'windowScale':
      return Uint8Array.of(OPTION_WINDOW_SCALE, 3, read('shift').uint('shift', 8, 0))
    case 'sackPermitted':
      read()
      return Uint8Array.of(OPTION_SACK_PERMITTED, 2)
    case 'timestamps': {
      const given = read('value', 'echo')
      const value = words(given.uint('value', 32, 0), given.uint('echo', 32, 0))
      return Uint8Array.of(OPTION_TIMESTAMPS, 2 + value.length, ...value)
    }
    case 'sack': {
      const blocks = read('blocks').list('blocks', encodeBlock).flat()
      return Uint8Array.of(OPTION_SACK, 2 + blocks.length, ...blocks)
    }
    default:
      return encodeUnnamed(name, kind, read)
  }
}

function encodeBlock(name: string, block: unknown): number[] {
  const given = new Fields<TcpSackBlock>(name, block as TcpSackBlock, ['left', 'right'])
  return words(given.uint('left', 32, 0), given.uint('right', 32, 0))
}

function encodeUnnamed(name: string, kind: unknown, read: (field: 'hex') => Fields<OptionShape>): Uint8Array {
  const expected = "an option's name, or a number from 2 to 255"
  if (typeof kind === 'string') throw invalidValue(`${name}.kind`, expected, kind)
  const given = read('hex')
  if (typeof kind !== 'number') throw invalidType(`${name}.kind`, expected, kind)
  const number = checkInteger(`${name}.kind`, kind, { minimum: 2, maximum: 255 })
  const value = given.bytes('hex', 38)
  return Uint8Array.of(number, 2 + value.length, ...value)
}

/** The bytes of 32-bit numbers in network order. */
function words(...values: number[]): number[] {
  return values.flatMap((value) =>
    [value >>> 24, value >>> 16, value >>> 8, value].map((byte) => byte & 0xff),
  )
}
