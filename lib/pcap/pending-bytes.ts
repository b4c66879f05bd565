const LEAST_CAPACITY = 1024

/** Bytes that have come and were not decoded yet, in one piece. It grows only as far as bytes come. */
export class PendingBytes {
  #bytes = new Uint8Array(LEAST_CAPACITY)
  #start = 0
  #end = 0
  #offset = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** How many bytes have been taken out. */
  get offset(): number {
    return this.#offset
  }

  append(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    this.#bytes.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** A view of the first bytes, good until bytes are added. */
  peek(length: number): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#start + length)
  }

  consume(length: number): void {
    this.#start += length
    this.#offset += length
  }

  #makeRoom(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    const rest = this.#bytes.subarray(this.#start, this.#end)
    // At least doubled, so that bytes which come one by one are not copied again and again.
    const needed = rest.length + length
    if (needed > this.#bytes.length) {
      this.#bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.set(rest)
    } else {
      this.#bytes.copyWithin(0, this.#start, this.#end)
    }
    this.#start = 0
    this.#end = rest.length
  }
}
