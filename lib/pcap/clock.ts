const BILLION = 1_000_000_000n
const POWER_OF_TWO = 0x80

/** How an interface counts time: ticks of a length, from an instant. Nanoseconds since the epoch come of it. */
export class Clock {
  readonly ticksPerSecond: bigint
  readonly #start: bigint

  /** @param offset Seconds from the epoch to tick 0. */
  constructor(ticksPerSecond: bigint, offset = 0n) {
    this.ticksPerSecond = ticksPerSecond
    this.#start = offset * BILLION
  }

  /** @param resolution An if_tsresol: a negative power of ten or, with its top bit set, of two. */
  static fromResolution(resolution: number, offset: bigint): Clock {
    const base = resolution & POWER_OF_TWO ? 2n : 10n
    return new Clock(base ** BigInt(resolution & ~POWER_OF_TWO), offset)
  }

  nanoseconds(ticks: bigint): bigint {
    return this.#start + (ticks * BILLION) / this.ticksPerSecond
  }
}
