/** What native/napi/meter.cc exports. What sinks measured. */

/** Times in TSC cycles. */
export interface NativeStreamMeasurement {
  received: bigint
  bytes: bigint
  duplicates: bigint
  reordered: bigint
  tooOld: bigint
  /** Sequence numbers; of nothing, 2^64 - 1 and 0. */
  first: bigint
  highest: bigint
  timed: bigint
  latencySum: bigint
  latencyMinimum: bigint
  latencyMaximum: bigint
  /** Packets in each bucket; empty when there are none. See lib/latency.ts. */
  latencies: Float64Array
}

export interface NativeMeasurement {
  streams: NativeStreamMeasurement[]
  otherPackets: bigint
  otherBytes: bigint
  cyclesPerSecond: number
}

export interface NativeMeterExports {
  meterCreate(streams: number, window: number): Promise<number>
  meterFree(meter: number): Promise<void>
  /** Forgets everything, sequence numbers too. */
  meterReset(meter: number): Promise<void>
  meterRead(meter: number): Promise<NativeMeasurement>
}
