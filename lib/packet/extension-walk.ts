import {
  PROTOCOL_AUTHENTICATION,
  PROTOCOL_DESTINATION_OPTIONS,
  PROTOCOL_FRAGMENT,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_MOBILITY,
  PROTOCOL_ROUTING,
} from './protocol-numbers.js'

/** Bytes of an IPv6 header without extension headers. */
export const IPV6_HEADER = 40

/** Extension headers of a packet, at most: more than anyone needs, and a limit to the work that a packet can make. */
export const MAXIMUM_EXTENSIONS = 16

/** What is behind a fragment that is not the first: no header. */
export const NO_PROTOCOL = -1

const NEXT_HEADER = 6
const MORE_FRAGMENTS = 1
const DESTINATION = 24
const ADDRESS = 16

/**
 * Goes through the extension headers of an IPv6 packet, one after the other, without an object for each.
 *
 * Encrypted headers (ESP) and "no next header" end it, as any other protocol does.
 *
 * @see RFC 8200, section 4
 *
 * @example
 * ```ts
 * for (walk.begin(network, end); walk.length > 0; walk.next()) console.log(walk.protocol, walk.at)
 * ```
 */
export class ExtensionWalk {
  /** What is at `at`: an extension header, or what comes behind the last one; `NO_PROTOCOL` in later fragments. */
  protocol = NO_PROTOCOL
  at = 0
  /** Bytes of the extension header at `at`; 0 for none. */
  length = 0
  /** Whether a fragment header was passed that says that there are other fragments. */
  isFragment = false
  /** Why it ended too early, if it did. */
  fault: string | undefined

  readonly #bytes: Uint8Array
  #end = 0
  #passed = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** At the first one behind the IPv6 header at `network`. @param end of what belongs to the packet and is in reach */
  begin(network: number, end: number): this {
    this.#end = end
    this.#passed = 0
    this.isFragment = false
    this.fault = undefined
    this.protocol = this.#bytes[network + NEXT_HEADER] as number
    this.at = network + IPV6_HEADER
    this.#measure()
    return this
  }

  /** Past the one at `at`. */
  next(): void {
    const { at, length } = this
    let isLater = false
    if (this.protocol === PROTOCOL_FRAGMENT) {
      const fragment = this.#fragment(at)
      isLater = fragment > MORE_FRAGMENTS
      this.isFragment ||= fragment !== 0
    }
    this.protocol = isLater ? NO_PROTOCOL : (this.#bytes[at] as number)
    this.at = at + length
    this.#passed++
    this.#measure()
  }

  #measure(): void {
    this.length = 0
    if (!isExtension(this.protocol)) return
    const length = this.at + 8 > this.#end ? 8 : extensionLength(this.#bytes, this.protocol, this.at)
    if (this.#passed === MAXIMUM_EXTENSIONS) {
      this.#refuse('the packet has too many IPv6 extension headers')
    } else if (this.at + length > this.#end) {
      this.#refuse('the packet ends within an IPv6 extension header')
    } else {
      this.length = length
    }
  }

  #refuse(fault: string): void {
    this.fault = fault
    this.protocol = NO_PROTOCOL
  }

  /** Offset and flag: 0 where the fragment is all there is. */
  #fragment(at: number): number {
    return (
      ((this.#bytes[at + 2] as number) << 8) | ((this.#bytes[at + 3] as number) & (0xf8 | MORE_FRAGMENTS))
    )
  }
}

/**
 * Where the address stands that a checksum behind routing headers covers: the last segment's, as long as the packet is
 * on its way to another one.
 *
 * @param network where the IPv6 header starts
 * @param transport where what has the checksum starts: extension headers in front of it are in reach
 * @see RFC 8200, section 8.1
 */
export function finalDestinationAt(bytes: Uint8Array, network: number, transport: number): number {
  // Usual: no extension headers.
  if (network + IPV6_HEADER === transport) return network + DESTINATION
  const walk = new ExtensionWalk(bytes)
  for (walk.begin(network, transport); walk.length > 0; walk.next()) {
    if (walk.protocol !== PROTOCOL_ROUTING) continue
    const last = lastSegmentAt(bytes, walk.at, walk.length)
    if (last !== 0) return last
  }
  return network + DESTINATION
}

/**
 * Where the last segment's address stands in the routing header at `at`; 0 where there are no segments left, or the
 * type is unknown.
 *
 * @see RFC 2460, section 4.4 for type 0, RFC 6275, section 6.4 for type 2, RFC 8754, section 2 for type 4
 */
export function lastSegmentAt(bytes: Uint8Array, at: number, length: number): number {
  const type = bytes[at + 2] as number
  if ((bytes[at + 3] as number) === 0 || length < 8 + ADDRESS) return 0
  // Segment routing lists the last one first.
  if (type === 4) return at + 8
  if (type === 0 || type === 2) return at + 8 + ((length - 8 - ADDRESS) & ~(ADDRESS - 1))
  return 0
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case PROTOCOL_HOP_BY_HOP:
    case PROTOCOL_ROUTING:
    case PROTOCOL_FRAGMENT:
    case PROTOCOL_AUTHENTICATION:
    case PROTOCOL_DESTINATION_OPTIONS:
    case PROTOCOL_MOBILITY:
      return true
    default:
      return false
  }
}

/** @see RFC 8200, section 4, and RFC 4302, section 2.2, which counts differently */
function extensionLength(bytes: Uint8Array, protocol: number, at: number): number {
  if (protocol === PROTOCOL_FRAGMENT) return 8
  const length = bytes[at + 1] as number
  return protocol === PROTOCOL_AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8
}
