// The table of DPDK's l2fwd. A packet that was received is sent, dropped or still on its way, and at the end it is
// not on its way any more: then received = sent + dropped.

import type { Port, Program } from 'dpdk-node'

export interface Forwarding {
  port: Port
  program: Program
}

export interface PortCounts {
  port: number
  sent: bigint
  received: bigint
  dropped: bigint
}

/** Why a program drops packets: names among its actions' counters. */
const dropReasons = [
  'dropped',
  'unhandled',
  'failed',
  'invalidVerdict',
  'invalidSize',
  'reclaimed',
  'overflow',
  'noConsumer',
  'unreachable',
]

/** Packets dropped on the way to a port count there; those that a handler drops, where they came from. */
export function countPackets({ port, program }: Forwarding): PortCounts {
  const { tx } = port.counters()
  const { actions, unclaimed } = program.stats()
  const droppedByProgram = actions.flatMap(({ counters }) =>
    dropReasons.map((reason) => counters[reason] ?? 0n),
  )
  return {
    port: port.id,
    sent: tx.accepted,
    received: countReceived(port),
    dropped: tx.rejectedFull + tx.rejectedTooLong + tx.rejectedClosed + unclaimed + sum(droppedByProgram),
  }
}

export function countReceived(port: Port): bigint {
  return sum(port.counters().rxQueues.map(({ received }) => received))
}

export function addUp(ports: readonly PortCounts[]): Omit<PortCounts, 'port'> {
  return {
    sent: sum(ports.map(({ sent }) => sent)),
    received: sum(ports.map(({ received }) => received)),
    dropped: sum(ports.map(({ dropped }) => dropped)),
  }
}

export function formatTable(ports: readonly PortCounts[]): string {
  const total = addUp(ports)
  return [
    '',
    'Port statistics ====================================',
    ...ports.flatMap(({ port, sent, received, dropped }) => [
      `Statistics for port ${port} ------------------------------`,
      `Packets sent: ${pad(sent, 24)}`,
      `Packets received: ${pad(received, 20)}`,
      `Packets dropped: ${pad(dropped, 21)}`,
    ]),
    'Aggregate statistics ===============================',
    `Total packets sent: ${pad(total.sent, 18)}`,
    `Total packets received: ${pad(total.received, 14)}`,
    `Total packets dropped: ${pad(total.dropped, 15)}`,
    '====================================================',
  ].join('\n')
}

function pad(count: bigint, width: number): string {
  return count.toString().padStart(width)
}

function sum(counts: readonly bigint[]): bigint {
  return counts.reduce((total, count) => total + count, 0n)
}
