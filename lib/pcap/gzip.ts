/** Captures packed by gzip are known by their first two bytes, and unpacked on the way. */

import { pipeline, Readable } from 'node:stream'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import type { CaptureDecoder } from './capture-decoder.js'
import { CaptureFormatError } from './capture-format-error.js'
import type { DecoderSettings } from './format-decoder.js'

const MAGIC = [0x1f, 0x8b]
/** What a small file may unpack to where all of it must be in memory. */
const MAXIMUM_WHOLE = 2 ** 30

/** The chunks of a source, unpacked if they are packed. */
export async function* gunzipped(
  source: AsyncGenerator<Uint8Array, void, undefined>,
  settings: DecoderSettings,
  decoder: CaptureDecoder,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, rest } = await takeHead(source)
  if (!isGzip(head)) {
    yield* rest
    return
  }
  const gunzip = createGunzip(zlibOptions(settings))
  // Errors of the source come out of the loop; and the source is closed with it.
  pipeline(Readable.from(rest), gunzip, () => {})
  try {
    yield* gunzip
  } catch (error) {
    throw explain(error, settings, decoder.offset)
  }
}

/** The bytes, unpacked if they are packed. */
export function gunzipWhole(bytes: Uint8Array, settings: DecoderSettings): Uint8Array {
  if (!isGzip(bytes)) return bytes
  try {
    return gunzipSync(bytes, { ...zlibOptions(settings), maxOutputLength: MAXIMUM_WHOLE })
  } catch (error) {
    throw explain(error, settings, 0)
  }
}

/** At least the two bytes that tell what it is, if there are so many; and everything, from the beginning. */
async function takeHead(source: AsyncGenerator<Uint8Array, void, undefined>) {
  const chunks: Uint8Array[] = []
  let head: number[] = []
  while (head.length < MAGIC.length) {
    const { done, value } = await source.next()
    if (done) break
    chunks.push(value)
    head = head.concat(Array.from(value.subarray(0, MAGIC.length)))
  }
  return { head, rest: joined(chunks, source) }
}

async function* joined(chunks: readonly Uint8Array[], source: AsyncGenerator<Uint8Array, void, undefined>) {
  try {
    yield* chunks
    yield* source
  } finally {
    await source.return()
  }
}

function isGzip(head: ArrayLike<number>): boolean {
  return MAGIC.every((byte, index) => head[index] === byte)
}

/** One that is cut off is an error, or is unpacked as far as it goes. */
function zlibOptions({ truncated }: DecoderSettings) {
  return truncated === 'end' ? { finishFlush: constants.Z_SYNC_FLUSH } : {}
}

function explain(error: unknown, { file }: DecoderSettings, offset: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const message = error instanceof Error ? error.message : ''
  const place = { file, offset, received: message, cause: error }
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return new CaptureFormatError({
      ...place,
      code: 'ERR_DPDK_CAPTURE_TOO_LARGE',
      expected: `at most ${MAXIMUM_WHOLE} bytes when unpacked`,
      hint: 'readCapture reads it: it needs memory for one record only.',
    })
  }
  if (code === 'Z_BUF_ERROR') {
    return new CaptureFormatError({
      ...place,
      code: 'ERR_DPDK_CAPTURE_TRUNCATED',
      expected: 'the rest of what gzip packed',
      hint: "{ truncated: 'end' } reads what is whole.",
    })
  }
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error
  return new CaptureFormatError({
    ...place,
    code: 'ERR_DPDK_CAPTURE_MALFORMED',
    expected: 'what gzip packed',
    hint: 'gunzip -t FILE tells whether it is damaged.',
  })
}
