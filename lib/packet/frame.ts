import { type InspectOptions, inspect } from 'node:util'
import { invalidType } from '../validate.js'
import { type BuildPart, build } from './builders/build.js'
import type { Layer } from './builders/layer.js'
import { layersOf } from './builders/parse.js'
import type { Header } from './headers/header.js'
import { hexDump } from './hex-dump.js'
import { Layers } from './layers.js'
import { allocatePacketMemory } from './memory.js'
import { summarize } from './summary.js'

/**
 * A packet in memory of its own: one that was built, read from a capture file, or copied. It has the same headers as a
 * handler's packet, and lives as long as it is used.
 *
 * @example
 * ```ts
 * const query = Frame.build(ethernet(), ipv4({ destination: '192.0.2.53' }), udp(), dns({ questions: [{ name: 'example.org' }] }))
 * query.ipv4?.ttl              // 64
 * port.send(query.bytes)
 * console.log(query.summary())
 * ```
 */
export class Frame extends Layers {
  /** Its bytes, from the destination MAC address to the end of the payload; writing to them changes it. */
  readonly bytes: Uint8Array

  /** @param bytes are copied. */
  constructor(bytes: Uint8Array) {
    if (!(bytes instanceof Uint8Array)) throw invalidType('bytes', 'a Uint8Array', bytes)
    const memory = allocatePacketMemory(bytes.length)
    super(memory)
    this.bytes = memory.bytes.subarray(0, bytes.length)
    this.bytes.set(bytes)
  }

  /**
   * Builds a frame of layers, from the outermost inwards; bytes and text are payload. Fields that are not given get what
   * fits: types, protocols, lengths, checksums.
   *
   * @throws {TypeError | RangeError} for a field that does not fit, named as `ipv4.ttl`
   */
  static build(...parts: BuildPart[]): Frame {
    return new Frame(build(parts))
  }

  get length(): number {
    return this.bytes.length
  }

  protected get frameStart(): number {
    return 0
  }

  protected get frameEnd(): number {
    return this.bytes.length
  }

  protected get frameExtent(): number {
    return this.bytes.length
  }

  /** What it was built of, with every field: `Frame.build(...frame.layers())` has the same headers again. */
  layers(): Layer[] {
    return layersOf(this)
  }

  /** A line as tcpdump's: `IP 192.0.2.1.49152 > 198.51.100.1.53: UDP, length 29`. */
  summary(): string {
    return summarize(this)
  }

  /** Its bytes, sixteen a line, with offsets and text. */
  hexDump(): string {
    return hexDump(this.bytes)
  }

  /** Whether the bytes are the same. */
  equals(other: Frame | Uint8Array): boolean {
    const bytes = other instanceof Frame ? other.bytes : other
    return Buffer.compare(this.bytes, bytes) === 0
  }

  override toString(): string {
    return this.summary()
  }

  toJSON(): Record<string, unknown>[] {
    return this.headers().map((header: Header) => ({ layer: header.name, ...header.toJSON() }))
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { malformed } = this
    const lines = this.headers().map((header) => `  ${inspect(header, options).replaceAll('\n', '\n  ')}`)
    const fault = malformed === undefined ? [] : [`  malformed: ${malformed}`]
    return [`Frame of ${this.length} bytes: ${this.summary()}`, ...lines, ...fault].join('\n')
  }
}
