// A port with several receive queues, over which the kernel spreads flows as a network card does: net_tap.

import { Port } from 'dpdk-node'
import { describe, expect, it } from 'vitest'
import { useAudit } from '../support/audited.js'
import { useEal } from '../support/eal.js'
import { canUseNamespaces, Host } from '../support/namespaces.js'
import { until } from '../support/until.js'

const namespaces = canUseNamespaces('python3')
const FLOWS = 64
const PACKETS_PER_FLOW = 50

/** Sends numbered packets of many flows, in turns, from source ports 20000 on. */
const SENDER = `
import socket
sockets = []
for i in range(${FLOWS}):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.9.0.1", 20000 + i))
    sockets.append(s)
for n in range(${PACKETS_PER_FLOW}):
    for s in sockets:
        s.sendto(b"x" * 20, ("10.9.0.2", 9))
`

interface Report {
  thread: number
  flows: [flow: string, packets: number][]
}

describe.skipIf(!namespaces.usable)(`several receive queues ${namespaces.reason}`, () => {
  useEal({ lcores: [0, 1] })
  useAudit()

  it.each([2, 4])(
    'feed %d Workers, each flow one of them, and nothing is lost',
    async (workers) => {
      await using host = await Host.create('sender')
      await using port = await Port.open('net_tap0,iface=spread', { rxQueues: 2 })
      expect(port.configuration.rxQueues.map(({ lcore }) => lcore)).toEqual([0, 1])
      const program = await port.rx.handle(new URL('./handlers/flows.js', import.meta.url), {
        workers,
        overflow: 'backpressure',
      })
      const reports = new Map<number, Report>()
      program.on('message', (message) => {
        const report = message as Report
        reports.set(report.thread, report)
      })
      await host.adopt('spread', { addresses: ['10.9.0.1/24'], transmitQueueLength: 10_000 })
      await host.run('ip', ['neighbour', 'add', '10.9.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'spread'])
      await host.run('python3', ['-c', SENDER], { timeoutMs: 30_000 })

      const flows = () =>
        [...reports.values()].flatMap(({ thread, flows }) => flows.map(([flow, n]) => ({ thread, flow, n })))
      await until('all have come', () => {
        program.postMessage('report')
        return flows().reduce((sum, { n }) => sum + n, 0) === FLOWS * PACKETS_PER_FLOW
      })
      expect(flows()).toHaveLength(FLOWS)
      expect(flows().every(({ n }) => n === PACKETS_PER_FLOW)).toBe(true)
      // Both queues and all threads have a share.
      const queues = new Set(flows().map(({ flow }) => flow.split(' ')[0]))
      expect([...queues].sort()).toEqual(['0', '1'])
      expect(new Set(flows().map(({ thread }) => thread)).size).toBe(workers)
      expect(program.workerCpus).toHaveLength(workers)
      await program.stop()
    },
    60_000,
  )
})
