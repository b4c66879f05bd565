/**
 * The Internet checksum: the ones' complement of the ones' complement sum of 16-bit words.
 *
 * @see RFC 1071, and RFC 1624 for changing it without computing it anew
 */

import { finalDestinationAt } from './extension-walk.js'
import { PROTOCOL_ICMPV6, PROTOCOL_MOBILITY, PROTOCOL_TCP, PROTOCOL_UDP } from './protocol-numbers.js'

/** The sum, not yet folded, of the words from `start` to `end`; an odd last byte is a word's upper half. */
export function sumWords(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  let sum = initial
  const whole = end - ((end - start) & 1)
  // At most 65,535 bytes: the sum stays far below 2^53, and below 2^31 for V8.
  for (let at = start; at < whole; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
  if (whole !== end) sum += (bytes[whole] as number) << 8
  return sum
}

/** Adds the carries back in: 16 bits. */
export function fold(sum: number): number {
  let folded = (sum & 0xffff) + (sum >>> 16)
  folded = (folded & 0xffff) + (folded >>> 16)
  return folded
}

/**
 * A checksum after a word that it covers has changed.
 *
 * @see RFC 1624, equation 3: HC' = ~(~HC + ~m + m')
 */
export function changeChecksum(checksum: number, before: number, after: number): number {
  return ~fold((~checksum & 0xffff) + (~before & 0xffff) + after) & 0xffff
}

/**
 * The sum of the pseudo header before a TCP, UDP or ICMPv6 message: addresses, protocol and length.
 *
 * @param network where the IPv4 or IPv6 header starts
 * @param transport where the message starts: IPv6 extension headers may be between
 * @see RFC 9293, section 3.1, and RFC 8200, section 8.1
 */
export function sumPseudoHeader(
  bytes: Uint8Array,
  network: number,
  transport: number,
  protocol: number,
  length: number,
): number {
  const sum = protocol + (length >>> 16) + (length & 0xffff)
  if ((bytes[network] as number) >> 4 === 4) return sumWords(bytes, network + 12, network + 20, sum)
  const destination = finalDestinationAt(bytes, network, transport)
  return sumWords(bytes, destination, destination + 16, sumWords(bytes, network + 8, network + 24, sum))
}

/** What stands in the header for a folded sum. Of UDP, 0 means that there is none, so 0 is sent as its other form. */
export function checksumOf(sum: number, protocol: number): number {
  const checksum = ~fold(sum) & 0xffff
  return checksum === 0 && protocol === PROTOCOL_UDP ? 0xffff : checksum
}

/** Changes a checksum in place, after a word that it covers has changed. One of UDP that was left out stays so. */
export function changeChecksumAt(
  bytes: Uint8Array,
  at: number,
  protocol: number,
  before: number,
  after: number,
): void {
  const checksum = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
  if (checksum === 0 && protocol === PROTOCOL_UDP) return
  let changed = changeChecksum(checksum, before, after)
  if (changed === 0 && protocol === PROTOCOL_UDP) changed = 0xffff
  bytes[at] = changed >> 8
  bytes[at + 1] = changed
}

/**
 * Where the checksum stands that covers the addresses of an IP header too, from the start of what follows that header;
 * -1 where there is none.
 */
export function addressChecksumAt(protocol: number): number {
  if (protocol === PROTOCOL_TCP) return 16
  if (protocol === PROTOCOL_UDP) return 6
  if (protocol === PROTOCOL_ICMPV6) return 2
  if (protocol === PROTOCOL_MOBILITY) return 4
  return -1
}
