/** What tests feed: frames, or a capture file that has them. */

import { fileURLToPath } from 'node:url'
import { SHORTEST_FRAME } from '../packet/owned-packet.js'
import { invalidType, outOfRange } from '../validate.js'
import { readFrames } from './capture-file.js'

/** A frame from the destination MAC address to the end of the payload, or something that has its bytes. */
export type FrameLike = Uint8Array | { readonly bytes: Uint8Array }

/** Frames in their order, or the path or URL of an Ethernet capture file (pcap). */
export type Packets = string | URL | FrameLike | Iterable<FrameLike>

/** The longest that the device reads and writes whole, `RTE_ETH_PCAP_SNAPLEN`. */
const LONGEST_FRAME = 9728

/** @throws {DpdkError | TypeError | RangeError} for a file that cannot be read, and frames that are none. */
export function framesOf(name: string, packets: unknown): Uint8Array[] {
  if (typeof packets === 'string' || packets instanceof URL) {
    const path = packets instanceof URL ? fileURLToPath(packets) : packets
    return readFrames(path).map((frame, index) => checkLength(`packet ${index + 1} of ${path}`, frame))
  }
  if (bytesOf(packets) !== undefined) return [checkFrame(name, packets)]
  if (typeof (packets as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== 'function') {
    throw invalidType(name, 'frames (Uint8Array), or the path of a capture file', packets)
  }
  return Array.from(packets as Iterable<unknown>, (frame, index) => checkFrame(`${name}[${index}]`, frame))
}

/** The bytes of a frame; undefined for anything else. */
export function bytesOf(frame: unknown): Uint8Array | undefined {
  if (frame instanceof Uint8Array) return frame
  const bytes = (frame as { bytes?: unknown } | null | undefined)?.bytes
  return bytes instanceof Uint8Array ? bytes : undefined
}

function checkFrame(name: string, frame: unknown): Uint8Array {
  const bytes = bytesOf(frame)
  if (bytes === undefined) throw invalidType(name, 'a frame (Uint8Array)', frame)
  return checkLength(name, bytes)
}

function checkLength(name: string, frame: Uint8Array): Uint8Array {
  if (frame.length >= SHORTEST_FRAME && frame.length <= LONGEST_FRAME) return frame
  throw outOfRange(`the length of ${name}`, `${SHORTEST_FRAME} to ${LONGEST_FRAME} bytes`, frame.length)
}
