/** Recordings, read into memory for an lcore to send. */

import type { NativeReplay } from '../addon.js'
import { DpdkError } from '../errors.js'
import { LinkType } from '../pcap/link-type.js'
import { type CaptureSource, readCapture } from '../pcap/read.js'

export interface ReplaySettings {
  /** How much faster than it was recorded; undefined: without its timing. */
  speed: number | undefined
  loops: number
  /** Of all packets. */
  maximumBytes: number
  /** Of one packet. */
  longest: number
  signal: AbortSignal | undefined
}

const SHORTEST = 14
const NANOSECONDS = 1e9

export async function loadRecording(source: CaptureSource, settings: ReplaySettings): Promise<NativeReplay> {
  const { speed, loops, maximumBytes, longest, signal } = settings
  const bytes = new GrowingBytes()
  const lengths: number[] = []
  const times: number[] = []
  let start: bigint | undefined
  for await (const record of readCapture(source, { signal })) {
    const number = lengths.length + 1
    const { length } = record.bytes
    if (record.linkType !== LinkType.ETHERNET) {
      throw fault(
        'ERR_DPDK_REPLAY_LINK_TYPE',
        `packet ${number} is not an Ethernet frame`,
        'Only these can be sent.',
      )
    }
    if (length < SHORTEST || length > longest) {
      throw fault(
        'ERR_DPDK_REPLAY_LENGTH',
        `packet ${number} has ${length} bytes; a port sends from ${SHORTEST} to ${longest}`,
        'For longer packets give the port a pool with a larger dataRoom.',
      )
    }
    if (bytes.length + length > maximumBytes) {
      throw fault(
        'ERR_DPDK_REPLAY_TOO_LARGE',
        `the recording has more than ${maximumBytes} bytes in its packets, the limit`,
        'It is sent from memory: raise maximumBytes, or cut it with editcap.',
      )
    }
    if (speed !== undefined) times.push(timeOf(record.timestamp, number))
    bytes.append(record.bytes)
    lengths.push(length)
  }
  if (lengths.length === 0) throw fault('ERR_DPDK_REPLAY_EMPTY', 'the recording has no packets')
  return {
    bytes: bytes.take(),
    lengths: Uint32Array.from(lengths),
    times: Float64Array.from(times),
    periodSeconds: period(times),
    loops,
  }

  /** Seconds since the first, and never back. */
  function timeOf(timestamp: bigint | undefined, number: number): number {
    if (timestamp === undefined) {
      throw fault(
        'ERR_DPDK_REPLAY_NO_TIME',
        `packet ${number} has no timestamp`,
        'Give a rate, or speed: Infinity.',
      )
    }
    start ??= timestamp
    const seconds = Number(timestamp - start) / NANOSECONDS / (speed as number)
    return Math.max(seconds, times.at(-1) ?? 0)
  }
}

/** The next loop follows the last packet as packets follow each other on average. */
function period(times: readonly number[]): number {
  const last = times.at(-1) ?? 0
  return times.length < 2 ? last : last + last / (times.length - 1)
}

function fault(code: string, message: string, hint?: string): DpdkError {
  return new DpdkError(message, { code, hint })
}

/** Bytes, in twice the memory when it is full. */
class GrowingBytes {
  #bytes = new Uint8Array(65536)
  length = 0

  append(more: Uint8Array): void {
    if (this.length + more.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + more.length))
      larger.set(this.#bytes.subarray(0, this.length))
      this.#bytes = larger
    }
    this.#bytes.set(more, this.length)
    this.length += more.length
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }
}
