/** What a program is made of and what it did, for people and for other programs. */

import type { Action } from './actions/action.js'
import type { ActionStatistics, ProgramCounts } from './program-version.js'

/** What an action cost in a measurement. */
export interface ActionCost {
  /** That came to it meanwhile. */
  packets: bigint
  /**
   * Cycles of the time stamp counter that it took for each, without those of its branch; undefined without packets. Of a
   * handler, to hand packets over; of an action that sends, what the device's driver takes.
   */
  cyclesPerPacket: number | undefined
}

export interface ActionDescription {
  /** Its place: `2.1` is the first action in the branch of the second. */
  number: string
  kind: string
  /** For people: `forward to net_tap1`. */
  description: string
  /** What is worth knowing about how it runs: a filter that could not be compiled for this CPU is `interpreted`. */
  note?: string
  counters: Record<string, bigint>
  /** Where it was measured. */
  cost?: ActionCost
  /** Of an action with a branch: the actions in it. */
  actions?: ActionDescription[]
}

export interface ProgramDescription {
  /** The port's name. */
  port: string
  /** How many receive queues it runs on. */
  queues: number
  version: number
  isRunning: boolean
  received: bigint
  actions: ActionDescription[]
  unclaimed: bigint
  toJSON(): unknown
}

export interface MeasureOptions {
  /** For how long the cost of each action is measured, in milliseconds. */
  measureMs: number
}

/** @param costs of all actions, depth first */
export function describeActions(
  actions: readonly Action[],
  counts: ProgramCounts,
  costs: readonly ActionCost[] | undefined,
): ActionDescription[] {
  let next = 0
  const describe = (
    outer: string,
    actions: readonly Action[],
    statistics: readonly ActionStatistics[],
  ): ActionDescription[] =>
    actions.map(({ description, native: { kind }, actions: inner }, index) => {
      const number = `${outer}${index + 1}`
      const { counters = {}, note, actions: innerStatistics = [] } = statistics[index] ?? {}
      const cost = costs?.[next++]
      return {
        ...{ number, kind, description, counters },
        ...(note !== undefined && { note }),
        ...(cost && { cost }),
        ...(inner && { actions: describe(`${number}.`, inner, innerStatistics) }),
      }
    })
  return describe('', actions, counts.actions)
}

/** As a tree to be read. */
export function programText(description: Omit<ProgramDescription, 'toJSON'>): string {
  const { port, queues, version, isRunning, received, actions, unclaimed } = description
  const queueCount = `${queues} receive queue${queues === 1 ? '' : 's'}`
  const state = isRunning ? 'running' : 'stopped'
  const lines = [
    `${port}, ${queueCount}, version ${version}, ${state}: received ${received}`,
    ...actionLines(actions, '  '),
  ]
  if (unclaimed !== 0n) lines.push(`  dropped behind the last action: ${unclaimed}`)
  return lines.join('\n')
}

function actionLines(actions: readonly ActionDescription[], indent: string): string[] {
  return actions.flatMap(({ number, description, note, counters, cost, actions: inner = [] }) => {
    const deeper = indent + ' '.repeat(number.length + 2)
    const counted = Object.entries(counters).filter(([, count]) => count !== 0n)
    return [
      `${indent}${number}. ${description}${note === undefined ? '' : ` (${note})`}`,
      `${deeper}${counted.map(([counter, count]) => `${counter} ${count}`).join(', ') || 'nothing yet'}`,
      ...(cost === undefined ? [] : [`${deeper}${costText(cost)}`]),
      ...actionLines(inner, deeper),
    ]
  })
}

function costText({ packets, cyclesPerPacket }: ActionCost): string {
  if (cyclesPerPacket === undefined) return 'no packet came while it was measured'
  return `${cyclesPerPacket.toFixed(1)} cycles per packet, of ${packets}`
}
