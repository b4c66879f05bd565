import { PROTOCOL_UDP } from '../protocol-numbers.js'
import { locate } from './header.js'
import { PortHeader } from './port-header.js'

export const UDP_HEADER = 8

const LENGTH = 4
const CHECKSUM = 6

export interface UdpFields {
  sourcePort: number
  destinationPort: number
  /** In bytes, header and payload. */
  length: number
  /** 0 for none. */
  checksum: number
}

/**
 * The UDP header of a packet, in place.
 *
 * `packet.udp` gives it only where its length is at least 8 and does not exceed what IP says.
 *
 * @see RFC 768
 */
export class UdpHeader extends PortHeader {
  readonly name = 'udp'
  protected readonly protocol = PROTOCOL_UDP
  protected readonly checksumAt = CHECKSUM
  protected readonly hasPseudoHeader = true

  get headerLength(): number {
    return UDP_HEADER
  }

  /** In bytes, header and payload. */
  get length(): number {
    return this.read16(LENGTH)
  }

  set length(value: number) {
    this.write16(LENGTH, value)
  }

  toJSON(): UdpFields {
    const { sourcePort, destinationPort, length, checksum } = this
    return { sourcePort, destinationPort, length, checksum }
  }

  toString(): string {
    return `UDP, length ${this.length - UDP_HEADER}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + UDP_HEADER > end) return 'the packet ends within the UDP header'
    const length = this.load16(start + LENGTH)
    if (length < UDP_HEADER) return 'the UDP length is less than the header'
    // Of a fragmented message, the length counts what the other fragments have.
    if (start + length > extent && !this.isFragment) return 'the UDP length exceeds the IP payload'
    this.messageLength = length
    this.start = start
    this.end = Math.min(start + length, end)
    return undefined
  }
}
