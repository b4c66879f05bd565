/** 3. Receiving from an interface of the kernel, beside what Node users have today: npm's cap and raw-socket. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { canUseNamespaces } from '../../test/support/namespaces.js'
import { built, LCORE_CPU } from '../contenders/contender.js'
import { type Receiver, type Transfer, Wire } from '../contenders/wire.js'
import type { Figure, FigureTable } from '../measure/figures.js'
import type { ReceiveOptions } from '../programs/receive-dpdk-node.js'
import { BACKLOG } from '../programs/receiver.js'
import type { Extent } from './suite.js'

/** Frames per second; 0: as many as the kernel takes. */
const LOADS = [50_000, 200_000, 500_000, 0]
const SLEEPING = 'dpdk-node, idle: sleep'
const SPINNING = 'dpdk-node, idle: spin'
const FASTER = 5

const NOTES = [
  'Frames of 64 B through a veth, from one network namespace to another, sent by AF_PACKET on a CPU of its own; the receiver,',
  'with all of its threads, has the other CPU. Each reads the IPv4 destination of every packet in JavaScript and counts it.',
  'cap reads with the filter and buffer of its README (10 MB), raw-socket what the kernel delivers to IPv4 (as much of 10 MB as net.core.rmem_max allows),',
  'dpdk-node with net_af_packet (ring of 256 MB, 2 kB for each frame) and a handler on the event loop.',
  'CPU-seconds are user and system time of all threads of the receiver. A lcore that spins burns its CPU at any load, one that',
  'sleeps does not: with *spin* only the highest load says what a packet costs.',
  'Lost: what the sender was rid of and the receiver did not handle.',
]

const BACKLOG_NOTES = [
  'One CPU sends half a million packets per second or so through a veth: that is less than dpdk-node can take, and its CPU-seconds',
  `above are mostly spent on looking for packets. So here ${BACKLOG.toLocaleString('en-US')} packets wait in the kernel's ring while it is stopped,`,
  'and it is let go until it has handled them. cap and raw-socket cannot be measured like that: cap’s buffer of 10 MB holds 160 packets, raw-socket’s some',
  'hundred packets. Without a ratio, because the conditions differ.',
]

export async function* peers({ short }: Extent): AsyncGenerator<FigureTable> {
  const { usable, reason } = canUseNamespaces()
  if (!usable || !existsSync(built('peers/ready'))) {
    console.log(`\npeers: left out, ${usable ? 'cap and raw-socket could not be installed' : reason}`)
    return
  }
  await using wire = await Wire.create()
  const receivers: Receiver[] = []
  const drains = new Map<string, number[]>([SLEEPING, SPINNING].map((name) => [name, []]))
  const transfers: { load: number; receiver: string; round: number; transfer: Transfer }[] = []
  try {
    for (const [name, command] of Object.entries(COMMANDS)) {
      receivers.push(await wire.attach(name, name === 'raw-socket', command))
    }
    for (let round = 0; round < (short ? 1 : 7); round++) {
      for (const load of LOADS) {
        for (const receiver of receivers) {
          const transfer = await receiver.receive(load, short ? 300 : 700)
          transfers.push({ load, receiver: receiver.name, round, transfer })
        }
      }
      // After the loads: then their compilers have had their time.
      for (const receiver of receivers) {
        const rates = drains.get(receiver.name)
        if (rates !== undefined) rates.push((await receiver.drain()) / 1e6)
      }
    }
  } finally {
    for (const receiver of receivers) await receiver.stop()
  }
  for (const load of LOADS) {
    const rows = Object.keys(COMMANDS).map((name) => ({
      name,
      transfers: transfers
        .filter((one) => one.load === load && one.receiver === name)
        .map((one) => one.transfer),
    }))
    yield {
      id: `peers-${load || 'highest'}`,
      title: `Receiving from a veth: ${load ? `${load.toLocaleString('en-US')} packets per second` : 'the highest load'}`,
      notes: load === LOADS[0] ? NOTES : ['As above.'],
      figures: toFigures(load, new Map(rows.map((row) => [row.name, row.transfers]))),
    }
  }
  const quantity = 'handled per CPU-second'
  yield {
    id: 'peers-backlog',
    title: 'Receiving from a veth: a backlog',
    notes: BACKLOG_NOTES,
    figures: [...drains].map(([subject, samples]) => ({
      subject,
      quantity,
      unit: 'million packets',
      samples,
    })),
  }
}

const COMMANDS: Record<string, (interfaceName: string) => string[]> = {
  cap: (name) => node('receive-cap', name),
  'raw-socket': (name) => node('receive-raw-socket', name),
  [SLEEPING]: (name) => node('receive-dpdk-node', receiveOptions(name, 'sleep')),
  [SPINNING]: (name) => node('receive-dpdk-node', receiveOptions(name, 'spin')),
}

function node(program: string, argument: string): string[] {
  const path = fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url))
  return [process.execPath, '--import', 'tsx', path, argument]
}

function receiveOptions(interfaceName: string, idle: ReceiveOptions['idle']): string {
  const filePrefix = `bench-${process.pid}-peer-${idle}`
  return JSON.stringify({
    interface: interfaceName,
    filePrefix,
    lcore: LCORE_CPU,
    idle,
  } satisfies ReceiveOptions)
}

function toFigures(load: number, transfers: ReadonlyMap<string, Transfer[]>): Figure[] {
  const cap = transfers.get('cap') ?? []
  return [...transfers].flatMap(([subject, own]): Figure[] => {
    const ours = subject === SLEEPING || subject === SPINNING
    const costs = own.map(
      (one, round) => one.handledPerCpuSecond / (cap[round]?.handledPerCpuSecond ?? Number.NaN),
    )
    const ratio: Figure = {
      subject,
      quantity: 'per CPU-second, against cap',
      unit: '×',
      samples: costs,
      isRatio: true,
    }
    // Only at the highest load is every CPU-second spent on packets, of each contender.
    const target = ours && load === 0 ? { target: { atLeast: FASTER } } : {}
    return [
      { subject, quantity: 'offered', unit: 'Mpps', samples: own.map((one) => one.offeredPerSecond / 1e6) },
      { subject, quantity: 'handled', unit: 'Mpps', samples: own.map((one) => one.handledPerSecond / 1e6) },
      {
        subject,
        quantity: 'handled per CPU-second',
        unit: 'million packets',
        samples: own.map((one) => one.handledPerCpuSecond / 1e6),
      },
      { subject, quantity: 'lost', unit: '%', samples: own.map((one) => one.lostPercent) },
      ...(subject === 'cap' ? [] : [{ ...ratio, ...target }]),
    ]
  })
}
