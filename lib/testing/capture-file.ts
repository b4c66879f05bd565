/** Capture files of tests: every frame, whole. */

import { DpdkError } from '../errors.js'
import { CaptureFormatError, type CaptureRecord, readCaptureFile, writeCaptureFile } from '../pcap/index.js'
import { LinkType } from '../pcap/link-type.js'

/** The frames of an Ethernet capture, pcap or pcapng. @throws {DpdkError} for any other file, named in the message. */
export function readFrames(path: string): Uint8Array[] {
  return read(path).map(({ bytes, linkType, originalLength }, index) => {
    if (linkType !== LinkType.ETHERNET)
      throw unreadable(path, `its link type is ${linkType}, not Ethernet (1)`)
    if (bytes.length === originalLength) return bytes
    const cut = `packet ${index + 1} was cut to ${bytes.length} of its ${originalLength} bytes`
    throw unreadable(path, `${cut}; capture whole packets: tcpdump -s 0`)
  })
}

/** Writes an Ethernet capture as net_pcap reads it; all packets at the time 0. */
export function writeFrames(path: string, frames: readonly Uint8Array[]): void {
  const records = frames.map((bytes) => ({ bytes, timestamp: 0n }))
  writeCaptureFile(path, records, { format: 'pcap' })
}

function read(path: string): CaptureRecord[] {
  try {
    return readCaptureFile(path)
  } catch (cause) {
    if (cause instanceof CaptureFormatError) throw cause
    throw unreadable(path, (cause as Error).message, cause)
  }
}

function unreadable(path: string, reason: string, cause: unknown = undefined): DpdkError {
  return new DpdkError(`the capture file ${path} cannot be used: ${reason}`, {
    code: 'ERR_DPDK_CAPTURE_FILE',
    hint: 'A relative path is taken from the working directory; fileURLToPath(new URL(…, import.meta.url)) from the test.',
    cause,
  })
}
