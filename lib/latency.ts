/** Times that were counted in buckets, log-linear: as native/core/stream_meter.h fills them. */

const BITS = 5
const LINEAR = 2 ** BITS

/** In nanoseconds. A percentile is the middle of a bucket, at most 1.6 % off; the others are exact. */
export interface Latency {
  packets: bigint
  minimum: number
  mean: number
  median: number
  p99: number
  p999: number
  maximum: number
}

/** The lowest value of a bucket; that of the next one is behind its highest. */
export function bucketStart(bucket: number): number {
  if (bucket < 2 * LINEAR) return bucket
  const doubling = Math.floor(bucket / LINEAR) - 1
  return (bucket - doubling * LINEAR) * 2 ** doubling
}

/**
 * The value that so many of all values do not exceed, as the middle of its bucket.
 *
 * @param share 0.5 for the median
 */
export function percentile(buckets: ArrayLike<number>, total: number, share: number): number {
  const rank = Math.max(1, Math.ceil(total * share))
  let seen = 0
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    seen += buckets[bucket] as number
    if (seen >= rank) return (bucketStart(bucket) + bucketStart(bucket + 1) - 1) / 2
  }
  return Number.NaN
}
