import { type AddressTable, MacAddress, type Port } from 'dpdk-node'

/**
 * Which stations the bridge believes to be where. What is learned here goes into the lcores' table, by which they forward
 * without asking; what they have not heard for too long is forgotten in both.
 */
export class Stations {
  readonly #table: AddressTable
  readonly #ageing: number
  /** By the address as a number. */
  readonly #ports = new Map<number, Port>()

  /** @param ageingSeconds for how long a station is believed to be where it was heard last; IEEE 802.1Q says 300. */
  constructor(table: AddressTable, ageingSeconds: number) {
    this.#table = table
    this.#ageing = ageingSeconds * 1000
  }

  get size(): number {
    return this.#ports.size
  }

  /** A frame came from this station. True when it was not known to be there. */
  learn(address: number, port: Port): boolean {
    if (this.#ports.get(address) === port) return false
    this.#ports.set(address, port)
    // A full table is no harm: the station's frames go on being flooded.
    this.#table.set(macAddress(address), port).catch(() => this.#ports.delete(address))
    return true
  }

  /** The port behind which it is; undefined when nobody knows. */
  find(address: number): Port | undefined {
    return this.#ports.get(address)
  }

  /** Forgets those that no lcore has heard for too long; returns how many. */
  async expire(): Promise<number> {
    const forgotten = await this.#table.expire(this.#ageing)
    for (const address of forgotten) this.#ports.delete(Number(`0x${address.replaceAll(':', '')}`))
    return forgotten.length
  }
}

/** A MAC address as one number, of its first two bytes and its last four; 48 bits fit. */
export function addressNumber(high: number, low: number): number {
  return high * 0x1_0000_0000 + low
}

export function macAddress(address: number): MacAddress {
  const digits = address.toString(16).padStart(12, '0')
  return new MacAddress(digits.replace(/..(?!$)/g, '$&:'))
}
