/** 2. Handlers in TypeScript against native actions, on one lcore and one JavaScript thread. */

import { copied, netPcap, prefilled } from '../contenders/devices.js'
import { type Devices, dpdkNode, type Ours } from '../contenders/programs.js'
import { type Comparison, compare, type Rounds } from '../measure/comparison.js'

const BATCH_LIMITS = [1, 8, 32, 64, 256]

export async function* handlers(rounds: Rounds): AsyncGenerator<Comparison> {
  for (const devices of [prefilled(), copied(), netPcap()]) {
    yield compare(
      { ...titled('mac-swap', devices), targets: [{ contender: 'Worker, spinning', ratio: 0.75 }] },
      [
        dpdkNode(devices, { action: 'macSwap', name: 'native macSwap' }),
        dpdkNode(devices, { action: 'mac-swap', thread: 'spin', name: 'Worker, spinning' }),
        dpdkNode(devices, { action: 'mac-swap', thread: 'block', name: 'Worker, waiting' }),
        dpdkNode(devices, { action: 'mac-swap', thread: 'event', name: 'event loop' }),
      ],
      rounds,
    )
  }
  const flows = copied('100,000 flows')
  yield compare(
    { ...titled('flow-counter', flows), firstDoesLess: true },
    both(flows, 'flow-counter'),
    rounds,
  )
  for (const devices of [copied(), copied('IMIX'), copied('1518 B')]) {
    yield compare({ ...titled('route', devices), firstDoesLess: true }, both(devices, 'route'), rounds)
  }
  const devices = copied()
  yield compare(
    { id: 'handlers-batch-limits', title: `mac-swap by batch limit on ${devices.name}` },
    BATCH_LIMITS.map((batchLimit) =>
      dpdkNode(devices, { action: 'mac-swap', batchLimit, name: `batches of at most ${batchLimit}` }),
    ),
    rounds,
  )
}

function both(devices: Devices, action: Ours['action']) {
  return [
    dpdkNode(devices, { action: 'forward', name: 'native forward' }),
    dpdkNode(devices, { action, thread: 'spin', name: 'Worker, spinning' }),
    dpdkNode(devices, { action, thread: 'event', name: 'event loop' }),
  ]
}

function titled(handler: string, devices: Devices) {
  return {
    id: `handlers-${handler}-${devices.name}`.replaceAll(/[^a-z0-9]+/gi, '-'),
    title: `handler ${handler} on ${devices.name}`,
  }
}
