/**
 * Where packets lie: views of one buffer, from its start to its end. A packet is an offset in them, so that looking at it
 * needs no object. The arena is one; a `Frame` has one of its own.
 */
export interface PacketMemory {
  readonly bytes: Uint8Array
  readonly words16: Uint16Array
  readonly words32: Int32Array
}

/** Memory for packets outside of the arena, a multiple of four bytes long. */
export function allocatePacketMemory(length: number): PacketMemory {
  const buffer = new ArrayBuffer((length + 3) & ~3)
  return {
    bytes: new Uint8Array(buffer),
    words16: new Uint16Array(buffer),
    words32: new Int32Array(buffer),
  }
}
