import { describe, expect, it } from 'vitest'
import type { NativeAudit, NativeAuditEntry } from '../../lib/addon.js'
import { type AuditedPort, Auditor } from '../../lib/audit.js'

const port: AuditedPort = {
  id: 0,
  incarnation: 1,
  descriptors: 100,
  segments: 1,
  transmittedPackets: 5n,
  transmitErrors: 0n,
}

type Counts = Record<string, number>

function entry(kind: NativeAuditEntry['kind'], counts: Counts, more: Partial<NativeAuditEntry> = {}) {
  const big = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, BigInt(count)]))
  return { kind, port: 0, queue: 0, lcore: 1, counts: big, ...more }
}

/** Ten packets came; a handler has one, holds one, has forwarded four and let four go on, which were dropped. */
function sound(change: Record<string, Counts> = {}, inUse = 90): NativeAudit {
  const counts = (name: string, usual: Counts) => ({ ...usual, ...change[name] })
  const handled = {
    ...{ delivered: 10, forwarded: 4, continued: 4, held: 1, inFlight: 1, passed: 4 },
    ...{ supplied: 8, submitted: 2, sentForwarded: 2, owned: 7, heldNow: 1 },
  }
  return {
    entries: [
      entry('queue', counts('queue', { received: 15, onlyCaptured: 2, pastPrograms: 3, backpressured: 1 })),
      entry('program', counts('program', { received: 10, unclaimed: 0 }), { program: 7 }),
      entry('action', counts('handle', handled), { program: 7, index: 0, name: 'handle' }),
      entry('action', counts('drop', { dropped: 4 }), { program: 7, index: 1, name: 'drop' }),
      entry('output', counts('output', { requested: 6, accepted: 4, rejectedFull: 1, buffered: 1 })),
      entry('sendRing', counts('sendRing', { supplied: 5, submitted: 1, sentForwarded: 1, owned: 4 })),
      entry('capture', counts('capture', { matched: 3, notCopied: 1, delivered: 2, dropped: 2 })),
    ],
    pools: [{ id: 0, name: 'pool', size: 1000, inUse }],
  }
}

const check = (audit: NativeAudit, later = audit, auditor = new Auditor()) =>
  auditor.check(audit, later, [port])

describe('an audit', () => {
  it('holds when every packet is in one place', () => {
    const report = check(sound())
    expect(report.violations).toEqual([])
    expect(report).toMatchObject({
      ok: true,
      queues: [{ port: 0, queue: 0, lcore: 1, received: 15n, inFlight: 2n }],
      outputs: [{ port: 0, requested: 6n, accepted: 4n, rejected: 1n, buffered: 1n, deviceTransmitted: 5n }],
      pools: [{ name: 'pool', size: 1000, inUse: 90 }],
      buffers: { inUse: 90n, known: 13n, atDevices: 77n, devicesHold: 100n },
    })
    expect(JSON.parse(JSON.stringify(report)).buffers.known).toBe('13')
  })

  const wrong: [string, Record<string, Counts>, RegExp][] = [
    ['a packet that no program got', { queue: { received: 16 } }, /^queue .* 16 is not 15$/],
    ['a packet that no action got', { program: { received: 11 } }, /action 0 .* 11 packets came, and 10/],
    ['one that the next action got twice', { drop: { dropped: 5 } }, /action 1 .* 4 packets came, and 5/],
    ['one that went on to nowhere', { drop: { dropped: 3 } }, /program 7 .* 1 packets came out, and 0/],
    ['one lost with JavaScript', { handle: { forwarded: 3 } }, /delivered = .* 10 is not 9$/],
    ['one that was held and is gone', { handle: { owned: 6 } }, /supplied \+ held = .* 9 is not 8$/],
    ['one lost on its way to a device', { output: { accepted: 3 } }, /^output .* 6 is not 5$/],
    ['one lost in a send ring', { sendRing: { sentForwarded: 0, sentDropped: 2 } }, /^sendRing .* submitted/],
    ['a copy lost', { capture: { notCopied: 0 } }, /^capture .* 3 is not 2$/],
  ]
  it.each(wrong)('finds %s', (_, change, message) => {
    const { ok, violations } = check(sound(change))
    expect(ok).toBe(false)
    expect(violations).toContainEqual(expect.stringMatching(message))
  })

  it('finds buffers that are nowhere, and packets without one', () => {
    expect(check(sound({}, 114)).violations).toEqual([
      expect.stringMatching(/^pools: of 114 buffers in use, 13/),
    ])
    expect(check(sound({}, 113)).violations).toEqual([])
    expect(check(sound({}, 11)).violations).toEqual([expect.stringMatching(/^pools: 11 buffers are in use/)])
    // One of those that wait for a device may be flooded, and wait twice.
    expect(check(sound({}, 12)).violations).toEqual([])
  })

  it('tolerates in pools what moved between its two looks', () => {
    const later = sound({ queue: { received: 20 } })
    expect(check(sound({}, 118), later).violations).toEqual([])
    expect(check(sound({}, 119), later).ok).toBe(false)
  })

  it('lets no counter go back, but those of another port with the same id', () => {
    const auditor = new Auditor()
    const less = sound({ queue: { received: 14, onlyCaptured: 1, backpressured: 0 } })
    expect(check(sound(), undefined, auditor).ok).toBe(true)
    expect(check(less, undefined, auditor).violations).toEqual([
      expect.stringMatching(/^queue .*: received went back from 15 to 14$/),
      expect.stringMatching(/onlyCaptured went back from 2 to 1$/),
      expect.stringMatching(/backpressured went back from 1 to 0$/),
    ])
    const reopened = { ...port, incarnation: 2 }
    expect(auditor.check(less, less, [reopened]).ok).toBe(true)
  })

  it('is exact beyond 2^53', () => {
    const many = 2n ** 60n
    const huge = (received: bigint) => {
      const audit = sound()
      for (const { kind, counts } of audit.entries) {
        if (kind === 'queue') Object.assign(counts, { received, pastPrograms: many - 6n })
      }
      return audit
    }
    expect(check(huge(many + 6n)).ok).toBe(true)
    expect(check(huge(many + 7n)).violations).toEqual([
      expect.stringMatching(/1152921504606846983 is not 1152921504606846982$/),
    ])
  })
})
