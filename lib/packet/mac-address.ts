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

  /** Its six bytes. */
  readonly bytes: Uint8Array

  /** @param address `02:00:00:00:00:01`, also with `-`; or six bytes, which are copied. */
  constructor(address: string | Uint8Array) {
    if (address instanceof Uint8Array) {
      if (address.length !== 6) throw invalidValue('address', 'six bytes long', address)
      this.bytes = Uint8Array.from(address)
    } else {
      this.bytes = parse(address)
    }
  }

  get isMulticast(): boolean {
    return ((this.bytes[0] as number) & 1) === 1
  }

  equals(other: MacAddress): boolean {
    return this.bytes.every((byte, index) => byte === other.bytes[index])
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
