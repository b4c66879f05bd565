/** What native/napi/generator.cc exports. Packets that lcores make. */

/** A field that differs from packet to packet; numbers are 64 bits wide. */
export type NativeField = {
  /** In the frame. */
  offset: number
  /** Bytes in network order: 1, 2, 4 or 8. */
  width: number
  /** A value is shifted left by so many bits. */
  shift: number
  /** The field's bits. */
  mask: bigint
  /** So many packets have the same value. */
  repeat: number
  /** Bit i: it counts in the stream's checksum i; and there, its bytes are the other way round in the 16-bit words. */
  covered: number
  swapped: number
} & (
  | { kind: 'range'; minimum: bigint; maximum: bigint; start: bigint; step: bigint; descending: boolean }
  | { kind: 'random'; minimum: bigint; maximum: bigint; seed: bigint }
  | { kind: 'list'; list: BigUint64Array }
)

/** In the order in which they are to be computed; `covered` and `swapped` as of a field. */
export interface NativeChecksum {
  offset: number
  /** A sum that comes out as 0 is sent as 0xffff. */
  zeroIsNone: boolean
  covered: number
  swapped: number
}

export interface NativeTemplate {
  bytes: Uint8Array
  /** For each checksum: the sum of what it covers and no field changes, folded. */
  sums: number[]
  /** Of the probe's sequence number and timestamp. */
  probeCovered: number
  probeSwapped: number
}

export interface NativeStream {
  /** One for each size. */
  templates: NativeTemplate[]
  /** Of templates, again and again. */
  order: Uint16Array
  fields: NativeField[]
  checksums: NativeChecksum[]
  /** The last 18 bytes are a probe. */
  probe: boolean
  timestamps: boolean
}

export interface NativeReplay {
  /** Of all packets, one behind the other. */
  bytes: Uint8Array
  lengths: Uint32Array
  /** When each is due, in seconds since the first; empty: as the pace says. */
  times: Float64Array
  /** From the first packet to the first of the next loop. */
  periodSeconds: number
  /** 0: for ever. */
  loops: number
}

export interface NativePace {
  /** 0: as fast as it goes. */
  unitsPerSecond: number
  /** What a packet costs, and each of its bytes. */
  unitsPerPacket: number
  unitsPerByte: number
  /** A shorter packet costs as much as one of this length. */
  shortestBytes: number
  /** Packets that go together. */
  burst: number
  /** 0: for ever. */
  durationSeconds: number
}

export interface NativeGeneratorOptions {
  lcore: number | undefined
  pace: NativePace
  /** 0: for ever. */
  packets: number
  streams: NativeStream[]
  /** Which stream the next packet is of, again and again. */
  order: Uint16Array
  /** In the place of streams. */
  replay: NativeReplay | undefined
}

export interface NativeGeneratorCounts {
  /** generated = accepted + rejectedFull + rejectedTooLong + rejectedClosed. */
  counters: Record<
    | 'generated'
    | 'accepted'
    | 'rejectedFull'
    | 'rejectedTooLong'
    | 'rejectedClosed'
    | 'noBuffer'
    | 'behind'
    | 'owned',
    bigint
  >
  /** From the first packet to the latest. */
  elapsedSeconds: number
  finished: boolean
  streams: { generated: bigint; bytes: bigint }[]
}

export interface NativeGeneratorExports {
  /** Packets are made from now on. */
  generatorStart(port: number, options: NativeGeneratorOptions): Promise<number>
  /** No packet of it is on its way any more. The last word. */
  generatorStop(generator: number): Promise<NativeGeneratorCounts>
  generatorCounts(generator: number): NativeGeneratorCounts
}
