/** Writing captures: to a file or stream as packets come, in a pipeline, and as a whole. */

import { once } from 'node:events'
import { createWriteStream, writeFileSync } from 'node:fs'
import { Transform, type TransformCallback, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { concatenate } from '../concatenate.js'
import { DpdkError } from '../errors.js'
import { invalidType } from '../validate.js'
import { type EncodeCaptureOptions, makeEncoder } from './encode-options.js'
import type { FormatEncoder } from './format-encoder.js'
import type { CaptureItem } from './record.js'

/**
 * The bytes of a capture.
 *
 * @example
 * ```ts
 * const bytes = encodeCapture(frames.map((bytes) => ({ bytes, timestamp: 0n })), { format: 'pcap' })
 * ```
 */
export function encodeCapture(items: Iterable<CaptureItem>, options: EncodeCaptureOptions = {}): Uint8Array {
  const encoder = makeEncoder(options)
  if (typeof items !== 'object' || items === null || !(Symbol.iterator in items)) {
    throw invalidType('items', 'an iterable of records', items, 'Asynchronous ones are for CaptureWriter.')
  }
  const parts = [encoder.start()]
  for (const item of items) parts.push(encoder.encode(item))
  parts.push(encoder.finish())
  return concatenate(parts)
}

/**
 * Writes a whole capture file, and replaces one that is there.
 *
 * @example
 * ```ts
 * writeCaptureFile('copy.pcapng', readCaptureFile('office.pcap'), { comments: ['the office on a quiet day'] })
 * ```
 */
export function writeCaptureFile(
  path: string | URL,
  items: Iterable<CaptureItem>,
  options: EncodeCaptureOptions = {},
): void {
  writeFileSync(path, encodeCapture(items, options))
}

/**
 * Makes bytes of records, in a pipeline. An item that is refused destroys it, as is the way of streams.
 *
 * @example
 * ```ts
 * await pipeline(readCapture('big.pcap'), new CaptureEncoder(), createGzip(), createWriteStream('big.pcapng.gz'))
 * ```
 */
export class CaptureEncoder extends Transform {
  readonly #encoder: FormatEncoder

  constructor(options: EncodeCaptureOptions = {}) {
    super({ writableObjectMode: true })
    this.#encoder = makeEncoder(options)
    this.push(this.#encoder.start())
  }

  override _transform(item: CaptureItem, _encoding: BufferEncoding, callback: TransformCallback): void {
    let bytes: Uint8Array
    try {
      bytes = this.#encoder.encode(item)
    } catch (error) {
      callback(error as Error)
      return
    }
    callback(null, bytes)
  }

  override _flush(callback: TransformCallback): void {
    callback(null, this.#encoder.finish())
  }
}

/**
 * Writes a capture as packets come.
 *
 * @example
 * ```ts
 * await using writer = await CaptureWriter.open('uplink.pcapng', { comments: ['before the change'] })
 * const uplink = { name: 'uplink', macAddress: port.macAddress }
 * for await (const { bytes, length, timestamp } of port.rx.capture({ signal })) {
 *   const nanoseconds = BigInt(Math.round(timestamp * 1000)) * 1000n
 *   await writer.write({ bytes, originalLength: length, timestamp: nanoseconds, interface: uplink })
 * }
 * ```
 */
export class CaptureWriter implements AsyncDisposable {
  readonly #stream: Writable
  readonly #encoder: FormatEncoder
  readonly #finished: Promise<void>
  #drained: Promise<void> | undefined
  #closing: Promise<void> | undefined
  /** Somebody has been told that the stream failed. */
  #isReported = false

  /**
   * Opens a file, or begins to write into a stream. What is known by then is written at once.
   *
   * @param target A path, whose file is replaced; or a stream, which ends with the writer.
   */
  static async open(
    target: string | URL | Writable,
    options: EncodeCaptureOptions = {},
  ): Promise<CaptureWriter> {
    const encoder = makeEncoder(options)
    if (target instanceof Writable) return new CaptureWriter(target, encoder)
    if (typeof target !== 'string' && !(target instanceof URL)) {
      throw invalidType('target', 'a path or a stream.Writable', target)
    }
    const file = createWriteStream(target)
    await once(file, 'open')
    return new CaptureWriter(file, encoder)
  }

  private constructor(stream: Writable, encoder: FormatEncoder) {
    this.#stream = stream
    this.#encoder = encoder
    this.#finished = finished(stream, { readable: false })
    // Whoever writes or closes is told; who does not, is not to lose the process.
    this.#finished.catch(() => {})
    stream.write(encoder.start())
  }

  /**
   * Writes a packet, or statistics. Resolves as soon as there is room for another one; who does not wait for that,
   * makes it wait in memory. An item that is refused leaves the writer as it was.
   */
  async write(item: CaptureItem): Promise<void> {
    if (this.#closing !== undefined) {
      throw new DpdkError('the capture is closed', { code: 'ERR_DPDK_CAPTURE_CLOSED' })
    }
    const bytes = this.#encoder.encode(item)
    if (this.#stream.destroyed) throw await this.#failure()
    if (this.#stream.write(bytes)) return
    this.#drained ??= drainedOrClosed(this.#stream).finally(() => {
      this.#drained = undefined
    })
    await this.#drained
    if (this.#stream.destroyed && !this.#stream.writableFinished) throw await this.#failure()
  }

  /** Writes what is missing, and waits until all of it is out. Harmless when repeated. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** As `close`, but what `write` has failed with already is not thrown again. */
  async [Symbol.asyncDispose](): Promise<void> {
    const isReported = this.#isReported
    await this.close().catch((error) => {
      if (!isReported) throw error
    })
  }

  async #close(): Promise<void> {
    if (!this.#stream.destroyed) this.#stream.end(this.#encoder.finish())
    await this.#finished
  }

  async #failure(): Promise<unknown> {
    this.#isReported = true
    return this.#finished.then(
      () => new DpdkError('the stream ended before the capture', { code: 'ERR_DPDK_CAPTURE_CLOSED' }),
      (error: unknown) => error,
    )
  }
}

/** A stream that is closed meanwhile, for whatever reason, will not say that it is drained. */
function drainedOrClosed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle)
      resolve()
    }
    stream.on('drain', settle).on('close', settle)
  })
}
