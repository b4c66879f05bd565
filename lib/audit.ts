/**
 * The laws that all counters together must keep, and their check. A packet is always in exactly one place; every place
 * counts what comes in and what goes out; so nothing can be lost, freed twice or invented without a sum that is wrong.
 *
 * Numbers of one lcore were taken at one moment, between two rounds of its loop: their laws hold exactly. Pools are read
 * while lcores run; their law has the tolerance that is stated there.
 */

import type { NativeAudit, NativeAuditEntry } from './addon.js'
import { snapshot } from './snapshot.js'

export interface AuditReport {
  /** Whether every law holds. */
  ok: boolean
  /** One sentence for each that does not, with its numbers. */
  violations: string[]
  queues: { port: number; queue: number; lcore: number; received: bigint; inFlight: bigint }[]
  /** Summed over lcores, with the device's own counters beside. */
  outputs: {
    port: number
    requested: bigint
    accepted: bigint
    rejected: bigint
    buffered: bigint
    deviceTransmitted: bigint
    deviceErrors: bigint
  }[]
  pools: { name: string; size: number; inUse: number }[]
  /** Buffers of all pools in use, by where they are. What is not known is posted to devices. */
  buffers: { inUse: bigint; known: bigint; atDevices: bigint; devicesHold: bigint }
  toJSON(): unknown
}

/** What is known about an open port beside its counters. */
export interface AuditedPort {
  id: number
  /** Another number for every port that was ever opened: ids are used again. */
  incarnation: number
  /** Buffers that its descriptors can hold. */
  descriptors: number
  /** Of the longest frame, in buffers. */
  segments: number
  transmittedPackets: bigint
  transmitErrors: bigint
}

/** Why `l3fwd` and `acl` drop packets. */
const reasons = [
  'denied',
  'badHeader',
  'badChecksum',
  'ttlExceeded',
  'noRoute',
  'noNeighbour',
  'noOutput',
] as const

/** Counters that go up and down. */
const GAUGES: ReadonlySet<string> = new Set(['inFlight', 'waiting', 'owned', 'heldNow', 'buffered'])

/** Of packets that went into a branch. */
const BRANCH_COUNTERS = ['matched', 'sampled']

type Sum = (...names: string[]) => bigint

/** A law: two sums that are equal, in the words of the counters. */
type Law = (sum: Sum) => [left: bigint, right: bigint, text: string]

/** Law 2, and its likes for what JavaScript owns. */
const ringLaws: readonly Law[] = [
  (sum) => [
    sum('delivered'),
    sum('forwarded', 'continued', 'held', 'unhandled', 'failed', 'dropped', 'noMember') +
      sum('invalidVerdict', 'invalidSize', 'invalidHold', 'reclaimed', 'inFlight'),
    'delivered = forwarded + continued + held + unhandled + failed + dropped + invalid + reclaimed + in flight',
  ],
]
const sendLaws: readonly Law[] = [
  (sum) => [
    sum('supplied', 'held'),
    sum('sentForwarded', 'sentContinued', 'sentDropped', 'sentInvalidSize', 'sentInvalidVerdict') +
      sum('sentReclaimed', 'owned'),
    'supplied + held = sent + reclaimed + owned',
  ],
  (sum) => [
    sum('submitted'),
    sum('sentForwarded', 'sentContinued', 'sentDropped', 'sentInvalidSize', 'sentInvalidVerdict') +
      sum('sentInvalidName'),
    'submitted = sent + invalid',
  ],
]
const captureLaws: readonly Law[] = [
  ...ringLaws,
  (sum) => [
    sum('matched'),
    sum('notCopied', 'delivered', 'overflow', 'noConsumer', 'unreachable', 'waiting'),
    'matched = not copied + delivered + lost in the ring',
  ],
]
/** Law 3. */
const outputLaws: readonly Law[] = [
  (sum) => [
    sum('requested'),
    sum('accepted', 'rejectedFull', 'rejectedTooLong', 'rejectedClosed', 'buffered'),
    'requested = accepted + rejected + buffered',
  ],
]

const generatorLaws: readonly Law[] = [
  (sum) => [
    sum('generated'),
    sum('accepted', 'rejectedFull', 'rejectedTooLong', 'rejectedClosed'),
    'generated = accepted + rejected',
  ],
]

const lawsOf: Record<NativeAuditEntry['kind'], readonly Law[]> = {
  queue: [],
  program: [],
  action: [],
  output: outputLaws,
  sendRing: sendLaws,
  capture: captureLaws,
  generator: generatorLaws,
}

/** Checks one audit after the other; it remembers the last, for no counter may go back. */
export class Auditor {
  #previous = new Map<string, bigint>()

