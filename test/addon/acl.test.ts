import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { AccessList, type AccessRule, acl, forward } from 'dpdk-node'
import { ethernet, Frame, icmp, ipv4, ipv6, tcp, udp } from 'dpdk-node/packets'
import { readCaptureFile } from 'dpdk-node/pcap'
import { describe, expect, test } from 'vitest'
import { countersOf, useAudit } from '../support/audited.js'
import { CapturePort } from '../support/capture-port.js'
import { useEal, useTemporaryFolder } from '../support/eal.js'
import { ethernetFrame, hex, patched } from '../support/frames.js'
import { run } from '../support/program.js'
import { until } from '../support/until.js'

useEal({ lcores: [0, 1] })
useAudit()

const folder = useTemporaryFolder()
const bytes = (frame: Frame) => Uint8Array.from(frame.bytes)
const tcpTo = (destination: string, destinationPort: number) =>
  bytes(Frame.build(ethernet(), ipv4({ destination }), tcp({ destinationPort }), 'hello'))
const udpTo = (destination: string, destinationPort: number) =>
  bytes(Frame.build(ethernet(), ipv6({ destination }), udp({ destinationPort }), 'hello'))

/** What the list lets through. */
async function through(list: AccessList, frames: readonly Uint8Array[]) {
  await using port = await CapturePort.open(frames)
  const program = await port.port.rx.run(acl({ list }), forward({ to: port.port }))
  await until('all are judged', () => {
    const counts = Object.values(countersOf(program)).reduce((sum, count) => sum + count, 0)
    return counts === frames.length && port.received === frames.length
  })
  await program.stop()
  return { passed: hex(port.sentSoFar()), counters: countersOf(program) }
}

describe('acl', () => {
  test('lets the first rule that fits decide, and what is no IP pass', async () => {
    const rules: AccessRule[] = [
      { action: 'deny', destination: '10.1.0.0/16', destinationPorts: [80, 89] },
      { action: 'permit', destination: '10.0.0.0/8', protocol: 6 },
      { action: 'permit', destination: '2001:db8::/32', protocol: { value: 16, mask: 0xfe } },
      { action: 'deny', destination: '2001:db8::/32' },
    ]
    await using list = await AccessList.create({ rules })
    expect(list.size).toBe(4)
    const good = [
      tcpTo('10.1.0.1', 79),
      tcpTo('10.1.0.1', 90),
      tcpTo('10.2.0.1', 80),
      udpTo('2001:db8::1', 80),
      ethernetFrame(new Uint8Array(46), { etherType: 0x0806 }),
    ]
    const bad = [
      tcpTo('10.1.0.1', 80),
      tcpTo('10.1.255.255', 89),
      tcpTo('11.0.0.1', 9),
      udpTo('2001:db9::1', 80),
    ]
    const { passed, counters } = await through(list, [...good, ...bad])
    expect(passed).toEqual(hex(good))
    expect(counters).toEqual({ permitted: 4, notIp: 1, denied: 4 })
  })

  test('denies everything without rules, or permits it', async () => {
    await using list = await AccessList.create()
    const frames = [tcpTo('10.0.0.1', 1), udpTo('2001:db8::1', 1)]
    expect((await through(list, frames)).counters).toEqual({ denied: 2 })
    await list.replace({ otherwise: 'permit' })
    expect((await through(list, frames)).counters).toEqual({ permitted: 2 })
  })

  test('takes a rule without addresses for both families', async () => {
    await using list = await AccessList.create({ rules: [{ action: 'permit', destinationPorts: [53, 53] }] })
    expect(list.size).toBe(2)
    const good = [tcpTo('10.0.0.1', 53), udpTo('2001:db8::1', 53)]
    expect((await through(list, [...good, tcpTo('10.0.0.1', 54)])).passed).toEqual(hex(good))
  })

  test('drops what it cannot tell', async () => {
    await using list = await AccessList.create({ otherwise: 'permit' })
    const good = tcpTo('10.0.0.1', 1)
    const broken = [good.subarray(0, 30), patched(good, 14, [0x44]), patched(udpTo('::1', 1), 14, [0x40])]
    const { passed, counters } = await through(list, [...broken, good])
    expect(passed).toEqual(hex([good]))
    expect(counters).toEqual({ permitted: 1, badHeader: 3 })
  })

  test('is replaced under traffic: each packet is judged by the old rules or by the new', async () => {
    const one: AccessRule = { action: 'permit', destination: '10.0.0.1/32' }
    const two: AccessRule = { action: 'permit', source: '192.0.2.0/24', destination: '10.0.0.0/24' }
    await using list = await AccessList.create({ rules: [one] })
    const frame = bytes(
      Frame.build(ethernet(), ipv4({ source: '192.0.2.1', destination: '10.0.0.1' }), icmp(), 'x'),
    )
    await using port = await CapturePort.open([frame], { endless: true })
    const program = await port.port.rx.run(acl({ list }), forward({ to: port.port }))
    for (let round = 0; round < 50; round++) {
      await list.replace({ rules: round % 2 === 0 ? [two] : [one] })
    }
    await until('some passed', () => port.transmitted > 100)
    await program.stop()
    expect(countersOf(program).denied).toBeUndefined()
  })
})

