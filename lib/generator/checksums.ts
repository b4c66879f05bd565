/** The Internet checksums of a frame, and what each of them covers: so that it can follow what changes. */

import { fold, sumWords } from '../packet/checksum.js'
import { finalDestinationAt } from '../packet/extension-walk.js'
import type { Frame } from '../packet/frame.js'
import type { Header } from '../packet/headers/header.js'
import { IPV6_ADDRESS } from '../packet/ip-address.js'
import type { Layers } from '../packet/layers.js'

/** Bytes of a frame. */
export interface Range {
  start: number
  end: number
}

export interface Checksum {
  name: string
  offset: number
  zeroIsNone: boolean
  /** The header, or header and payload; and the addresses in front of it. Each starts with a whole 16-bit word. */
  covers: Range[]
}

/** A checksum that cannot follow: SCTP's is a CRC. */
export interface FixedChecksum {
  name: string
  covers: Range
}

export interface Checksums {
  /** In the order in which they are to be computed: what a tunnel carries before the tunnel. */
  following: Checksum[]
  fixed: FixedChecksum[]
}

export function findChecksums(frame: Frame): Checksums {
  const levels: Layers[] = []
  for (let layers: Layers | undefined = frame; layers !== undefined; layers = layers.inner)
    levels.push(layers)
  const following: Checksum[] = []
  const fixed: FixedChecksum[] = []
  for (const layers of levels.reverse()) {
    following.push(...messageChecksums(frame, layers), ...headerChecksum(frame, layers))
    const { sctp } = layers
    if (sctp !== undefined) fixed.push({ name: 'sctp', covers: rangeOf(frame, sctp) })
  }
  return { following, fixed }
}

/** Where a header starts, in the frame. */
export function startOf(frame: Frame, header: Header): number {
  return header.payload.byteOffset - frame.bytes.byteOffset - header.headerLength
}

/** A header and what it carries. */
function rangeOf(frame: Frame, header: Header): Range {
  const start = startOf(frame, header)
  return { start, end: start + header.headerLength + header.payload.length }
}

function headerChecksum(frame: Frame, { ipv4 }: Layers): Checksum[] {
  if (ipv4 === undefined) return []
  const start = startOf(frame, ipv4)
  const covers = [{ start, end: start + ipv4.headerLength }]
  return [{ name: 'ipv4', offset: start + 10, zeroIsNone: false, covers }]
}

function messageChecksums(frame: Frame, layers: Layers): Checksum[] {
  const { tcp, udp, icmp, icmpv6, igmp, gre } = layers
  const checksum = (header: Header, at: number, withAddresses: boolean): Checksum => {
    const covers = rangeOf(frame, header)
    return {
      name: header.name,
      offset: covers.start + at,
      zeroIsNone: header === udp,
      covers: withAddresses ? [covers, ...addressesOf(frame, layers, covers.start)] : [covers],
    }
  }
  if (tcp !== undefined) return [checksum(tcp, 16, true)]
  if (udp !== undefined) return udp.checksum === 0 ? [] : [checksum(udp, 6, true)]
  if (icmp !== undefined) return [checksum(icmp, 2, false)]
  if (icmpv6 !== undefined) return [checksum(icmpv6, 2, true)]
  if (igmp !== undefined) return [checksum(igmp, 2, false)]
  return gre?.hasChecksum === true ? [checksum(gre, 4, false)] : []
}

/** Of the pseudo header. */
function addressesOf(frame: Frame, { ipv4, ipv6 }: Layers, transport: number): Range[] {
  if (ipv4 !== undefined) {
    const start = startOf(frame, ipv4)
    return [{ start: start + 12, end: start + 20 }]
  }
  if (ipv6 === undefined) return []
  const start = startOf(frame, ipv6)
  const destination = finalDestinationAt(frame.bytes, start, transport)
  return [
    { start: start + 8, end: start + 8 + IPV6_ADDRESS },
    { start: destination, end: destination + IPV6_ADDRESS },
  ]
}

/**
 * Which of the checksums some bytes count in: bit i for checksum i. `swapped` are those in which they, as a number, are
 * the other way round: its last byte is the upper half of a 16-bit word.
 *
 * @param numberEnd behind the number's last byte, where they are only some of its bytes
 * @param onStraddle is told the name of a checksum that covers only some of them
 */
export function coverage(
  { start, end, numberEnd = end }: Range & { numberEnd?: number },
  checksums: readonly Pick<Checksum, 'name' | 'covers'>[],
  onStraddle: (name: string) => void,
): { covered: number; swapped: number } {
  let covered = 0
  let swapped = 0
  checksums.forEach(({ name, covers }, index) => {
    for (const range of covers) {
      if (end <= range.start || start >= range.end) continue
      if (start < range.start || end > range.end) onStraddle(name)
      covered |= 1 << index
      if (((numberEnd - range.start) & 1) === 1) swapped |= 1 << index
    }
  })
  return { covered, swapped }
}

/** Gives every checksum what it lacks since bytes that it covers were changed: a right one is right again. */
export function repairChecksums(frame: Frame, checksums: readonly Checksum[], before: Uint8Array): void {
  const { bytes } = frame
  for (const { offset, zeroIsNone, covers } of checksums) {
    const total = (of: Uint8Array) =>
      fold(covers.reduce((sum, { start, end }) => sumWords(of, start, end, sum), 0))
    if (total(before) === total(bytes)) continue
    const checksum = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
    let repaired = fold(checksum + total(before) + (~total(bytes) & 0xffff))
    if (repaired === 0 && zeroIsNone) repaired = 0xffff
    bytes[offset] = repaired >> 8
    bytes[offset + 1] = repaired
  }
}