  /** @param later taken just after `audit`: what moved between the two is the pools' tolerance. */
  check(audit: NativeAudit, later: NativeAudit, ports: readonly AuditedPort[]): AuditReport {
    const violations = [
      ...audit.entries.flatMap(checkEntry),
      ...checkQueues(audit.entries),
      ...checkPrograms(audit.entries),
      ...this.#checkProgress(audit.entries, ports),
    ]
    const buffers = countBuffers(audit, later, ports)
    violations.push(...buffers.violations)
    return snapshot({
      ok: violations.length === 0,
      violations,
      queues: summarizeQueues(audit.entries),
      outputs: ports.map((port) => summarizeOutputs(audit.entries, port)),
      pools: audit.pools.map(({ name, size, inUse }) => ({ name, size, inUse })),
      buffers: buffers.counts,
    })
  }

  /** Law 5. */
  #checkProgress(entries: readonly NativeAuditEntry[], ports: readonly AuditedPort[]): string[] {
    const incarnations = new Map(ports.map(({ id, incarnation }) => [id, incarnation]))
    const next = new Map<string, bigint>()
    const violations: string[] = []
    for (const entry of entries) {
      for (const [name, value] of Object.entries(entry.counts)) {
        if (GAUGES.has(name)) continue
        const key = `${nameOf(entry)} #${incarnations.get(entry.port)}: ${name}`
        const before = this.#previous.get(key) ?? 0n
        if (value < before) violations.push(`${key} went back from ${before} to ${value}`)
        next.set(key, value)
      }
    }
    this.#previous = next
    return violations
  }
}

function checkEntry(entry: NativeAuditEntry): string[] {
  const laws = entry.name === 'handle' ? [...ringLaws, ...sendLaws] : lawsOf[entry.kind]
  return laws.flatMap((law) => {
    const [left, right, text] = law((...names) => sumOf(entry, ...names))
    return left === right ? [] : [`${nameOf(entry)}: ${text}: ${left} is not ${right}`]
  })
}

/** Law 1, from the queue's side. */
function checkQueues(entries: readonly NativeAuditEntry[]): string[] {
  return entries
    .filter(({ kind }) => kind === 'queue')
    .flatMap((queue) => {
      const programs = entries.filter(
        ({ kind, port, queue: number }) =>
          kind === 'program' && port === queue.port && number === queue.queue,
      )
      const now = programs.reduce((sum, program) => sum + sumOf(program, 'received'), 0n)
      const [left, right] = [sumOf(queue, 'received'), sumOf(queue, 'onlyCaptured', 'pastPrograms') + now]
      if (left === right) return []
      return [`${nameOf(queue)}: received = only captured + its programs' received: ${left} is not ${right}`]
    })
}

/** Law 1, from action to action. */
function checkPrograms(entries: readonly NativeAuditEntry[]): string[] {
  return entries
    .filter(({ kind }) => kind === 'program')
    .flatMap((program) => {
      const actions = entries
        .filter(({ kind, program: id }) => kind === 'action' && id === program.program)
        .sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
      const { passed, violations } = checkList(actions, sumOf(program, 'received'))
      const unclaimed = sumOf(program, 'unclaimed')
      if (unclaimed !== passed) {
        violations.push(`${nameOf(program)}: ${passed} packets came out, and ${unclaimed} are unclaimed`)
      }
      return violations
    })
}

/** Of packets that entered a list of actions, depth first, how many came out of its end. */
function checkList(
  list: readonly NativeAuditEntry[],
  entered: bigint,
): { passed: bigint; violations: string[] } {
  const [action, ...others] = list
  if (action === undefined) return { passed: entered, violations: [] }
  const next = others.findIndex(({ depth = 0 }) => depth <= (action.depth ?? 0))
  const branch = next === -1 ? others : others.slice(0, next)
  const inBranch = checkList(branch, sumOf(action, ...BRANCH_COUNTERS))
  const { accounted, passed } = passedBy(action, entered)
  const rest = checkList(others.slice(branch.length), passed + inBranch.passed)
  const violations = [...inBranch.violations, ...rest.violations]
  if (accounted !== entered || passed < 0n) {
    violations.unshift(`${nameOf(action)}: ${entered} packets came, and ${accounted} are accounted for`)
  }
  return { passed: rest.passed, violations }
}

