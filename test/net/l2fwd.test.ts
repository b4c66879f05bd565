// Between two hosts with the kernel's network stack, examples/l2fwd.ts is as good as a cable.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finalCounts, L2FWD, MODES } from '../support/l2fwd.js'
import { canUseNamespaces, type Host, Network } from '../support/namespaces.js'
import type { Program } from '../support/program.js'

const namespaces = canUseNamespaces('curl', 'iperf3', 'ping', 'python3')
const CASES = ['tap', 'af_packet'].flatMap((device) => MODES.map((mode) => ({ device, mode })))

type Hosts = Network<'left' | 'right' | 'router'>['hosts']

function startL2fwd({ router }: Hosts, devices: readonly string[], args: readonly string[], folder: string) {
  const eal = ['-l', '1', '--no-huge', '--no-pci', ...devices.flatMap((device) => ['--vdev', device])]
  // A tap device signals every frame. Signals must not queue up: beyond the limit they would end the process.
  const node = ['--sigpending=100', process.execPath, '--import', 'tsx', L2FWD]
  return router.start('prlimit', [...node, ...eal, '--', '-p', '3', '-q', '2', ...args], {
    env: { RUNTIME_DIRECTORY: folder },
  })
}

/** The tap interfaces are made by l2fwd; one end of a veth pair has to be there before. */
async function prepareDevices(
  network: Network<'left' | 'right' | 'router'>,
  device: string,
): Promise<string[]> {
  if (device === 'tap') return ['net_tap0,iface=lan0', 'net_tap1,iface=lan1']
  const { left, right, router } = network.hosts
  return Promise.all(
    [left, right].map(async (host, port) => {
      await network.connect(router, `port${port}`, host, `lan${port}`)
      await router.bringUpSilently(`port${port}`)
      await host.disableOffloads(`lan${port}`)
      // With fewer frames in its ring the device loses what a fast sender has in flight.
      return `net_af_packet${port},iface=port${port},framecnt=4096`
    }),
  )
}

/** Each host gets the MAC address that l2fwd gives to everything it sends there. */
async function connectHosts({ left, right, router }: Hosts, device: string): Promise<void> {
  for (const [port, host] of [left, right].entries()) {
    const options = {
      mac: `02:00:00:00:00:0${port}`,
      transmitQueueLength: 10_000,
      addresses: [`10.0.0.${port + 1}/24`, `fd00::${port + 1}/64`],
    }
    if (device === 'tap') await host.adopt(`lan${port}`, { ...options, from: router })
    else await host.bringUp(`lan${port}`, options)
  }
}

/** Succeeds when 30 replies have come in time; on a busy machine more requests may be on their way by then. */
async function expectPings(from: Host, to: string, ...options: string[]): Promise<void> {
  const report = await from.run('ping', ['-q', '-c', '30', '-i', '0.01', '-w', '10', ...options, to])
  expect(report).not.toMatch(/\+\d+ (errors|duplicates|corrupted)/)
}

describe.skipIf(!namespaces.usable).each(CASES)(
  `through examples/l2fwd.ts, $device, --mode $mode ${namespaces.reason}`,
  ({ device, mode }) => {
    let folder: string
    let network: Network<'left' | 'right' | 'router'>
    let l2fwd: Program
    let left: Host
    let right: Host

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'l2fwd-net-'))
      network = await Network.create('left', 'right', 'router')
      left = network.hosts.left
      right = network.hosts.right
      const devices = await prepareDevices(network, device)
      l2fwd = startL2fwd(network.hosts, devices, ['--mode', mode], folder)
      await l2fwd.line(/^Checking link status.*done/)
      await connectHosts(network.hosts, device)
    })

    afterAll(async () => {
      await network?.[Symbol.asyncDispose]()
      if (folder) rmSync(folder, { recursive: true })
    })

    it('hosts ping each other', async () => {
      await expectPings(left, '10.0.0.2')
      await expectPings(right, 'fd00::1')
      await expectPings(left, 'fd00::2', '-s', '1452')
      await expectPings(right, '10.0.0.1', '-s', '1472')
    })

    it.each([['one way'], ['the other', '--reverse']])('iperf3 runs %s', async (_way, ...options) => {
      const server = right.start('iperf3', ['-s', '-1', '--forceflush'])
      await server.line(/Server listening/)
      const report = await left.run('iperf3', ['-c', '10.0.0.2', '-t', '1', '-J', ...options])
      const { error, end } = JSON.parse(report)
      expect(error).toBeUndefined()
      expect(end.sum_received.bytes).toBeGreaterThan(1_000_000)
      await server.success()
    })

    it.each(['10.0.0.2', '[fd00::2]'])('curl fetches http://%s', async (address) => {
      const page = randomBytes(3_000_000)
      writeFileSync(path.join(folder, 'page'), page)
      await using server = right.start('python3', ['-um', 'http.server', '-b', '::', '-d', folder, '8000'])
      await server.line(/^Serving HTTP/)
      const copy = path.join(folder, 'copy')
      await left.run('curl', ['-sS', '--fail', '-o', copy, `http://${address}:8000/page`])
      expect(readFileSync(copy).equals(page)).toBe(true)
    })

    it('it ends, with every packet accounted for and nothing left behind', async () => {
      l2fwd.signal('SIGINT')
      const { stdout } = await l2fwd.success()
      expect(stdout).toMatch(/\nBye\.\.\.\n$/)
      const { ports } = finalCounts(stdout)
      for (const { sent, received } of ports) expect(Math.min(sent, received)).toBeGreaterThan(1000)
      expect(readdirSync(path.join(folder, 'dpdk'))).toEqual([])
      if (device === 'tap') expect(await left.run('ip', ['-o', 'link'])).not.toContain('lan0')
    })
  },
)

describe.skipIf(!namespaces.usable)(`examples/l2fwd.ts ${namespaces.reason}`, () => {
  it.each([['promiscuous with -P', '-P'], ['not promiscuous without']])(
    'makes its ports %s',
    async (_, ...args) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'l2fwd-net-'))
      try {
        await using network = await Network.create('left', 'right', 'router')
        const l2fwd = startL2fwd(network.hosts, await prepareDevices(network, 'tap'), args, folder)
        await l2fwd.line(/^Checking link status.*done/)
        for (const device of ['lan0', 'lan1']) {
          const link = await network.hosts.router.run('ip', ['-o', 'link', 'show', device])
          expect(link.includes('PROMISC')).toBe(args.includes('-P'))
        }
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
})
