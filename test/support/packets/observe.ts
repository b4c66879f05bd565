// Everything that can be read of a packet, as plain values: to see that two packets look the same, and that nothing of
// it comes from outside of the packet.

import { inspect, isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import { Header } from '../../../lib/packet/headers/header.js'
import { Layers } from '../../../lib/packet/layers.js'
import { allocatePacketMemory } from '../../../lib/packet/memory.js'
import { summarize } from '../../../lib/packet/summary.js'

/** A packet amid other bytes, as packets lie in the arena. */
export class SurroundedPacket extends Layers {
  readonly #start: number
  readonly #end: number

  /** @param fill the bytes around it */
  constructor(bytes: Uint8Array, fill: number, start = 64) {
    const memory = allocatePacketMemory(start + bytes.length + 64)
    super(memory)
    memory.bytes.fill(fill)
    memory.bytes.set(bytes, start)
    this.#start = start
    this.#end = start + bytes.length
  }

  protected get frameStart(): number {
    return this.#start
  }

  protected get frameEnd(): number {
    return this.#end
  }

  protected get frameExtent(): number {
    return this.#end
  }

  /** The bytes around it. */
  get surroundings(): Uint8Array {
    const { bytes } = this.memory
    return Uint8Array.from([...bytes.subarray(0, this.#start), ...bytes.subarray(this.#end)])
  }
}

/** All getters of the packet and of its headers, and what they say in text. */
export function observe(packet: Layers): object {
  return {
    malformed: packet.malformed,
    summary: summarize(packet),
    getters: readGetters(packet),
    headers: packet.headers().map(observeHeader),
  }
}

function observeHeader(header: Header): object {
  return {
    ...readGetters(header),
    json: header.toJSON(),
    text: String(header),
    inspected: inspect(header),
    ...('hasValidChecksum' in header && { isValid: (header.hasValidChecksum as () => boolean)() }),
  }
}

function readGetters(object: object): Record<string, unknown> {
  const names = accessors(object).flatMap(([name, { get }]) => (get === undefined ? [] : [name]))
  return Object.fromEntries(names.map((name) => [name, plain(object[name as keyof typeof object])]))
}

/** Other headers and packets are observed themselves: of them, only that they are there. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Header || value instanceof Layers) return value.constructor.name
  return value
}

/** Those of all its classes. */
export function accessors(object: object): [string, PropertyDescriptor][] {
  const found: [string, PropertyDescriptor][] = []
  let prototype = Object.getPrototypeOf(object)
  while (prototype !== Object.prototype) {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    // What is of the test or says where the packet lies, is not of the packet.
    const skipped = ['surroundings', 'walker', 'frameStart', 'frameEnd', 'frameExtent']
    found.push(...descriptors.filter(([name, { get, set }]) => (get ?? set) && !skipped.includes(name)))
    prototype = Object.getPrototypeOf(prototype)
  }
  return found
}

/** Looks at the bytes amid others, of three kinds. What differs came from outside of the packet; and nothing may throw. */
export function expectBounded(
  bytes: Uint8Array,
  start?: number,
  more: (header: Header) => unknown = () => undefined,
): void {
  const [first, ...others] = [0x00, 0xff, 0x01].map((fill) => {
    const packet = new SurroundedPacket(bytes, fill, start)
    return { ...observe(packet), more: packet.headers().map(more) }
  })
  // The comparison that explains itself takes long: only of those that differ.
  for (const other of others) if (!isDeepStrictEqual(other, first)) expect(other).toEqual(first)
}

/** The same of all that frames become when they are cut off, or when some of their bytes are others. */
export function expectBoundedHowever(
  frames: readonly Uint8Array[],
  more?: (header: Header) => unknown,
): void {
  for (const frame of frames) {
    for (let length = 0; length <= frame.length; length++) {
      expectBounded(frame.subarray(0, length), undefined, more)
      expectBounded(shortened(frame, length), undefined, more)
    }
  }
  const changes = fc.array(fc.tuple(fc.nat(), oddBytes), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...frames), changes, fc.nat(), (frame, list, cut) => {
      const bytes = changed(frame, list)
      expectBounded(cut % 2 === 0 ? bytes : shortened(bytes, cut % frame.length), undefined, more)
    }),
    { numRuns: 300 },
  )
}

/** The ends of their ranges come up often: no length, and the longest. */
export const oddBytes = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 4, 255))

/** A copy with other bytes at some places, which may be behind its end: then they count from the front again. */
export function changed(bytes: Uint8Array, list: readonly [number, number][]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (const [at, value] of list) copy[at % copy.length] = value
  return copy
}

/** A frame cut off where IP and UDP say that it ends: what is behind them is too short, and they are not. */
function shortened(frame: Uint8Array, length: number): Uint8Array {
  const cut = Uint8Array.from(frame.subarray(0, length))
  const view = new DataView(cut.buffer)
  const etherType = length < 14 ? 0 : view.getUint16(12)
  if (etherType === 0x0800 && length >= 14 + 20) view.setUint16(16, length - 14)
  if (etherType === 0x0800 && length >= 14 + 20 + 8 && cut[23] === 17) view.setUint16(38, length - 14 - 20)
  if (etherType === 0x86dd && length >= 14 + 40) view.setUint16(18, length - 14 - 40)
  return cut
}
