/** Where each station is: MAC addresses, and the ports behind which they were last heard. */
export class AddressTable {
  readonly #ageing: number
  /** By the address as a number. */
  readonly #stations = new Map<number, Station>()

  /** @param ageingSeconds for how long a station is believed to be where it was heard last; IEEE 802.1Q says 300. */
  constructor(ageingSeconds: number) {
    this.#ageing = ageingSeconds * 1000
  }

  get size(): number {
    return this.#stations.size
  }

  /** A frame came from this station. True when it was not known to be there. */
  learn(address: number, port: number, now: number): boolean {
    const station = this.#stations.get(address)
    if (station === undefined) {
      this.#stations.set(address, { port, heard: now })
      return true
    }
    station.heard = now
    if (station.port === port) return false
    station.port = port
    return true
  }

  /** The port behind which it is; undefined when nobody knows. */
  find(address: number, now: number): number | undefined {
    const station = this.#stations.get(address)
    return station !== undefined && now - station.heard <= this.#ageing ? station.port : undefined
  }

  /** Forgets those that were not heard for too long; returns how many. */
  expire(now: number): number {
    const before = this.#stations.size
    for (const [address, { heard }] of this.#stations) {
      if (now - heard > this.#ageing) this.#stations.delete(address)
    }
    return before - this.#stations.size
  }
}

interface Station {
  port: number
  /** In milliseconds, of the same clock as `now`. */
  heard: number
}

/** A MAC address as one number, of its first two bytes and its last four; 48 bits fit. */
export function addressNumber(high: number, low: number): number {
  return high * 0x1_0000_0000 + low
}

export function formatAddress(address: number): string {
  return address
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:')
}
