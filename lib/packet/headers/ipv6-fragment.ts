import { Header, locate } from './header.js'

/** Bytes of a fragment header. */
export const FRAGMENT_HEADER = 8

export interface FragmentFields {
  /** What the datagram has behind its fragment header; of later fragments too, where other bytes follow. */
  nextHeader: number
  /** In bytes, a multiple of 8. */
  fragmentOffset: number
  moreFragments: boolean
  identification: number
}

/**
 * An IPv6 fragment header, in place. With an offset of 0 and no more fragments, it is in front of all of a datagram.
 *
 * @see RFC 8200, section 4.5, and RFC 6946
 */
export class FragmentHeader extends Header {
  readonly name = 'fragment'

  get headerLength(): number {
    return FRAGMENT_HEADER
  }

  /** What the datagram has behind its fragment header; of later fragments too, where other bytes follow. */
  get nextHeader(): number {
    return this.read8(0)
  }

  /** Where this fragment's payload belongs in the datagram, in bytes. */
  get fragmentOffset(): number {
    return this.read16(2) & 0xfff8
  }

  get moreFragments(): boolean {
    return (this.read16(2) & 1) !== 0
  }

  /** Common to the fragments of one datagram: 32 bits. */
  get identification(): number {
    return this.read32(4)
  }

  toJSON(): FragmentFields {
    const { nextHeader, fragmentOffset, moreFragments, identification } = this
    return { nextHeader, fragmentOffset, moreFragments, identification }
  }

  toString(): string {
    return `frag (${this.fragmentOffset}|${this.payloadLength})`
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    this.start = start
    this.end = end
    return start + FRAGMENT_HEADER > end ? 'the packet ends within an IPv6 extension header' : undefined
  }
}
