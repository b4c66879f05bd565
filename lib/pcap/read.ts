/** Reading captures, as streams and as a whole. */

import { createReadStream, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkString,
  invalidType,
} from '../validate.js'
import { abortable } from './abortable.js'
import { CaptureDecoder } from './capture-decoder.js'
import type { DecoderSettings } from './format-decoder.js'
import { gunzipped, gunzipWhole } from './gzip.js'
import type { CaptureBlock, CaptureRecord } from './record.js'

/** A path, or the bytes of a capture: all of them, or in chunks, as any stream of Node or of the web has them. */
export type CaptureSource = string | URL | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export interface DecodeCaptureOptions {
  /**
   * What happens if the last record is not whole, as after a crash of what wrote it: an error with the code
   * `ERR_DPDK_CAPTURE_TRUNCATED`, or just the end. Default: `error`.
   */
  truncated?: 'error' | 'end'
  /** Bytes that a block or record may have, at most; a longer one is refused. Default: 16777216. */
  maximumBlockLength?: number
  /**
   * Called with everything that is no packet, in its place between the records: sections, interfaces, statistics,
   * and blocks of other types as they are. Without it, statistics and other blocks are skipped.
   */
  onBlock?: (block: CaptureBlock) => void
}

export interface ReadCaptureOptions extends DecodeCaptureOptions {
  /** Ends it: the loop throws the signal's reason. */
  signal?: AbortSignal | undefined
}

const DECODE_OPTIONS = ['truncated', 'maximumBlockLength', 'onBlock']
const EXPECTED_SOURCE = 'a path, bytes, or an iterable of chunks of bytes'

/**
 * Reads a capture, pcap or pcapng of either byte order, also packed by gzip, a record at a time. Nothing is read ahead
 * but the chunk in which a record ends, so memory does not depend on the capture's length.
 *
 * The source is closed with the loop. It may also stand in a pipeline:
 * `pipeline(process.stdin, readCapture, new CaptureEncoder(), process.stdout)`.
 *
 * @throws {CaptureFormatError} in the loop, where the capture cannot be read on.
 *
 * @example
 * ```ts
 * for await (const { timestamp, bytes, interface: { name } } of readCapture('office.pcapng')) {
 *   console.log(timestamp, name, bytes.length)
 * }
 * ```
 */
export function readCapture(
  source: CaptureSource,
  options: ReadCaptureOptions = {},
): AsyncGenerator<CaptureRecord, void, undefined> {
  checkOptions('options', options, [...DECODE_OPTIONS, 'signal'])
  const { signal, ...decodeOptions } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidType('options.signal', 'an AbortSignal', signal)
  }
  return readRecords(checkSource(source), resolveDecodeOptions(decodeOptions, pathOf(source)), signal)
}

/**
 * Reads a whole capture file: every record, in one array. For tests and small captures; `readCapture` needs less
 * memory. A gzip file may unpack to 1 GiB.
 *
 * @throws {CaptureFormatError} if the capture cannot be read to its end.
 *
 * @example
 * ```ts
 * const frames = readCaptureFile('expected.pcap').map(({ bytes }) => bytes)
 * ```
 */
export function readCaptureFile(path: string | URL, options: DecodeCaptureOptions = {}): CaptureRecord[] {
  const name = path instanceof URL ? fileURLToPath(path) : checkString('path', path)
  const settings = resolveDecodeOptions(options, name)
  return decodeWhole(readFileSync(name), settings)
}

/** The same, of bytes. */
export function decodeCapture(bytes: Uint8Array, options: DecodeCaptureOptions = {}): CaptureRecord[] {
  if (!(bytes instanceof Uint8Array)) throw invalidType('bytes', 'a Uint8Array', bytes)
  return decodeWhole(bytes, resolveDecodeOptions(options, undefined))
}

function decodeWhole(bytes: Uint8Array, settings: DecoderSettings): CaptureRecord[] {
  const decoder = new CaptureDecoder(settings)
  const records = [...decoder.push(gunzipWhole(bytes, settings))]
  decoder.end()
  return records
}

async function* readRecords(
  source: CaptureSource,
  settings: DecoderSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<CaptureRecord, void, undefined> {
  const decoder = new CaptureDecoder(settings)
  for await (const chunk of gunzipped(chunksOf(source, signal), settings, decoder)) {
    for (const record of decoder.push(chunk)) {
      yield record
      signal?.throwIfAborted()
    }
  }
  decoder.end()
}

async function* chunksOf(
  source: CaptureSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of abortable(open(source), signal)) {
    if (!(chunk instanceof Uint8Array)) throw invalidType('a chunk of the source', 'a Uint8Array', chunk)
    yield chunk
  }
}

function open(source: CaptureSource): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof source === 'string' || source instanceof URL) return createReadStream(source)
  return source instanceof Uint8Array ? [source] : source
}

function checkSource(source: CaptureSource): CaptureSource {
  if (typeof source === 'string') return checkString('source', source, EXPECTED_SOURCE)
  const isIterable = typeof source === 'object' && source !== null
  if (isIterable && (Symbol.asyncIterator in source || Symbol.iterator in source)) return source
  if (source instanceof URL) return source
  throw invalidType('source', EXPECTED_SOURCE, source)
}

/** For errors. A stream of a file has its path. */
function pathOf(source: CaptureSource): string | undefined {
  if (typeof source === 'string') return source
  if (source instanceof URL) return fileURLToPath(source)
  const { path } = source as { path?: unknown }
  return typeof path === 'string' ? path : undefined
}

function resolveDecodeOptions(options: DecodeCaptureOptions, file: string | undefined): DecoderSettings {
  checkOptions('options', options, DECODE_OPTIONS)
  const { truncated = 'error', maximumBlockLength = 2 ** 24, onBlock } = options
  return {
    file,
    truncated: checkOneOf('options.truncated', truncated, ['error', 'end']),
    maximumBlockLength: checkInteger('options.maximumBlockLength', maximumBlockLength, {
      minimum: 1024,
      maximum: 2 ** 30,
      unit: 'bytes',
    }),
    onBlock: onBlock === undefined ? undefined : checkFunction('options.onBlock', onBlock),
  }
}