describe("rule files of DPDK's l3fwd", () => {
  const ipv4File = path.join(folder, 'ipv4.rules')
  const ipv6File = path.join(folder, 'ipv6.rules')

  test('deny of random traffic what tshark finds by the same rules', async () => {
    writeFileSync(
      ipv4File,
      [
        '# denied',
        '@0.0.0.0/0 198.18.0.0/17 0 : 65535 0 : 65535 0x11/0xff',
        '@198.18.128.0/17 0.0.0.0/0 0 : 32767 1000 : 40000 0x06/0xff',
        '@0.0.0.0/0 198.18.64.0/18 0 : 65535 0 : 65535 0x01/0xff',
        'R0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 0',
        '',
      ].join('\n'),
    )
    writeFileSync(
      ipv6File,
      '@::/0 2001:db8::8000:0/97 0 : 65535 30000 : 65535 0x11/0xff\n@2001:db8::/97 ::/0 0 : 65535 0 : 65535 0x06/0xff\n',
    )
    const ipv4Filter = [
      'udp && ip.dst == 198.18.0.0/17',
      'tcp.srcport <= 32767 && tcp.dstport >= 1000 && tcp.dstport <= 40000 && ip.src == 198.18.128.0/17',
      'icmp && ip.dst == 198.18.64.0/18',
    ]
    const ipv6Filter = [
      'udp.dstport >= 30000 && ipv6.dst == 2001:db8::8000:0/97',
      'tcp && ipv6.src == 2001:db8::/97',
    ]
    const capture = path.join(folder, 'random.pcap')
    const script = new URL('../support/random-capture.py', import.meta.url).pathname
    await run('/usr/bin/python3', [script, capture, '3000', '5'], { timeoutMs: 60_000 })
    // Whole packets without tags and fragments, about which tshark and rules could speak of different headers.
    const plain =
      '(eth.type == 0x0800 || eth.type == 0x86dd) && !vlan && !ieee8021ad && !ip.flags.mf == 1 && !(ip.frag_offset > 0) && !ipv6.fraghdr'
    const sane = '!_ws.malformed && (ipv6 || (ip.version == 4 && ip.hdr_len >= 20))'
    const numbers = async (filter: string) => {
      const args = [
        '-r',
        capture,
        '-o',
        'ip.check_checksum:FALSE',
        '-Y',
        filter,
        '-T',
        'fields',
        '-e',
        'frame.number',
      ]
      const output = await run('tshark', args, { timeoutMs: 60_000 })
      return new Set(output.trim().split('\n').filter(Boolean).map(Number))
    }
    const judged = await numbers(`${plain} && ${sane}`)
    const denied = await numbers([...ipv4Filter, ...ipv6Filter].map((rule) => `(${rule})`).join(' || '))
    const frames = readCaptureFile(capture).map(({ bytes }, index) => ({ bytes, number: index + 1 }))
    const known = frames.filter(({ number }) => judged.has(number))
    const expected = known.filter(({ number }) => !denied.has(number))
    expect(known.length - expected.length).toBeGreaterThan(100)

    await using list = await AccessList.create()
    expect(await list.load(ipv4File, ipv6File)).toBe(5)
    const { passed } = await through(
      list,
      known.map(({ bytes }) => bytes),
    )
    expect(passed).toEqual(hex(expected.map(({ bytes }) => bytes)))
  }, 120_000)

  test('are refused with the line that is wrong', async () => {
    writeFileSync(ipv4File, '# one\n@10.0.0.0/8 0.0.0.0/0 0 65535 0 : 65535 0/0\n')
    await using list = await AccessList.create()
    await expect(list.load(ipv4File)).rejects.toMatchObject({
      code: 'ERR_DPDK_ACCESS_RULE_FILE',
      message: expect.stringContaining('line 2'),
    })
  })
})

test.each([
  [{ action: 'allow' }, 'rules[0].action must be'],
  [{ action: 'deny', source: '10.0.0.0' }, 'rules[0].source must be a prefix'],
  [{ action: 'deny', source: '10.0.0.0/8', destination: '::/0' }, 'must be an IPv4 prefix'],
  [{ action: 'deny', protocol: 256 }, 'rules[0].protocol must be an integer from 0 to 255'],
  [{ action: 'deny', sourcePorts: [2, 1] }, 'the first port before the last'],
  [{ action: 'deny', port: 80 }, 'rules[0].port is not an option'],
])('refuses a rule that is none: %j', async (rule, message) => {
  await expect(AccessList.create({ rules: [rule as AccessRule] })).rejects.toThrow(message)
})
