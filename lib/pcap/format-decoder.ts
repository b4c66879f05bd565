import type { CaptureBlock, CaptureRecord } from './record.js'

export interface DecoderSettings {
  /** For what errors say. */
  readonly file: string | undefined
  /** Bytes of one block or record. */
  readonly maximumBlockLength: number
  readonly truncated: 'error' | 'end'
  readonly onBlock: ((block: CaptureBlock) => void) | undefined
}

/** Reads one format. It is given a block, or a record, at a time; the header of the file counts as one. */
export interface FormatDecoder {
  /** Bytes at the beginning of a block that tell its length, and that every block has. */
  readonly headerLength: number
  /** The length of the block that begins at this offset of the file; more than 0. */
  measure(header: Uint8Array, offset: number): number
  decode(block: Uint8Array, offset: number): CaptureRecord | undefined
}
