/** From a stream's options to the table that an lcore executes. */

import type { NativeStream, NativeTemplate } from '../addon.js'
import type { BuildPart } from '../packet/builders/build.js'
import { fold, sumWords } from '../packet/checksum.js'
import { Frame } from '../packet/frame.js'
import { checkArray, checkBoolean, checkInteger, checkOptions, invalidType, outOfRange } from '../validate.js'
import { type Checksums, coverage, findChecksums, repairChecksums, startOf } from './checksums.js'
import { compileFields, cover, type Fields, type Patch } from './fields.js'
import { encodeProbe, PROBE, PROBE_SEQUENCE } from './probe.js'
import type { Seeds } from './seeds.js'
import { resolveSizes, type SizeOptions } from './sizes.js'
import { checkWeight, orderByWeight } from './weights.js'

export interface StreamOptions {
  /** What all packets are copies of: a frame, its bytes, or layers, as `Frame.build` takes them. */
  frame: Frame | Uint8Array | readonly BuildPart[]
  /** How long they are: payload of zeros is added to the layers. Only with layers. Default: as they are. */
  size?: SizeOptions
  /** Of so many packets of all streams as their weights sum up to, how many are of this stream. Default: 1. */
  weight?: number
  /** Fields that differ from packet to packet. Checksums follow. */
  fields?: Fields
  /** The same for any bytes. */
  patches?: readonly Patch[]
  /**
   * Number the packets and say when they were made, in their last 18 bytes: for a sink, see `Meter`. `stream` is the
   * number that the sink knows them by; default: the stream's index. Without `timestamp`, latency is not measured, and
   * the same seed makes the same bytes. A probe needs room: layers are made longer where it is missing.
   */
  probe?: boolean | { stream?: number; timestamp?: boolean }
}

const OPTION_NAMES = ['frame', 'size', 'weight', 'fields', 'patches', 'probe']
const MOST_CHECKSUMS = 8

export interface CompiledStream {
  native: NativeStream
  weight: number
}

/** @param longest bytes of a frame that fit into a buffer */
export function compileStream(
  name: string,
  options: StreamOptions,
  index: number,
  longest: number,
  seeds: Seeds,
): CompiledStream {
  checkOptions(name, options, OPTION_NAMES)
  const probe = resolveProbe(`${name}.probe`, options.probe, index)
  const sizes = options.size === undefined ? undefined : resolveSizes(`${name}.size`, options.size, longest)
  const frames = (sizes ?? [{ size: undefined }]).map(({ size }) =>
    makeFrame(name, options.frame, size, probe),
  )
  const [first] = frames as [Frame, ...Frame[]]
  if (first.length > longest) {
    throw outOfRange(
      `${name}.frame`,
      `at most ${longest} bytes long, as the port's buffers are`,
      first.length,
    )
  }
  const checksums = findChecksums(first)
  if (checksums.following.length > MOST_CHECKSUMS) {
    throw outOfRange(`${name}.frame`, `with ${MOST_CHECKSUMS} checksums at most`, checksums.following.length)
  }
  const patches = checkArray(`${name}.patches`, options.patches ?? [], (_, patch) => patch as Patch)
  checkOptions(`${name}.fields`, options.fields ?? {}, Object.keys(options.fields ?? {}))
  const shortest = frames.reduce((least, frame) => (frame.length < least.length ? frame : least))
  const pieces = compileFields(name, shortest, options.fields ?? {}, patches, seeds)
  const fields = cover(pieces, checksums)
  const inner = checksums.following.map(({ name: own, offset }, position) => {
    const outer = checksums.following.map((each, other) =>
      other > position ? each : { ...each, covers: [] },
    )
    return coverage({ start: offset, end: offset + 2 }, outer, (checksum) =>
      straddle(`${name}.frame`, own, checksum),
    )
  })
  const native: NativeStream = {
    templates: frames.map((frame) => compileTemplate(name, frame, fields, inner, probe !== undefined)),
    order: orderByWeight(`${name}.size`, sizes?.map(({ weight }) => weight) ?? [1]),
    fields,
    checksums: checksums.following.map(({ offset, zeroIsNone }, position) => ({
      offset,
      zeroIsNone,
      ...(inner[position] as Covered),
    })),
    probe: probe !== undefined,
    timestamps: probe?.timestamp ?? false,
  }
  return { native, weight: checkWeight(`${name}.weight`, options.weight ?? 1) }
}

interface ResolvedProbe {
  stream: number
  timestamp: boolean
}

interface Covered {
  covered: number
  swapped: number
}

function resolveProbe(name: string, probe: StreamOptions['probe'], index: number): ResolvedProbe | undefined {
  if (probe === undefined || probe === false) return undefined
  if (probe === true) return { stream: index, timestamp: true }
  checkOptions(name, probe, ['stream', 'timestamp'])
  return {
    stream: checkInteger(`${name}.stream`, probe.stream ?? index, { minimum: 0, maximum: 65535 }),
    timestamp: checkBoolean(`${name}.timestamp`, probe.timestamp ?? true),
  }
}