/** What is known of packets that an action got, and how many it let go on, without those of its branch. */
function passedBy(action: NativeAuditEntry, entered: bigint): { accounted: bigint; passed: bigint } {
  const sum: Sum = (...names) => sumOf(action, ...names)
  switch (action.name) {
    case 'handle': {
      const accounted = sum(...['delivered', 'overflow', 'noConsumer', 'unreachable', 'bypassed', 'waiting'])
      return { accounted, passed: sum('passed', 'sentContinued') }
    }
    case 'match':
      return { accounted: sum('matched', 'unmatched'), passed: sum('unmatched') }
    case 'sample':
      return { accounted: sum('sampled', 'others'), passed: sum('others') }
    case 'count':
      return { accounted: sum('packets'), passed: entered }
    case 'mirror':
      return { accounted: sum('mirrored', 'notMirrored'), passed: entered }
    default: {
      const taken = sum('forwarded', 'dropped', 'measured', 'unmeasured', ...reasons)
      const said = action.counts.passed
      if (said !== undefined) return { accounted: taken + said, passed: said }
      return { accounted: taken > entered ? taken : entered, passed: entered - taken }
    }
  }
}

/**
 * Law 4. Buffers in use are with lcores and JavaScript, which is known, or with devices, which hold as many as they have
 * descriptors at most.
 *
 * Tolerance: packets that came or went between the two snapshots; a packet that is flooded waits in several outputs, but
 * is one buffer; and a long packet is several.
 */
function countBuffers(audit: NativeAudit, later: NativeAudit, ports: readonly AuditedPort[]) {
  const total = (entries: readonly NativeAuditEntry[], ...names: string[]) =>
    entries.reduce((sum, entry) => sum + sumOf(entry, ...names), 0n)
  // Whatever happens to a packet, a counter goes up.
  const moved = events(later.entries) - events(audit.entries)
  const tolerance = moved < 0n ? -moved : moved

  const inUse = BigInt(audit.pools.reduce((sum, pool) => sum + pool.inUse, 0))
  const buffered = total(audit.entries, 'buffered')
  const known = total(audit.entries, 'inFlight', 'waiting', 'owned') + buffered
  const segments = BigInt(Math.max(1, ...ports.map((port) => port.segments)))
  const devicesHold = BigInt(ports.reduce((sum, { descriptors }) => sum + descriptors, 0))
  const counts = { inUse, known, atDevices: inUse - known, devicesHold }

  const violations: string[] = []
  if (inUse + buffered + tolerance < known) {
    violations.push(`pools: ${inUse} buffers are in use, and ${known} packets have one`)
  }
  if (inUse > known * segments + devicesHold + tolerance) {
    violations.push(
      `pools: of ${inUse} buffers in use, ${known} are known, and devices hold ${devicesHold} at most`,
    )
  }
  return { counts, violations }
}

function summarizeQueues(entries: readonly NativeAuditEntry[]) {
  return entries
    .filter(({ kind }) => kind === 'queue')
    .map(({ port, queue = 0, lcore, counts }) => {
      const inFlight = entries
        .filter((entry) => entry.kind === 'action' && entry.port === port && entry.queue === queue)
        .reduce((sum, entry) => sum + sumOf(entry, 'inFlight', 'waiting', 'heldNow'), 0n)
      return { port, queue, lcore, received: counts.received ?? 0n, inFlight }
    })
}

function summarizeOutputs(entries: readonly NativeAuditEntry[], port: AuditedPort) {
  const own = entries.filter((entry) => entry.kind === 'output' && entry.port === port.id)
  const sum: Sum = (...names) => own.reduce((total, entry) => total + sumOf(entry, ...names), 0n)
  return {
    port: port.id,
    requested: sum('requested'),
    accepted: sum('accepted'),
    rejected: sum('rejectedFull', 'rejectedTooLong', 'rejectedClosed'),
    buffered: sum('buffered'),
    deviceTransmitted: port.transmittedPackets,
    deviceErrors: port.transmitErrors,
  }
}

/** All that ever happened, as a sum. */
function events(entries: readonly NativeAuditEntry[]): bigint {
  const counts = entries.flatMap((entry) => Object.entries(entry.counts))
  return counts.reduce((sum, [name, count]) => (GAUGES.has(name) ? sum : sum + count), 0n)
}

/** Counters that an object does not have are 0. */
function sumOf({ counts }: NativeAuditEntry, ...names: string[]): bigint {
  return names.reduce((sum, name) => sum + (counts[name] ?? 0n), 0n)
}

function nameOf({ kind, name, port, queue, lcore, program, index }: NativeAuditEntry): string {
  const place = `port ${port}${queue === undefined ? '' : `, queue ${queue}`}, lcore ${lcore}`
  if (kind === 'action') return `${name}, action ${index} of program ${program} (${place})`
  const number = program ?? index
  return `${kind}${number === undefined ? '' : ` ${number}`} (${place})`
}
