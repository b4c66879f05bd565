/** 1. Native actions against testpmd and DPDK's l2fwd: the same devices, bursts, queues and pool. */

import { copied, netNull, netPcap, prefilled } from '../contenders/devices.js'
import { type Devices, dpdkL2fwd, dpdkNode, testpmd } from '../contenders/programs.js'
import { type Comparison, compare, type Rounds } from '../measure/comparison.js'

export async function* native(rounds: Rounds): AsyncGenerator<Comparison> {
  const all = [netNull, prefilled(), copied(), netPcap()]
  for (const devices of all) {
    yield compare(
      titled('io', devices, 'testpmd io'),
      contenders(devices, testpmd('io', devices), 'forward'),
      rounds,
    )
    const swap = contenders(devices, testpmd('macswap', devices), 'macSwap')
    yield compare(titled('macswap', devices, 'testpmd macswap'), swap, rounds)
    const l2fwd = contenders(devices, dpdkL2fwd(devices), 'l2fwd')
    yield compare(titled('l2fwd', devices, "DPDK's l2fwd"), l2fwd, rounds)
  }
}

function contenders(
  devices: Devices,
  measure: ReturnType<typeof testpmd>,
  action: 'forward' | 'macSwap' | 'l2fwd',
) {
  return [
    measure,
    dpdkNode(devices, { action, layout: 'direct', name: 'direct pool' }),
    dpdkNode(devices, { action, layout: 'isolated', name: 'isolated pool' }),
  ]
}

function titled(what: string, devices: Devices, against: string) {
  return {
    id: `native-${what}-${devices.name}`.replaceAll(/[^a-z0-9]+/gi, '-'),
    title: `${what} on ${devices.name}, against ${against}`,
    targets: [
      { contender: 'direct pool', ratio: 1 },
      { contender: 'isolated pool', ratio: 0.85 },
    ],
  }
}
