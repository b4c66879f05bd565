import { Header, locate } from './header.js'

/** An option of a hop-by-hop or destination options header. */
export interface Ipv6Option {
  /**
   * 0 one byte of padding, 1 more of it, 5 router alert, 0xc2 jumbo payload. The first two bits say what to do with an
   * unknown one.
   */
  type: number
  /** What is behind type and length, in hexadecimal digits. */
  hex: string
}

export interface Ipv6OptionsFields {
  /** What follows: as in the IPv6 header. */
  nextHeader: number
  /** With those that pad. */
  options: Ipv6Option[]
}

/** The one option that has no length. */
export const OPTION_PAD_1 = 0

/**
 * Options in front of what an IPv6 packet carries, in place. It is given only where all options are within it.
 *
 * @see RFC 8200, sections 4.2, 4.3 and 4.6
 */
abstract class OptionsHeader extends Header {
  /** In bytes: a multiple of 8. */
  get headerLength(): number {
    return (this.read8(1) + 1) << 3
  }

  /** What follows: as in the IPv6 header. */
  get nextHeader(): number {
    return this.read8(0)
  }

  /** All options, also those that pad. Makes a list. */
  get options(): Ipv6Option[] {
    const options: Ipv6Option[] = []
    const length = this.headerLength
    for (let at = 2; at < length; at = this.#behindOption(at)) {
      const type = this.read8(at)
      const value = this.bytes.subarray(this.start + at + 2, this.start + this.#behindOption(at))
      options.push({ type, hex: type === OPTION_PAD_1 ? '' : Buffer.from(value).toString('hex') })
    }
    return options
  }

  toJSON(): Ipv6OptionsFields {
    const { nextHeader, options } = this
    return { nextHeader, options }
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    this.start = start
    this.end = end
    if (start + 8 > end || start + this.headerLength > end)
      return 'the packet ends within an IPv6 extension header'
    const length = this.headerLength
    let at = 2
    while (at < length) at = this.#behindOption(at)
    return at === length ? undefined : 'an IPv6 option exceeds its extension header'
  }

  /** Where the option at `at` ends. One whose length is not there ends behind the header. */
  #behindOption(at: number): number {
    if (this.read8(at) === OPTION_PAD_1) return at + 1
    return at + 1 === this.headerLength ? at + 2 : at + 2 + this.read8(at + 1)
  }
}

/** Options for every router on the way: behind the IPv6 header, in front of all else. @see RFC 8200, section 4.3 */
export class HopByHopHeader extends OptionsHeader {
  readonly name = 'hopByHop'

  toString(): string {
    return 'HBH'
  }
}

/** Options for the destination. @see RFC 8200, section 4.6 */
export class DestinationOptionsHeader extends OptionsHeader {
  readonly name = 'destinationOptions'

  toString(): string {
    return 'DSTOPT'
  }
}
