import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommandLine, UsageError } from '../../examples/pktgen/command-line.js'
import { findThroughput, type Trial } from '../../examples/pktgen/throughput.js'

/** A device that loses what is faster than its limit. */
async function search(limit: number, highest: number, resolution: number) {
  const trials: number[] = []
  const best = await findThroughput({
    highest,
    resolution,
    trial: async (packetsPerSecond): Promise<Trial> => {
      const sent = BigInt(Math.floor(packetsPerSecond))
      const received = packetsPerSecond > limit ? sent - 1n : sent
      return { packetsPerSecond, sent, received, unsent: 0n }
    },
    onTrial: ({ packetsPerSecond }) => trials.push(packetsPerSecond),
  })
  return { best: best?.packetsPerSecond, trials }
}

describe('the search for the highest rate without loss', () => {
  it('needs one trial where nothing is lost', async () => {
    expect(await search(1e6, 1e6, 1)).toEqual({ best: 1e6, trials: [1e6] })
  })

  it('halves', async () => {
    const { best, trials } = await search(700, 1000, 10)
    expect(trials).toEqual([1000, 500, 750, 625, 687.5])
    expect(best).toBe(687.5)
  })

  it('finds none where everything is lost', async () => {
    expect((await search(0, 1000, 10)).best).toBeUndefined()
  })

  it('takes what the sender could not send for a failure', async () => {
    const trial = async (packetsPerSecond: number) => ({
      packetsPerSecond,
      sent: 5n,
      received: 5n,
      unsent: 1n,
    })
    expect(await findThroughput({ highest: 10, resolution: 50, trial, onTrial: () => {} })).toBeUndefined()
  })

  it('is right to within its resolution', async () => {
    const numbers = fc.tuple(fc.integer({ min: 1000, max: 1e7 }), fc.integer({ min: 1, max: 20 }))
    const check = async ([limit, resolution]: [number, number]) => {
      const { best = 0 } = await search(limit, 1e7, resolution)
      expect(best).toBeLessThanOrEqual(limit)
      expect(limit - best).toBeLessThanOrEqual((1e7 * resolution) / 100)
    }
    await fc.assert(fc.asyncProperty(numbers, check))
  })
})

describe("pktgen's command line", () => {
  const parse = (line: string) => parseCommandLine(`--tx net_null0 ${line}`.trim().split(' '))

  it('has rates', () => {
    expect(parse('--rate 10kpps').rate).toEqual({ packetsPerSecond: 10_000 })
    expect(parse('--rate 1.5Mpps').rate).toEqual({ packetsPerSecond: 1_500_000 })
    expect(parse('--rate 1Gbps').rate).toEqual({ bitsPerSecond: 1e9 })
    expect(parse('--rate 12.5%').rate).toEqual({ percent: 12.5 })
    expect(parse('').rate).toBeUndefined()
  })

  it('has ranges, and IPv6 where an address is one', () => {
    expect(parse('--source 10.0.0.1-10.0.0.9 --source-port random --vlan 1-5')).toMatchObject({
      source: { values: { minimum: '10.0.0.1', maximum: '10.0.0.9' } },
      sourcePort: { values: { random: true } },
      vlan: { values: { minimum: 1, maximum: 5 } },
      destination: { fixed: '198.51.100.1' },
    })
    expect(parse('--destination fe80::1')).toMatchObject({
      source: { fixed: '2001:db8::1' },
      destination: { fixed: 'fe80::1' },
    })
  })

  it('has searches and recordings', () => {
    expect(parse('--throughput --sizes 60,1514 --highest 2Mpps').throughput).toEqual({
      ...{ sizes: [60, 1514], highest: 2e6, seconds: 10, settle: 2, resolution: 1 },
    })
    expect(parse('--replay a.pcap --speed inf').replay).toEqual({
      ...{ file: 'a.pcap', speed: Number.POSITIVE_INFINITY, loops: 1 },
    })
  })

  it.each([
    ['--rate 10', "'10' is not a rate"],
    ['--rate 10kxx', 'is not a rate'],
    ['--seconds soon', "'soon' is not a number"],
    ['--throughput --highest 1Gbps', 'is not a rate of packets'],
    ['--speeed 5', 'speeed'],
  ])('does not take %s', (line, text) => {
    expect(() => parse(line)).toThrow(UsageError)
    expect(() => parse(line)).toThrow(text)
  })

  it('needs a device', () => {
    expect(() => parseCommandLine(['--rate', '5pps'])).toThrow('--tx is missing')
  })
})
