// Between two hosts in different networks, examples/l3fwd.ts is the router.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canUseNamespaces, type Host, Network } from '../support/namespaces.js'
import type { Program } from '../support/program.js'

const namespaces = canUseNamespaces('curl', 'iperf3', 'ping', 'python3', 'traceroute')
const GATEWAY = '02:00:00:00:ff:ff'

describe.skipIf(!namespaces.usable)(`through examples/l3fwd.ts ${namespaces.reason}`, () => {
  let folder: string
  let network: Network<'left' | 'right' | 'router'>
  let l3fwd: Program
  let left: Host
  let right: Host

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'l3fwd-net-'))
    network = await Network.create('left', 'right', 'router')
    left = network.hosts.left
    right = network.hosts.right
    l3fwd = startL3fwd(network.hosts.router)
    await l3fwd.line(/^Checking link status.*done/)
    await attach(left, 0)
    await attach(right, 1)
  })

  afterAll(async () => {
    await network?.[Symbol.asyncDispose]()
    if (folder) rmSync(folder, { recursive: true })
  })

  function startL3fwd(router: Host): Program {
    const file = (name: string, text: string) => {
      const rules = path.join(folder, name)
      writeFileSync(rules, text)
      return rules
    }
    const ipv4Rules = file('ipv4.rules', 'R10.0.0.0/24 0\nR10.0.1.0/24 1\n')
    const ipv6Rules = file('ipv6.rules', 'Rfd00::/64 0\nRfd00:0:0:1::/64 1\n')
    const eal = ['-l', '1', '--no-huge', '-m', '512', '--no-pci']
    const devices = ['--vdev', 'net_tap0,iface=lan0', '--vdev', 'net_tap1,iface=lan1']
    const destinations = ['--eth-dest', '0,02:00:00:00:aa:00', '--eth-dest', '1,02:00:00:00:aa:01']
    const args = ['-p', '3', '--rule_ipv4', ipv4Rules, '--rule_ipv6', ipv6Rules, ...destinations]
    // A tap device signals every frame. Signals must not queue up: beyond the limit they would end the process.
    const node = ['--sigpending=100', process.execPath, '--import', 'tsx', 'examples/l3fwd.ts']
    return router.start('prlimit', [...node, ...eal, ...devices, '--', ...args], {
      env: { RUNTIME_DIRECTORY: folder },
    })
  }

  /** The router does not answer for its addresses: hosts are told where it is. */
  async function attach(host: Host, net: number): Promise<void> {
    const device = `lan${net}`
    await host.adopt(device, {
      mac: `02:00:00:00:aa:0${net}`,
      addresses: [`10.0.${net}.1/24`, `fd00:0:0:${net}::1/64`],
      transmitQueueLength: 10_000,
      from: network.hosts.router,
    })
    const gateways = [`10.0.${net}.254`, `fd00:0:0:${net}::ff`]
    for (const [index, gateway] of gateways.entries()) {
      await host.run('ip', ['neighbour', 'replace', gateway, 'lladdr', GATEWAY, 'dev', device])
      const others = index === 0 ? '10.0.0.0/16' : 'fd00::/48'
      await host.run('ip', ['route', 'add', others, 'via', gateway])
    }
  }

  it('hosts ping each other, a hop away', async () => {
    const ping = (from: Host, to: string, size: number) =>
      from.run('ping', ['-c', '20', '-i', '0.01', '-w', '10', '-s', String(size), to])
    for (const size of [56, 1452]) {
      expect(await ping(left, '10.0.1.1', size)).toContain('ttl=63')
      expect(await ping(right, '10.0.0.1', size)).toContain('ttl=63')
      expect(await ping(left, 'fd00:0:0:1::1', size)).toContain('ttl=63')
      expect(await ping(right, 'fd00::1', size)).toContain('ttl=63')
    }
  })

  it.each(['10.0.1.1', 'fd00:0:0:1::1'])('traceroute to %s counts a silent hop', async (address) => {
    const report = await left.run('traceroute', ['-n', '-q', '2', '-w', '1', address])
    const hops = report.trim().split('\n').slice(1)
    expect(hops).toHaveLength(2)
    expect(hops[0]).toMatch(/^ 1 {2}\* \*$/)
    expect(hops[1]).toContain(` 2  ${address} `)
  })

  it.each([['one way'], ['the other', '--reverse']])('iperf3 runs %s', async (_way, ...options) => {
    const server = right.start('iperf3', ['-s', '-1', '--forceflush'])
    await server.line(/Server listening/)
    const report = await left.run('iperf3', ['-c', '10.0.1.1', '-t', '1', '-J', ...options])
    const { error, end } = JSON.parse(report)
    expect(error).toBeUndefined()
    expect(end.sum_received.bytes).toBeGreaterThan(1_000_000)
    await server.success()
  })

  it.each(['10.0.1.1', '[fd00:0:0:1::1]'])('curl fetches http://%s', async (address) => {
    const page = randomBytes(3_000_000)
    writeFileSync(path.join(folder, 'page'), page)
    await using server = right.start('python3', ['-um', 'http.server', '-b', '::', '-d', folder, '8000'])
    await server.line(/^Serving HTTP/)
    const copy = path.join(folder, 'copy')
    await left.run('curl', ['-sS', '--fail', '-o', copy, `http://${address}:8000/page`])
    expect(readFileSync(copy).equals(page)).toBe(true)
  })

  it('ends with the reasons for what it has dropped', async () => {
    l3fwd.signal('SIGTERM')
    const { stdout, stderr } = await l3fwd.success()
    expect(stdout).toContain('Signal 15 received, preparing to exit...')
    expect(stdout).toMatch(/^net_tap0, .*\n.*l3fwd to net_tap0, net_tap1\n +forwarded \d+.*ttlExceeded 4/m)
    expect(stdout).toMatch(/Closing port 1\.\.\. Done\nBye\.\.\.\n$/)
    expect(stderr).not.toContain('Error')
  })
})
