// Frames whose surroundings are known: what a header reads outside of its packet shows.

import fc from 'fast-check'
import { expect } from 'vitest'
import { Header } from '../../lib/packet/headers/header.js'
import { Layers } from '../../lib/packet/layers.js'
import { allocatePacketMemory } from '../../lib/packet/memory.js'
import { summarize } from '../../lib/packet/summary.js'

const MARGIN = 256

/** A frame in the middle of memory that is full of one byte. */
class SurroundedFrame extends Layers {
  readonly memory
  readonly #length

  constructor(bytes: Uint8Array, filler: number) {
    const memory = allocatePacketMemory(MARGIN + bytes.length + MARGIN)
    super(memory)
    this.memory = memory.bytes.fill(filler)
    this.memory.set(bytes, MARGIN)
    this.#length = bytes.length
  }

  protected get frameStart(): number {
    return MARGIN
  }

  protected get frameEnd(): number {
    return MARGIN + this.#length
  }

  protected get frameExtent(): number {
    return this.frameEnd
  }
}

/** Holds that nothing a frame's headers say depends on bytes outside of it, and that saying it throws nothing. */
export function expectBounded(bytes: Uint8Array): void {
  const [first, ...others] = [0x00, 0x01, 0xff].map((filler) =>
    everything(new SurroundedFrame(bytes, filler)),
  )
  for (const other of others) expect(other).toEqual(first)
}

/** The same for all that a frame becomes when it is cut off, or when some of its bytes change. */
export function expectBoundedHowever(frames: readonly Uint8Array[]): void {
  for (const frame of frames) {
    for (let length = 0; length <= frame.length; length++) {
      expectBounded(frame.subarray(0, length))
      expectBounded(shortened(frame, length))
    }
  }
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0xff))
  const changes = fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...frames), changes, fc.nat(), (frame, replaced, cut) => {
      const changed = Uint8Array.from(frame)
      for (const [at, value] of replaced) changed[at % frame.length] = value
      expectBounded(cut % 2 === 0 ? changed : shortened(changed, cut % frame.length))
    }),
    { numRuns: 1000 },
  )
}

/** A frame cut off where IP says that it ends: what is behind IP is too short, and IP is not. */
function shortened(frame: Uint8Array, length: number): Uint8Array {
  const cut = Uint8Array.from(frame.subarray(0, length))
  const view = new DataView(cut.buffer)
  const etherType = length < 14 ? 0 : view.getUint16(12)
  if (etherType === 0x0800 && length >= 14 + 20) view.setUint16(16, length - 14)
  if (etherType === 0x86dd && length >= 14 + 40) view.setUint16(18, length - 14 - 40)
  return cut
}

/** All that can be asked of a frame, as plain values. */
function everything(frame: Layers): unknown {
  const headers = frame.headers().map((header) => ({
    ...gettersOf(header),
    json: header.toJSON(),
    text: String(header),
    ...('hasValidChecksum' in header && { valid: (header.hasValidChecksum as () => boolean)() }),
  }))
  return { ...gettersOf(frame), headers, summary: summarize(frame) }
}

function gettersOf(object: object): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (
    let type = Object.getPrototypeOf(object);
    type !== Object.prototype;
    type = Object.getPrototypeOf(type)
  ) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
      // Where the packet lies is not what it says.
      if (get === undefined || name.startsWith('frame')) continue
      const value = get.call(object)
      values[name] = value instanceof Header ? value.toJSON() : plain(value)
    }
  }
  return values
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
