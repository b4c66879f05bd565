/** What native/napi/capture.cc exports. Copies of what a queue receives. */

import type { NativeRing } from './program.js'

export interface NativeCaptureOptions {
  /** In pcap's language; undefined for everything. */
  filter: string | undefined
  /** Bytes copied of each packet, at most. The length on the wire is in the metadata's hash field. */
  snapLength: number
  ringSize: number
}

export interface NativeCaptureExports {
  /** Copies of what a queue receives, from now on. One at a time on each queue. */
  captureStart(port: number, queue: number, options: NativeCaptureOptions): Promise<NativeRing>
  /** By the ring's number. Harmless when repeated. */
  captureStop(ring: number): Promise<void>
}
