/**
 * What a generator writes into the last bytes of a packet, and a sink finds there: as native/core/probe.h has it.
 *
 * | at | bytes | in network order |
 * | --- | --- | --- |
 * | 0 | 4 | the magic number 0x644e5047 |
 * | 4 | 2 | the stream's number |
 * | 6 | 6 | the packet's sequence number in its stream, from 0 |
 * | 12 | 6 | when it was made: the lowest 48 bits of the sender's TSC; 0 where that was not asked for |
 */

export const PROBE = 18
/** Where what differs from packet to packet begins. */
export const PROBE_SEQUENCE = 6
const MAGIC = 0x644e5047

/** The constant part, and zeros. */
export function encodeProbe(stream: number): Uint8Array {
  const bytes = new Uint8Array(PROBE)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint16(4, stream)
  return bytes
}

/** What is in a packet's last bytes. */
export interface Probe {
  stream: number
  sequence: number
  /** TSC cycles, modulo 2^48; 0 for none. */
  timestamp: number
}

/** Reads the probe of a frame; undefined when it has none. */
export function decodeProbe(frame: Uint8Array): Probe | undefined {
  if (frame.length < PROBE) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset + frame.length - PROBE, PROBE)
  if (view.getUint32(0) !== MAGIC) return undefined
  return {
    stream: view.getUint16(4),
    sequence: view.getUint16(6) * 2 ** 32 + view.getUint32(8),
    timestamp: view.getUint16(12) * 2 ** 32 + view.getUint32(14),
  }
}
