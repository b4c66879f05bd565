// What examples/l3fwd.ts says to a command line that it cannot follow, as DPDK's l3fwd does, or with the reason.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { useTemporaryFolder } from '../support/eal.js'
import { startScript } from '../support/program.js'

const folder = useTemporaryFolder()
const EAL = ['-l', '1', '--no-huge', '-m', '256', '--no-pci', '--no-telemetry', '--vdev', 'net_null0']

async function exitOf(...args: string[]) {
  await using program = startScript('examples/l3fwd.ts', [...EAL, '--', ...args], {
    env: { RUNTIME_DIRECTORY: folder },
  })
  return await program.exit()
}

describe('examples/l3fwd.ts', () => {
  test.each([
    ['', 'Invalid portmask'],
    ['-p 0', 'Invalid portmask'],
    ['-p 1 -L --lookup fib', 'Only one lookup mode is allowed at a time!'],
    ['-p 1 --lookup hash', 'Invalid lookup option!'],
    ['-p 1 --config=(0,0)', 'Invalid config'],
    ['-p 1 --rx-queue-size 0', 'Invalid rx-queue-size'],
    ['-p 1 --what', "unrecognized option '--what'"],
    ['-p 1 -E', 'Cause: --lookup em is not offered: '],
    ['-p 1 --lookup acl', 'Cause: --lookup acl is not offered: '],
    ['-p 1 --mode eventdev', 'Cause: --mode eventdev is not offered: '],
    ['-p 1 --eth-dest 1', 'Cause: Invalid eth-dest: 1'],
    ['-p 1 --eth-dest 99,02:00:00:00:00:01', 'Cause: eth-dest: port 99 >= RTE_MAX_ETHPORTS(32)'],
    ['-p 1 --eth-dest 1,02:00', 'Cause: Invalid ethernet address: 02:00'],
    ['-p 1 --config (0,0,7)', 'error: lcore 7 is not enabled in lcore mask'],
    ['-p 1 --config (1,0,1)', 'port 1 is not enabled in port mask'],
    ['-p 3 --config (1,0,1)', 'port 1 is not present on the board'],
    ['-p 1 --config (0,1,1)', 'queue ids of the port 0 must be in sequence and must start with 0'],
  ])('refuses "%s"', async (args, message) => {
    const { code, stdout, stderr } = await exitOf(...args.split(' ').filter(Boolean))
    expect(stdout + stderr).toContain(message)
    expect(stderr).toContain('EAL: Error - exiting with code: 1')
    expect(code).toBe(1)
  })

  test.each([
    ['10.0.0.0/8 0', 'Line 2: should start with leading char R'],
    ['R10.0.0.0/33 0', 'Line 2: parse rules error'],
    ['R10.0.0.0/8', 'Line 2: parse rules error'],
    ['R2001:db8::/32 0', 'Line 2: parse rules error'],
  ])('refuses the rule "%s"', async (line, message) => {
    const rules = path.join(folder, 'wrong.rules')
    writeFileSync(rules, `# wrong\n${line}\n`)
    const { code, stderr } = await exitOf('-p', '1', '--rule_ipv4', rules, '--rule_ipv6', rules)
    expect(stderr).toContain(message)
    expect(stderr).toContain('Cause: Failed to add IPv4 rules')
    expect(code).toBe(1)
  })

  test('takes what DPDK has, says where routes lead, and ends', async () => {
    const args =
      '-p 0x1 -P --lookup=lpm --config (0,0,1) --rx-queue-size 512 --tx-queue-size=512 --parse-ptype'
    const more =
      '--ipv6 --no-numa --per-port-pool --hash-entry-num 8 --mode poll --max-pkt-len 1518 --duration 1'
    const { code, stdout, stderr } = await exitOf(...args.split(' '), ...more.split(' '))
    expect(stdout).toMatch(/^Initializing port 0 \.\.\. {2}Address:.*, Destination:02:00:00:00:00:00$/m)
    expect(stdout).toContain('Adding route 198.18.0.0/24 (0) [net_null0]')
    expect(stdout).toContain('Adding route 2001:200:0:0::/64 (0) [net_null0]')
    expect(stdout).not.toContain('198.18.1.0')
    expect(stdout).toMatch(/Closing port 0\.\.\. Done\nBye\.\.\.\n$/)
    expect(stderr).toContain('Missing 1 or more rule files, using default instead')
    expect(stderr).toContain('Hash entry number will be ignored')
    expect(stderr).toContain('L3FWD:  -- lcoreid=1 portid=0 rxqueueid=0')
    expect(code).toBe(0)
  })
})
