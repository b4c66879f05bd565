// Classic pcap files, read and written whole: enough to compare what went in with what came out.
// https://wiki.wireshark.org/Development/LibpcapFileFormat

import { readFileSync, writeFileSync } from 'node:fs'

export interface Frame {
  bytes: Uint8Array
  /** Since the epoch, in nanoseconds. */
  timestamp: bigint
}

const FILE_HEADER_LENGTH = 24
const RECORD_HEADER_LENGTH = 16
const MICROSECONDS = 0xa1b2c3d4
const NANOSECONDS = 0xa1b23c4d
const LINKTYPE_ETHERNET = 1
const BILLION = 1_000_000_000n

/** Reads every frame of an Ethernet capture, of either byte order and either precision. */
export function readPcap(path: string): Frame[] {
  const file = readFileSync(path)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const { littleEndian, nanosecondsPerUnit } = readMagic(view, path)
  const linkType = view.getUint32(20, littleEndian)
  if (linkType !== LINKTYPE_ETHERNET) throw new Error(`${path}: link type ${linkType} is not Ethernet`)

  const frames: Frame[] = []
  let offset = FILE_HEADER_LENGTH
  while (offset < file.length) {
    const [seconds, fraction, captured, original] = [0, 4, 8, 12].map((field) =>
      view.getUint32(offset + field, littleEndian),
    ) as [number, number, number, number]
    const end = offset + RECORD_HEADER_LENGTH + captured
    if (captured !== original || end > file.length) {
      throw new Error(`${path}: frame ${frames.length + 1} is cut off`)
    }
    frames.push({
      bytes: Uint8Array.from(file.subarray(offset + RECORD_HEADER_LENGTH, end)),
      timestamp: BigInt(seconds) * BILLION + BigInt(fraction * nanosecondsPerUnit),
    })
    offset = end
  }
  return frames
}

function readMagic(view: DataView, path: string) {
  for (const littleEndian of [true, false]) {
    const magic = view.byteLength < FILE_HEADER_LENGTH ? 0 : view.getUint32(0, littleEndian)
    if (magic === MICROSECONDS) return { littleEndian, nanosecondsPerUnit: 1000 }
    if (magic === NANOSECONDS) return { littleEndian, nanosecondsPerUnit: 1 }
  }
  throw new Error(`${path} is not a classic pcap file`)
}

/** Writes frames as an Ethernet capture with nanoseconds. */
export function writePcap(path: string, frames: readonly Frame[]): void {
  const length = frames.reduce(
    (sum, frame) => sum + RECORD_HEADER_LENGTH + frame.bytes.length,
    FILE_HEADER_LENGTH,
  )
  const file = new Uint8Array(length)
  const view = new DataView(file.buffer)
  view.setUint32(0, NANOSECONDS, true)
  view.setUint16(4, 2, true) // version 2.4
  view.setUint16(6, 4, true)
  view.setUint32(16, 65_535, true) // the longest frame that may follow
  view.setUint32(20, LINKTYPE_ETHERNET, true)

  let offset = FILE_HEADER_LENGTH
  for (const { bytes, timestamp } of frames) {
    view.setUint32(offset, Number(timestamp / BILLION), true)
    view.setUint32(offset + 4, Number(timestamp % BILLION), true)
    view.setUint32(offset + 8, bytes.length, true)
    view.setUint32(offset + 12, bytes.length, true)
    file.set(bytes, offset + RECORD_HEADER_LENGTH)
    offset += RECORD_HEADER_LENGTH + bytes.length
  }
  writeFileSync(path, file)
}
