/** Capture files of tests: classic pcap, read and written whole. https://wiki.wireshark.org/Development/LibpcapFileFormat */

import { readFileSync, writeFileSync } from 'node:fs'
import { DpdkError } from '../errors.js'

const FILE_HEADER = 24
const RECORD_HEADER = 16
const MICROSECONDS = 0xa1b2c3d4
const NANOSECONDS = 0xa1b23c4d
const LINKTYPE_ETHERNET = 1
const LONGEST = 65_535

/** The frames of an Ethernet capture, of either byte order and precision. */
export function readFrames(path: string): Uint8Array[] {
  const file = read(path)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const littleEndian = isLittleEndian(view, path)
  const linkType = view.getUint32(20, littleEndian)
  if (linkType !== LINKTYPE_ETHERNET) throw unreadable(path, `its link type is ${linkType}, not Ethernet (1)`)

  const frames: Uint8Array[] = []
  for (let at = FILE_HEADER; at < file.length; ) {
    const start = at + RECORD_HEADER
    const captured = start > file.length ? Number.POSITIVE_INFINITY : view.getUint32(at + 8, littleEndian)
    const end = start + captured
    if (end > file.length) throw unreadable(path, `it ends within packet ${frames.length + 1}`)
    const original = view.getUint32(at + 12, littleEndian)
    if (captured < original) {
      const cut = `packet ${frames.length + 1} was cut to ${captured} of its ${original} bytes`
      throw unreadable(path, `${cut}; capture whole packets: tcpdump -s 0`)
    }
    frames.push(Uint8Array.from(file.subarray(start, end)))
    at = end
  }
  return frames
}

/** Writes an Ethernet capture; all packets at the time 0. */
export function writeFrames(path: string, frames: readonly Uint8Array[]): void {
  const length = frames.reduce((sum, frame) => sum + RECORD_HEADER + frame.length, FILE_HEADER)
  const file = new Uint8Array(length)
  const view = new DataView(file.buffer)
  view.setUint32(0, MICROSECONDS, true)
  view.setUint16(4, 2, true) // version 2.4
  view.setUint16(6, 4, true)
  view.setUint32(16, LONGEST, true)
  view.setUint32(20, LINKTYPE_ETHERNET, true)
  let at = FILE_HEADER
  for (const frame of frames) {
    view.setUint32(at + 8, frame.length, true)
    view.setUint32(at + 12, frame.length, true)
    file.set(frame, at + RECORD_HEADER)
    at += RECORD_HEADER + frame.length
  }
  writeFileSync(path, file)
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw unreadable(path, (cause as Error).message, cause)
  }
}

function isLittleEndian(view: DataView, path: string): boolean {
  for (const littleEndian of [true, false]) {
    const magic = view.byteLength < FILE_HEADER ? 0 : view.getUint32(0, littleEndian)
    if (magic === MICROSECONDS || magic === NANOSECONDS) return littleEndian
  }
  throw unreadable(path, 'it is not a classic pcap file; editcap -F pcap makes one of most others')
}

function unreadable(path: string, reason: string, cause?: unknown): DpdkError {
  return new DpdkError(`the capture file ${path} cannot be used: ${reason}`, {
    code: 'ERR_DPDK_CAPTURE_FILE',
    hint: 'A relative path is taken from the working directory; fileURLToPath(new URL(…, import.meta.url)) from the test.',
    cause,
  })
}
