const WORD = 2n ** 64n

/**
 * Seeds made of one: a different one for each field, so that fields differ. SplitMix64, as native/core/packet_field.h
 * draws its numbers.
 */
export class Seeds {
  #state: bigint

  constructor(seed: number | bigint) {
    this.#state = BigInt(seed) % WORD
  }

  next(): bigint {
    this.#state = (this.#state + 0x9e37_79b9_7f4a_7c15n) % WORD
    let bits = this.#state
    bits = ((bits ^ (bits >> 30n)) * 0xbf58_476d_1ce4_e5b9n) % WORD
    bits = ((bits ^ (bits >> 27n)) * 0x94d0_49bb_1331_11ebn) % WORD
    return bits ^ (bits >> 31n)
  }
}
