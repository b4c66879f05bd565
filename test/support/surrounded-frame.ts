// Frames whose surroundings are known: what a header reads outside of its packet shows.

import fc from 'fast-check'
import { expect } from 'vitest'
import { observe, SurroundedPacket } from './packets/observe.js'

/** Holds that nothing a frame's headers say depends on bytes outside of it, and that saying it throws nothing. */
export function expectBounded(bytes: Uint8Array): void {
  const [first, ...others] = [0x00, 0x01, 0xff].map((filler) => observe(new SurroundedPacket(bytes, filler)))
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
