// Filters of programs: what passes is what tcpdump selects from the same file, or what the packets were made of.

import path from 'node:path'
import { drop, filter, forward, match, type PacketFilter } from 'dpdk-node'
import { ethernet, Frame, ipv4, ipv6, tcp, udp, vlanTag } from 'dpdk-node/packets'
import { readCaptureFile, writeCaptureFile } from 'dpdk-node/pcap'
import { testNetwork } from 'dpdk-node/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { useAudit } from '../support/audited.js'
import { useEal, useTemporaryFolder } from '../support/eal.js'
import { hex } from '../support/frames.js'
import { Program } from '../support/program.js'
import 'dpdk-node/testing/vitest'

useEal()
useAudit()
const folder = useTemporaryFolder()

const office = readCaptureFile('examples/captures/office.pcap').map(({ bytes }) => bytes)

/** What the office's capture has few of. */
const unusual = [
  Frame.build(
    ethernet(),
    vlanTag({ id: 5 }),
    ipv4({ source: '10.1.1.1' }),
    udp({ destinationPort: 53 }),
    'dns',
  ),
  Frame.build(
    ethernet(),
    vlanTag({ id: 6 }),
    vlanTag({ id: 7 }),
    ipv4(),
    tcp({ destinationPort: 80 }),
    'web',
  ),
  Frame.build(ethernet(), vlanTag({ tagProtocol: 0x88a8, id: 9 }), ipv6(), udp({ sourcePort: 53 }), 'answer'),
  Frame.build(ethernet(), ipv4({ moreFragments: true }), udp({ destinationPort: 53 }), 'first fragment'),
  Frame.build(ethernet(), ipv4({ fragmentOffset: 16, protocol: 17 }), Uint8Array.of(0, 53, 0, 53, 0, 8)),
  Frame.build(ethernet(), ipv4({ options: '01010100' }), tcp({ syn: true })),
  Frame.build(ethernet(), ipv6({ source: '2001:db8::1' }), tcp({ syn: true, ack: true, sourcePort: 443 })),
  Frame.build(ethernet(), ipv6({ source: '2001:db8::2' }), udp({ destinationPort: 53 }), 'x'.repeat(1000)),
  Frame.build(ethernet({ destination: 'ff:ff:ff:ff:ff:ff' }), 'an 802.3 frame'),
  Frame.build(ethernet()),
].map(({ bytes }) => bytes)

const packets = [
  ...office,
  ...unusual,
  ...unusual.map((bytes) => bytes.subarray(0, Math.max(14, bytes.length - 20))),
]