function makeFrame(
  name: string,
  content: StreamOptions['frame'],
  size: number | undefined,
  probe: ResolvedProbe | undefined,
): Frame {
  const tail = probe === undefined ? undefined : encodeProbe(probe.stream)
  if (Array.isArray(content)) return buildFrame(name, content, size, tail)
  // A frame of another copy of this library is one too: its bytes are all that counts.
  const bytes = content instanceof Uint8Array ? content : (content as Partial<Frame> | null)?.bytes
  if (!(bytes instanceof Uint8Array)) {
    throw invalidType(`${name}.frame`, 'a Frame, bytes, or an array of layers', content)
  }
  const frame = new Frame(bytes)
  if (size !== undefined) {
    throw invalidType(
      `${name}.size`,
      'left out with a frame that is made already',
      size,
      'Give its layers instead.',
    )
  }
  if (frame.length < 14) throw outOfRange(`${name}.frame`, '14 bytes long at least', frame.length)
  if (tail !== undefined) writeProbe(name, frame, tail)
  return frame
}

/** The layers, and behind them zeros, and the probe. */
function buildFrame(
  name: string,
  parts: readonly BuildPart[],
  size: number | undefined,
  tail: Uint8Array | undefined,
): Frame {
  const bare = Frame.build(...parts)
  const needed = bare.length + (tail?.length ?? 0)
  // A probe that an Ethernet device pads would not be at the end any more.
  const length = size ?? (tail === undefined ? needed : Math.max(needed, 60))
  if (length < needed || (tail !== undefined && length < 60)) {
    const least = tail === undefined ? needed : Math.max(needed, 60)
    throw outOfRange(`${name}.size`, `at least ${least} bytes, which headers, payload and probe need`, size)
  }
  if (length === bare.length) return bare
  const added = new Uint8Array(length - bare.length)
  if (tail !== undefined) added.set(tail, added.length - tail.length)
  return Frame.build(...parts, added)
}

/** In the place of the payload's last bytes. */
function writeProbe(name: string, frame: Frame, tail: Uint8Array): void {
  const at = frame.length - tail.length
  const headers = frame.headers().map((header) => startOf(frame, header) + header.headerLength)
  if (at < Math.max(14, ...headers) || frame.length < 60) {
    throw outOfRange(
      `${name}.frame`,
      `60 bytes long at least, with ${PROBE} bytes of payload for the probe`,
      frame.length,
    )
  }
  const { following } = findChecksums(frame)
  const before = frame.bytes.slice()
  frame.bytes.set(tail, at)
  repairChecksums(frame, following, before)
}

function compileTemplate(
  name: string,
  frame: Frame,
  fields: NativeStream['fields'],
  inner: readonly Covered[],
  hasProbe: boolean,
): NativeTemplate {
  const { bytes } = frame
  const checksums = findChecksums(frame)
  const probe = hasProbe ? coverProbe(name, frame, checksums) : { covered: 0, swapped: 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  // What will be added is taken away here: fields, and checksums of what is within.
  const sums = checksums.following.map(({ offset }, index) => {
    let sum = ~view.getUint16(offset) & 0xffff
    const take = (part: number, { swapped }: Covered) => {
      const words = ((swapped >> index) & 1) === 1 ? ((part & 0xff) << 8) | (part >> 8) : part
      sum = fold(sum + (~words & 0xffff))
    }
    for (const field of fields) {
      if (((field.covered >> index) & 1) === 1) take(fold(sumNumber(bitsIn(view, field))), field)
    }
    inner.forEach((covered, other) => {
      if (((covered.covered >> index) & 1) === 0) return
      take(view.getUint16(checksums.following[other]?.offset as number), covered)
    })
    return sum
  })
  return { bytes, sums, probeCovered: probe.covered, probeSwapped: probe.swapped }
}

function coverProbe(name: string, frame: Frame, { following, fixed }: Checksums): Covered {
  const range = { start: frame.length - PROBE, end: frame.length }
  for (const { covers } of fixed) {
    if (range.start < covers.end) straddle(`${name}.probe`, 'the probe', 'sctp')
  }
  const changing = { start: range.start + PROBE_SEQUENCE, end: range.end }
  return coverage(changing, following, (checksum) => straddle(`${name}.probe`, 'the probe', checksum))
}

/** The field's bits, as a number of its width. */
function bitsIn(view: DataView, { offset, width, mask }: NativeStream['fields'][number]): bigint {
  let number = 0n
  for (let i = 0; i < width; i++) number = (number << 8n) | BigInt(view.getUint8(offset + i))
  return number & mask
}

function sumNumber(number: bigint): number {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, number)
  return sumWords(bytes, 0, 8)
}

function straddle(name: string, what: string, checksum: string): never {
  throw outOfRange(name, `such that ${checksum}'s checksum can follow ${what}`, 'one that it cannot follow')
}
