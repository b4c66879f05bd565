// examples/learning-bridge.ts as the switch between four hosts.

import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { canUseNamespaces, type Host, Network } from '../support/namespaces.js'

const namespaces = canUseNamespaces('ping', 'tcpdump', 'iperf3')
const NAMES = ['a', 'b', 'c', 'd'] as const
const mac = (index: number) => `02:00:00:00:00:0${index + 1}`
const address = (index: number) => `10.0.0.${index + 1}`

async function untilInterface(host: Host, name: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await host.run('ip', ['-o', 'link'])).includes(` ${name}: `)) return
    await delay(50)
  }
  throw new Error(`${name} has not appeared`)
}

describe.skipIf(!namespaces.usable)(`a learning bridge ${namespaces.reason}`, () => {
  it('joins four hosts, learns where they are, and forgets the silent', async () => {
    await using network = await Network.create('bridge', ...NAMES)
    const hosts = NAMES.map((name) => network.hosts[name])
    const devices = NAMES.map((name, index) => `net_tap${index},iface=tap_${name}`)
    const script = ['--import', 'tsx', 'examples/learning-bridge.ts', '--ageing', '4', ...devices]
    await using program = network.hosts.bridge.start(process.execPath, script)
    await program.line(/^bridging net_tap0, net_tap1, net_tap2, net_tap3$/)
    for (const [index, host] of hosts.entries()) {
      const name = `tap_${host.name}`
      await untilInterface(network.hosts.bridge, name)
      const addresses = [`${address(index)}/24`]
      await host.adopt(name, { from: network.hosts.bridge, mac: mac(index), addresses })
      await host.disableOffloads(name)
    }

    // Everybody reaches everybody; ARP is flooded, replies find their way.
    for (const host of hosts) {
      for (const index of hosts.keys()) {
        if (hosts[index] === host) continue
        expect(await host.run('ping', ['-c', '2', '-i', '0.2', '-w', '10', address(index)])).toMatch(
          / 0% packet loss/,
        )
      }
    }
    for (const index of hosts.keys()) await program.line(new RegExp(`^${mac(index)} is at net_tap${index}$`))

    // What is for one host, no other one sees.
    const [a, b, c, d] = hosts as [Host, Host, Host, Host]
    const eavesdropper = c.start('tcpdump', ['-lnpi', 'tap_c', 'icmp and not host 10.0.0.3'])
    await eavesdropper.line(/listening on/)
    await a.run('ping', ['-c', '5', '-i', '0.2', '-w', '10', address(1)])
    await a.run('ping', ['-c', '1', '-w', '5', address(2)])
    expect(eavesdropper.stdout).toBe('')

    const server = b.start('iperf3', ['--server', '--one-off', '--forceflush'])
    await server.line(/listening/)
    const report = await d.run('iperf3', ['--client', address(1), '--time', '2', '--json'], {
      timeoutMs: 30_000,
    })
    expect(JSON.parse(report).end.sum_received.bytes).toBeGreaterThan(1_000_000)

    // The kernel's own chatter must not keep them alive.
    for (const host of hosts) await host.run('ip', ['link', 'set', `tap_${host.name}`, 'down'])
    await program.line(/^\d stations forgotten, 0 known$/, 30_000)

    program.signal('SIGINT')
    const { stdout } = await program.success()
    expect(stdout).toMatch(/net_tap0, 1 receive queue, version 1, stopped: received \d+\n/)

    // TypeScript saw the first frames and what is for everyone; the lcores did the rest.
    const sum = (pattern: RegExp) =>
      [...stdout.matchAll(pattern)].reduce((total, [, n]) => total + Number(n), 0)
    const native = sum(/1\. bridge .*\n +forwarded (\d+)/g)
    const delivered = sum(/2\. handle .*\n +delivered (\d+)/g)
    expect(delivered).toBeGreaterThan(4)
    expect(native).toBeGreaterThan(100 * delivered)
  }, 120_000)
})
