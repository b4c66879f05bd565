import { Header, locate } from './header.js'

/** Bytes in front of the integrity check value. */
export const AUTHENTICATION_FIXED = 12

export interface AuthenticationFields {
  /** What follows: as in the IPv6 header. */
  nextHeader: number
  securityParametersIndex: number
  sequenceNumber: number
  /** In hexadecimal digits, with padding: a multiple of 4 bytes. */
  integrityCheckValue: string
}

/**
 * An IP authentication header, in place.
 *
 * @see RFC 4302, section 2
 */
export class AuthenticationHeader extends Header {
  readonly name = 'authentication'

  /** In bytes: a multiple of 4. */
  get headerLength(): number {
    return (this.read8(1) + 2) << 2
  }

  /** What follows: as in the IPv6 header. */
  get nextHeader(): number {
    return this.read8(0)
  }

  /** 32 bits, that the receiver chose. */
  get securityParametersIndex(): number {
    return this.read32(4)
  }

  /** 32 bits. */
  get sequenceNumber(): number {
    return this.read32(8)
  }

  /** The bytes behind the fixed part, in place: a new view. */
  get integrityCheckValue(): Uint8Array {
    return this.bytes.subarray(this.start + AUTHENTICATION_FIXED, this.start + this.headerLength)
  }

  toJSON(): AuthenticationFields {
    const { nextHeader, securityParametersIndex, sequenceNumber } = this
    const integrityCheckValue = Buffer.from(this.integrityCheckValue).toString('hex')
    return { nextHeader, securityParametersIndex, sequenceNumber, integrityCheckValue }
  }

  toString(): string {
    const index = this.securityParametersIndex.toString(16).padStart(8, '0')
    return `AH(spi=0x${index},seq=0x${this.sequenceNumber.toString(16)})`
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    this.start = start
    this.end = end
    if (start + AUTHENTICATION_FIXED > end || start + this.headerLength > end) {
      return 'the packet ends within the authentication header'
    }
    if (this.headerLength < AUTHENTICATION_FIXED) return 'the authentication header says that it is too short'
    return undefined
  }
}