const expressions = [
  ...['arp', 'arp or icmp', 'ip', 'ip6', 'not ip', 'tcp', 'udp port 53', 'tcp port 443', 'port 53', 'vlan'],
  ...['vlan 5', 'vlan and udp port 53', 'vlan and vlan and tcp port 80', 'udp port 53 or (vlan and port 53)'],
  ...['tcp[tcpflags] & tcp-syn != 0', 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn', 'tcp[13] = 2'],
  ...['ip[6:2] & 0x1fff != 0', 'ip[6] & 0x20 != 0', 'ip[0] & 0xf > 5', 'ether broadcast', 'ether multicast'],
  ...['src net 10.0.0.0/8', 'dst net 192.0.2.0/24', 'host 2001:db8::1', 'ip6 net 2001:db8::/32', 'icmp6'],
  ...[
    'less 100',
    'greater 1000',
    'len % 2 = 1',
    'tcp[((tcp[12] & 0xf0) >> 2)] = 0x16',
    'ether[14:2] & 0xfff = 5',
  ],
  ...[
    'udp[8:2] > 0x100',
    'icmp[icmptype] == icmp-echo',
    'portrange 50-100 and not tcp',
    'ether proto 0x88cc',
  ],
]

/** What `tcpdump -w` writes of the packets. */
async function tcpdumpSelects(expression: string): Promise<Uint8Array[]> {
  const [input, output] = [path.join(folder, 'input.pcap'), path.join(folder, 'output.pcap')]
  await using tcpdump = new Program('tcpdump', ['-n', '-r', input, '-w', output, expression])
  await tcpdump.success()
  return readCaptureFile(output).map(({ bytes }) => bytes)
}

describe.each([
  ['in one piece', undefined],
  ['in segments of 128 bytes', { dataRoom: 256 }],
])('packets %s', (_, pool) => {
  test('pass where tcpdump selects them, and the others go on', async () => {
    const records = packets.map((bytes) => ({ bytes, timestamp: 0n }))
    writeCaptureFile(path.join(folder, 'input.pcap'), records, { format: 'pcap' })
    await using network = await testNetwork(['input', 'matched', 'rest'], { ...(pool && { pool }) })
    const { input, matched, rest } = network.ports
    const program = await input.rx.run(drop())
    let [before, beforeRest] = [0, 0]
    for (const expression of expressions) {
      await program.replace(match(expression, forward({ to: matched })), forward({ to: rest }))
      await network.feed('input', packets)
      const expected = hex(await tcpdumpSelects(expression))
      const { outputs } = network
      expect(hex(outputs.matched.slice(before)), expression).toEqual(expected)
      expect(outputs.rest.length - beforeRest, expression).toBe(packets.length - expected.length)
      before = outputs.matched.length
      beforeRest = outputs.rest.length
    }
    // The filters are worth the comparison.
    expect(before).toBeGreaterThan(packets.length)
    await network.end()
  }, 120_000)
})

describe('typed conditions', () => {
  interface Made {
    tags: number[]
    version: 4 | 6
    source: number
    destination: number
    transport: 'tcp' | 'udp'
    sourcePort: number
    destinationPort: number
    syn: boolean
    ack: boolean
  }
  const port = fc.constantFrom(53, 80, 443, 8080)
  const made = fc.record({
    tags: fc.array(fc.constantFrom(5, 6), { maxLength: 2 }),
    version: fc.constantFrom<4 | 6>(4, 6),
    source: fc.constantFrom(1, 2, 255),
    destination: fc.constantFrom(1, 2, 255),
    transport: fc.constantFrom<'tcp' | 'udp'>('tcp', 'udp'),
    ...{ sourcePort: port, destinationPort: port, syn: fc.boolean(), ack: fc.boolean() },
  })

  function frameOf({ tags, version, source, destination, transport, syn, ack, ...ports }: Made): Uint8Array {
    const addresses = { source: addressOf(version, source), destination: addressOf(version, destination) }
    const tagLayers = tags.map((id, index) => vlanTag({ id, tagProtocol: index === 1 ? 0x8100 : 0x88a8 }))
    const network = version === 4 ? ipv4(addresses) : ipv6(addresses)
    const { sourcePort, destinationPort } = ports
    const header = { sourcePort, destinationPort }
    const top = transport === 'tcp' ? tcp({ ...header, syn, ack }) : udp(header)
    return Frame.build(ethernet(), ...tagLayers, network, top, 'payload').bytes
  }
  const addressOf = (version: 4 | 6, last: number) =>
    version === 4 ? `10.0.0.${last}` : `2001:db8::${last.toString(16)}`

  /** A condition, and what it says of a packet that was made. */
  interface Condition {
    filter: PacketFilter
    holds: (made: Made) => boolean
  }
  const leaf: fc.Arbitrary<Condition> = fc.oneof(
    fc.constantFrom<Condition>(
      { filter: filter.vlan(), holds: ({ tags }) => tags.length > 0 },
      { filter: filter.vlan(5), holds: ({ tags }) => tags[0] === 5 },
      { filter: filter.etherType('ipv4'), holds: ({ version }) => version === 4 },
      { filter: filter.etherType(0x86dd), holds: ({ version }) => version === 6 },
      { filter: filter.ipProtocol('udp'), holds: ({ transport }) => transport === 'udp' },
      {
        filter: filter.ipPrefix({ source: ['10.0.0.0/30', '2001:db8::/126'] }),
        holds: ({ source }) => source < 4,
      },
      {
        filter: filter.ipPrefix({ source: '10.0.0.1', destination: '10.0.0.2/32' }),
        holds: ({ version, source, destination }) => version === 4 && source === 1 && destination === 2,
      },
      { filter: filter.ipPrefix({ destination: '::/0' }), holds: ({ version }) => version === 6 },
      {
        filter: filter.tcpFlags({ set: ['syn'], clear: ['ack'] }),
        holds: ({ transport, syn, ack }) => transport === 'tcp' && syn && !ack,
      },
      {
        filter: filter.port({ destination: [53, { from: 80, to: 443 }] }),
        holds: ({ destinationPort }) => destinationPort <= 443,
      },
      {
        filter: filter.port({ source: 80, protocol: 'tcp' }),
        holds: ({ transport, sourcePort }) => transport === 'tcp' && sourcePort === 80,
      },
      {
        filter: filter.port({ either: 8080 }),
        holds: ({ sourcePort, destinationPort }) => sourcePort === 8080 || destinationPort === 8080,
      },
    ),
  )
  const condition = fc.letrec<{ condition: Condition }>((tie) => {
    const several = fc.array(tie('condition'), { minLength: 1, maxLength: 3 })
    return {
      condition: fc.oneof(
        { maxDepth: 3 },
        leaf,
        tie('condition').map(({ filter: inner, holds }) => ({
          filter: filter.not(inner),
          holds: (made: Made) => !holds(made),
        })),
        several.map((list) => ({
          filter: filter.all(...list.map((each) => each.filter)),
          holds: (made: Made) => list.every(({ holds }) => holds(made)),
        })),
        several.map((list) => ({
          filter: filter.any(...list.map((each) => each.filter)),
          holds: (made: Made) => list.some(({ holds }) => holds(made)),
        })),
      ),
    }
  }).condition

  test('hold for the packets that they are about, behind VLAN tags too, however they are combined', async () => {
    await using network = await testNetwork(['input', 'output'])
    const { input, output } = network.ports
    const program = await input.rx.run(drop())
    let sent = 0
    const check = fc.asyncProperty(
      condition,
      fc.array(made, { minLength: 30, maxLength: 60 }),
      async (each, all) => {
        let action: ReturnType<typeof match>
        try {
          action = match(each.filter, forward({ to: output }))
        } catch (error) {
          // libpcap has found out that nothing can match.
          expect((error as Error).message).toContain('expression rejects all packets')
          expect(all.filter(each.holds)).toEqual([])
          return
        }
        await program.replace(action)
        await network.feed('input', all.map(frameOf))
        const { outputs } = network
        expect(hex(outputs.output.slice(sent))).toEqual(hex(all.filter(each.holds).map(frameOf)))
        sent = outputs.output.length
      },
    )
    await fc.assert(check, { numRuns: 150 })
    expect(sent).toBeGreaterThan(500)
    await network.end()
  }, 60_000)

  test('serve captures as well', async () => {
    await using network = await testNetwork(['input'])
    const { input } = network.ports
    await input.rx.run(drop())
    const capture = input.rx.capture({ filter: filter.vlan(5) })
    await capture.started
    await network.feed('input', packets)
    expect(hex([(await capture.next()).value?.bytes as Uint8Array])).toEqual(hex(unusual.slice(0, 1)))
    await capture.return()
  })
})

test('a filter that cannot be compiled for the CPU is interpreted, and says so', async () => {
  await using network = await testNetwork(['input', 'output'])
  const { input, output } = network.ports
  // Divisions are left to the interpreter.
  const program = await input.rx.run(
    match('len / 2 = 30', forward({ to: output })),
    match('len = 60', drop()),
  )
  await network.feed('input', packets)
  const [divided] = program.describe().actions
  expect(divided?.note).toBe('interpreted')
  expect(program.stats().actions[0]?.note).toBe('interpreted')
  expect(program.explain()).toContain("  1. match 'len / 2 = 30' (interpreted)\n")
  if (process.arch === 'x64') expect(program.explain()).toContain("  2. match 'len = 60'\n")
  const { outputs } = await network.end()
  expect(outputs.output).toEqualFrames(packets.filter(({ length }) => length >> 1 === 30))
})

describe('a bad expression is refused where it stands, with libpcap’s words and the place', () => {
  test.each([
    ['tcp prot 80', "libpcap: syntax error, at character 5: 'prot'"],
    ['udp port 53 and port foo', "libpcap: unknown port 'foo', at character 22: 'foo'"],
    ['(arp or icmp', 'libpcap: syntax error, at its end'],
    ['vlan 5000', "libpcap: VLAN tag 5000 greater than maximum 4095, at character 6: '5000'"],
    ['tcp and udp', 'libpcap: expression rejects all packets'],
    ['inbound', 'libpcap: it asks what only a socket of Linux knows'],
  ])('%s', (expression, advice) => {
    expect(() => match(expression, drop())).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_VALUE',
        message: `filter must be a filter expression; received '${expression}'. ${advice}`,
      }),
    )
  })
})
