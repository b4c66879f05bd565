import { describe, expect, it } from 'vitest'
import { bucketStart, percentile } from '../../lib/latency.js'

describe('buckets of times', () => {
  it('follow one another, each at most a 32nd of its values wide', () => {
    expect(bucketStart(0)).toBe(0)
    for (let bucket = 0; bucket < 1023; bucket++) {
      const [start, next] = [bucketStart(bucket), bucketStart(bucket + 1)]
      expect(next).toBeGreaterThan(start)
      expect(next - start).toBeLessThanOrEqual(Math.max(1, start / 32))
    }
    expect(bucketStart(32)).toBe(32)
    expect(bucketStart(64)).toBe(64)
    expect(bucketStart(65)).toBe(66)
    expect(bucketStart(1024)).toBe(2 ** 36)
  })

  it('give percentiles', () => {
    const buckets = new Float64Array(1024)
    for (let value = 1; value <= 60; value++) buckets[value] = 10
    expect(percentile(buckets, 600, 0.5)).toBe(30)
    expect(percentile(buckets, 600, 0.99)).toBe(60)
    expect(percentile(buckets, 600, 0)).toBe(1)
    expect(percentile(buckets, 600, 1)).toBe(60)
    // The middle of 128 to 131.
    buckets[96] = 10_000
    expect(percentile(buckets, 10_600, 0.5)).toBe(129.5)
  })
})
