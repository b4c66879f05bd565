import { Header, locate } from './header.js'

/** Bytes in front of what depends on the type. */
export const ROUTING_FIXED = 4

export interface RoutingFields {
  /** What follows: as in the IPv6 header. */
  nextHeader: number
  /** 2 to a mobile node, 3 in a network of low power, 4 segment routing. */
  type: number
  segmentsLeft: number
  /** What depends on the type, in hexadecimal digits: 4 bytes more than a multiple of 8. */
  data: string
}

/**
 * An IPv6 routing header, in place: addresses that a packet is to visit on its way.
 *
 * @see RFC 8200, section 4.4, and RFC 8754 for segment routing
 */
export class RoutingHeader extends Header {
  readonly name = 'routing'

  /** In bytes: a multiple of 8. */
  get headerLength(): number {
    return (this.read8(1) + 1) << 3
  }

  /** What follows: as in the IPv6 header. */
  get nextHeader(): number {
    return this.read8(0)
  }

  /** 2 to a mobile node, 3 in a network of low power, 4 segment routing. */
  get type(): number {
    return this.read8(2)
  }

  /** How many addresses are still to be visited. */
  get segmentsLeft(): number {
    return this.read8(3)
  }

  set segmentsLeft(value: number) {
    this.write8(3, value)
  }

  /**
   * What depends on the type, in place: a new view. Of segment routing: last entry, flags, two bytes of tag, and then
   * the addresses, from the last to the first, and TLVs.
   */
  get data(): Uint8Array {
    return this.bytes.subarray(this.start + ROUTING_FIXED, this.start + this.headerLength)
  }

  toJSON(): RoutingFields {
    const { nextHeader, type, segmentsLeft, data } = this
    return { nextHeader, type, segmentsLeft, data: Buffer.from(data).toString('hex') }
  }

  toString(): string {
    return `RT6 (len=${this.read8(1)}, type=${this.type}, segleft=${this.segmentsLeft})`
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    this.start = start
    this.end = end
    if (start + 8 > end || start + this.headerLength > end)
      return 'the packet ends within an IPv6 extension header'
    return undefined
  }
}
