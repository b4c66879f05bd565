import { describe, expect, it } from 'vitest'
import { snapshot } from '../../lib/snapshot.js'

describe('a snapshot', () => {
  it('keeps its bigints, and writes them to JSON exactly', () => {
    const counters = snapshot({
      name: 'net_null0',
      queues: [{ received: 2n ** 60n + 1n }],
      tx: { sent: 0n },
      mtu: 1500,
    })
    expect(counters.queues[0]?.received).toBe(2n ** 60n + 1n)
    expect(JSON.parse(JSON.stringify(counters))).toEqual({
      name: 'net_null0',
      queues: [{ received: '1152921504606846977' }],
      tx: { sent: '0' },
      mtu: 1500,
    })
    expect(Object.keys(counters)).not.toContain('toJSON')
  })
})
