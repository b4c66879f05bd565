/** How each contender is started. */

import { fileURLToPath } from 'node:url'
import type { DpdkNodeOptions } from '../programs/dpdk-node.js'
import { built, Contender, LCORE_CPU, OTHER_CPU } from './contender.js'

/** Two devices of a kind, as EAL is told to make them, and as they are called. */
export interface Devices {
  name: string
  names: readonly [string, string]
  arguments: string[]
}

let started = 0

/** Names EAL's files: contenders live beside each other. */
function newPrefix(): string {
  return `bench-${process.pid}-${started++}`
}

const MEMORY = ['--in-memory', '--single-file-segments', '--no-pci']

function vdevs(devices: Devices): string[] {
  return ['-d', built('libnet_frames.so'), ...devices.arguments.flatMap((device) => ['--vdev', device])]
}

/** DPDK's testpmd, with the pool that the library makes by default. */
export function testpmd(mode: 'io' | 'macswap', devices: Devices, { circulating = 0 } = {}) {
  return () => {
    const filePrefix = newPrefix()
    const start = circulating > 0 ? [`--tx-first`] : []
    return Contender.launch({
      name: `testpmd ${mode}`,
      command: 'dpdk-testpmd',
      arguments: [
        ...[
          '-l',
          `${OTHER_CPU},${LCORE_CPU}`,
          ...MEMORY,
          '--file-prefix',
          filePrefix,
          ...vdevs(devices),
          '--',
        ],
        ...['-i', '--nb-cores=1', `--forward-mode=${mode}`, '--burst=32', '--rxd=1024', '--txd=1024'],
        ...['--total-num-mbufs=16384', '--mbcache=256', '--no-flush-rx', '--auto-start', ...start],
      ],
      filePrefix,
      ready: /testpmd> /,
    })
  }
}

/** DPDK's l2fwd, with MAC updating. */
export function dpdkL2fwd(devices: Devices) {
  return () => {
    const filePrefix = newPrefix()
    return Contender.launch({
      name: "DPDK's l2fwd",
      command: built('l2fwd'),
      arguments: [
        ...['-l', String(LCORE_CPU), ...MEMORY, '--file-prefix', filePrefix, ...vdevs(devices), '--'],
        ...['-p', '3', '-q', '2', '-T', '0'],
      ],
      filePrefix,
      ready: /entering main loop/,
    })
  }
}

export type Ours = Pick<DpdkNodeOptions, 'action'> &
  Partial<Omit<DpdkNodeOptions, 'eal' | 'devices'>> & { name?: string; nodeOptions?: string[] }

/** This library. */
export function dpdkNode(devices: Devices, { name, nodeOptions = [], ...given }: Ours) {
  return () => {
    const filePrefix = newPrefix()
    const options: DpdkNodeOptions = {
      layout: 'isolated',
      ...given,
      eal: {
        lcores: [LCORE_CPU],
        memory: { kind: 'private' },
        pci: 'none',
        filePrefix,
        vdevs: devices.arguments,
        extraArguments: ['-d', built('libnet_frames.so')],
      },
      devices: devices.names,
    }
    const program = fileURLToPath(new URL('../programs/dpdk-node.ts', import.meta.url))
    return Contender.launch({
      name: name ?? `${options.action}, ${options.layout}`,
      command: process.execPath,
      arguments: ['--import', 'tsx', ...nodeOptions, program, JSON.stringify(options)],
      filePrefix,
      ready: /^ready$/m,
    })
  }
}
