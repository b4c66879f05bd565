/**
 * CRC32c, Castagnoli's polynomial, as SCTP has it. That of Ethernet and zlib is another.
 *
 * @see RFC 9260, appendix A
 */

/** The polynomial, its lowest power first. */
const REFLECTED_POLYNOMIAL = 0x82f63b78

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder >>> 1) ^ ((remainder & 1) === 0 ? 0 : REFLECTED_POLYNOMIAL)
  }
  return remainder
})

export const CRC32C_START = -1

/** Goes on with a remainder over the bytes from `start` to `end`. */
export function crc32cOver(bytes: Uint8Array, start: number, end: number, before = CRC32C_START): number {
  let remainder = before
  for (let at = start; at < end; at++) {
    remainder = (remainder >>> 8) ^ (TABLE[(remainder ^ (bytes[at] as number)) & 0xff] as number)
  }
  return remainder
}

/** Goes on with a remainder over a byte of 0. */
export function crc32cOverZero(before: number): number {
  return (before >>> 8) ^ (TABLE[before & 0xff] as number)
}

/** The checksum of a remainder: its ones' complement. */
export function crc32cOf(remainder: number): number {
  return ~remainder >>> 0
}
