import type { CaptureItem } from './record.js'

/** Writes one format. Where it throws about an item, it is as if it had not been given it. */
export interface FormatEncoder {
  /** What stands before the first item, as far as it is known by then. */
  start(): Uint8Array
  encode(item: CaptureItem): Uint8Array
  /** What stands behind the last item. */
  finish(): Uint8Array
}
