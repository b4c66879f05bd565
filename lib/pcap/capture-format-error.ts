import { DpdkError } from '../errors.js'

/** What makes a capture unreadable. */
export type CaptureFormatCode =
  /** It begins like no capture that this library reads. */
  | 'ERR_DPDK_CAPTURE_UNKNOWN_FORMAT'
  /** A variant or a version that this library does not read. */
  | 'ERR_DPDK_CAPTURE_UNSUPPORTED'
  /** It ends in the midst of a record. */
  | 'ERR_DPDK_CAPTURE_TRUNCATED'
  /** Something in it is longer, or more, than is allowed; its author may mean harm. */
  | 'ERR_DPDK_CAPTURE_TOO_LARGE'
  /** It contradicts the format, or itself. */
  | 'ERR_DPDK_CAPTURE_MALFORMED'

export interface CaptureFormatDetails {
  code: CaptureFormatCode
  file: string | undefined
  offset: number
  expected: string
  received: string
  hint?: string | undefined
  cause?: unknown
}

/**
 * A capture that cannot be read on.
 *
 * @example
 * ```ts
 * try {
 *   for await (const record of readCapture('crashed.pcapng')) count++
 * } catch (error) {
 *   if (!(error instanceof CaptureFormatError) || error.code !== 'ERR_DPDK_CAPTURE_TRUNCATED') throw error
 *   console.warn(`${error.file} is whole up to byte ${error.offset}`)
 * }
 * ```
 */
export class CaptureFormatError extends DpdkError {
  override readonly name = 'CaptureFormatError'
  declare readonly code: CaptureFormatCode
  /** The file's path, where it is known. */
  readonly file: string | undefined
  /** Where the block or record begins at which reading ended, in bytes; of what gzip packed, unpacked. */
  readonly offset: number
  readonly expected: string
  readonly received: string

  constructor({ file, offset, expected, received, ...details }: CaptureFormatDetails) {
    const place = `${file ?? 'the capture'}, at byte ${offset}`
    super(`${place}: expected ${expected}; found ${received}`, details)
    this.file = file
    this.offset = offset
    this.expected = expected
    this.received = received
  }
}
