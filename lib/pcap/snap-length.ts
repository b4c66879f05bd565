import type { CaptureSettings } from './encode-options.js'
import type { InterfaceDescription } from './record.js'

/** The longest packet that libpcap and Wireshark read. */
export const MAXIMUM_SNAP_LENGTH = 262_144

/** Bytes to keep of an interface's packets; 0: all. */
export function snapLengthOf(source: InterfaceDescription, settings: CaptureSettings): number {
  if (settings.snapLength === undefined) return source.snapLength ?? MAXIMUM_SNAP_LENGTH
  // The shorter one of those that are limits.
  if (!source.snapLength || !settings.snapLength) return source.snapLength || settings.snapLength
  return Math.min(source.snapLength, settings.snapLength)
}
