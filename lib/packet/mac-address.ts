import { checkString, invalidType, invalidValue } from '../validate.js'

/**
 * A MAC address, read once and written into many packets.
 *
 * @example
 * ```ts
 * const gateway = new MacAddress('02:00:00:00:00:01')
 * packet.ethernet.setDestination(gateway)
 * ```
 */
export class MacAddress {
  static readonly BROADCAST = new MacAddress('ff:ff:ff:ff:ff:ff')

  /** Its first two bytes and its last four, as numbers: `ethernet.destinationHigh` and `destinationLow` give the same. */
  readonly high: number
  readonly low: number

  /** @param address `02:00:00:00:00:01`, also with `-`; or six bytes, which are copied. */
  constructor(address: string | Uint8Array) {
    if (address instanceof Uint8Array && address.length !== 6) {
      throw invalidValue('address', 'six bytes long', address)
    }
    const bytes = Buffer.from(address instanceof Uint8Array ? address : parse(address))
    this.high = bytes.readUInt16BE(0)
    this.low = bytes.readUInt32BE(2)
  }

  /** Its six bytes, as a copy. */
  get bytes(): Uint8Array {
    const { high, low } = this
    return Uint8Array.of(high >> 8, high, low >>> 24, low >> 16, low >> 8, low)
  }

  get isMulticast(): boolean {
    return (this.high & 0x100) !== 0
  }

  equals(other: MacAddress): boolean {
    return this.high === other.high && this.low === other.low
  }

  toString(): string {
    return Array.from(this.bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
  }

  toJSON(): string {
    return this.toString()
  }
}

function parse(address: unknown): Uint8Array {
  const expected = "a MAC address, for example '02:00:00:00:00:01'"
  if (typeof address !== 'string') throw invalidType('address', `${expected}, or six bytes`, address)
  const text = checkString('address', address, expected)
  if (!/^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i.test(text)) throw invalidValue('address', expected, address)
  return Uint8Array.from(text.split(/[:-]/), (part) => Number.parseInt(part, 16))
}
