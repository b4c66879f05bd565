// Captures between this library and others: Wireshark's tools, tcpdump and scapy.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CaptureRecord,
  type CaptureRecordInput,
  decodeCapture,
  readCaptureFile,
  writeCaptureFile,
} from '../../lib/pcap/index.js'
import { encodePacketFlags } from '../../lib/pcap/packet-flags.js'
import { capinfos, runQuietly, type SeenPacket, tsharkPackets } from '../support/capture-tools.js'
import { useTemporaryFolder } from '../support/eal.js'
import { run } from '../support/program.js'
import { BYTE_ORDERS, frame, variedCapture } from './pcap-blocks.js'

const folder = useTemporaryFolder()
const office = fileURLToPath(new URL('../../examples/captures/office.pcap', import.meta.url))
const inFolder = (name: string) => path.join(folder, name)

/** A record as tshark shows it. */
function seen(record: CaptureRecord): SeenPacket {
  const { bytes, timestamp, originalLength, comments, flags, queue, packetId, dropCount } = record
  const { index, name, section } = record.interface
  return {
    bytes: Buffer.from(bytes).toString('hex'),
    timestamp,
    originalLength,
    section: section.index,
    interface: index,
    interfaceName: name,
    comments: [...comments],
    flags: flags && encodePacketFlags(flags),
    queue,
    packetId,
    dropCount,
  }
}

async function expectSameAsTshark(file: string): Promise<CaptureRecord[]> {
  const records = readCaptureFile(file)
  expect(records.length).toBeGreaterThan(0)
  expect(records.map(seen)).toEqual(await tsharkPackets(file))
  return records
}

const python = (script: string, ...args: string[]) =>
  run('/usr/bin/python3', ['-c', script, ...args], { timeoutMs: 60_000 })

describe('what others write is read as tshark reads it', () => {
  it.each<[string, (file: string) => Promise<unknown> | unknown]>([
    ['tcpdump', (file) => run('tcpdump', ['-r', office, '-w', file])],
    [
      'tcpdump, nanoseconds',
      (file) => run('tcpdump', ['-r', office, '--time-stamp-precision=nano', '-w', file]),
    ],
    ['tcpdump, snap length', (file) => run('tcpdump', ['-r', office, '-s', '64', '-w', file])],
    ...['pcap', 'nsecpcap', 'pcapng'].flatMap((format): [string, (file: string) => Promise<unknown>][] => [
      [`editcap -F ${format}`, (file) => run('editcap', ['-F', format, office, file])],
      [
        `editcap -F ${format}, snap length`,
        (file) => run('editcap', ['-F', format, '-s', '60', office, file]),
      ],
      [`mergecap -F ${format}`, (file) => run('mergecap', ['-F', format, '-w', file, office, office])],
      [`tshark -F ${format}`, (file) => run('tshark', ['-F', format, '-r', office, '-w', file])],
    ]),
    ['editcap, times moved', (file) => run('editcap', ['-F', 'nsecpcap', '-t', '0.123456789', office, file])],
    [
      'editcap, comments',
      (file) =>
        run('editcap', [
          '-a',
          '1:the first',
          '-a',
          '3:ein Grüßchen',
          '--capture-comment',
          'all',
          office,
          file,
        ]),
    ],
    [
      'text2pcap',
      (file) => {
        writeFileSync(inFolder('hex.txt'), '000000 02 00 00 00 00 01 02 00 00 00 00 02 88 b5 01 02\n')
        return run('text2pcap', ['-q', '-N', 'from text', inFolder('hex.txt'), file])
      },
    ],
    [
      'text2pcap, raw IP',
      (file) => {
        writeFileSync(
          inFolder('hex.txt'),
          '000000 45 00 00 14 00 00 00 00 40 00 00 00 c0 00 02 01 c0 00 02 02\n',
        )
        return run('text2pcap', ['-q', '-l', '101', '-F', 'pcap', inFolder('hex.txt'), file])
      },
    ],
    ...['<', '>'].flatMap((endianness) =>
      ['False', 'True'].map((nano): [string, (file: string) => Promise<unknown>] => [
        `scapy, endianness ${endianness}, nano ${nano}`,
        (file) =>
          python(
            `import sys; from scapy.utils import rdpcap, wrpcap
wrpcap(sys.argv[2], rdpcap(sys.argv[1]), endianness='${endianness}', nano=${nano})`,
            office,
            file,
          ),
      ]),
    ),
    [
      'scapy, pcapng',
      (file) =>
        python(
          `import sys; from scapy.utils import rdpcap, wrpcapng
wrpcapng(sys.argv[2], rdpcap(sys.argv[1]))`,
          office,
          file,
        ),
    ],
    ['gzip', (file) => writeFileSync(file, gzipSync(readFileSync(office)))],
    [
      'random-capture.py',
      (file) =>
        run('/usr/bin/python3', ['test/support/random-capture.py', file, '300'], { timeoutMs: 60_000 }),
    ],
    ['every kind of block, little-endian', (file) => writeFileSync(file, variedCapture('little-endian'))],
    ['every kind of block, big-endian', (file) => writeFileSync(file, variedCapture('big-endian'))],
  ])('%s', async (name, write) => {
    const file = inFolder(name.replaceAll(/\W+/g, '-'))
    await write(file)
    await expectSameAsTshark(file)
  })

  it('a capture of many sections, in both byte orders', async () => {
    const file = inFolder('sections.pcapng')
    writeFileSync(file, Buffer.concat([...BYTE_ORDERS.map(variedCapture), variedCapture('little-endian')]))
    const records = await expectSameAsTshark(file)
    expect(new Set(records.map(({ interface: source }) => source)).size).toBe(12)
  })

  it('a capture of many interfaces and link types, by mergecap', async () => {
    const [raw, named, merged] = ['raw.pcapng', 'named.pcapng', 'merged.pcapng'].map(inFolder) as [
      string,
      string,
      string,
    ]
    const ip = Uint8Array.from([0x45, 0, 0, 20, ...Array(16).fill(0)])
    writeCaptureFile(raw, [{ bytes: ip, timestamp: 1n, interface: { name: 'tunnel', linkType: 101 } }])
    writeCaptureFile(named, [{ bytes: frame(60), timestamp: 2n, interface: { name: 'left', filter: 'ip' } }])
    await runQuietly('mergecap', ['-I', 'none', '-w', merged, raw, named, office])
    const records = await expectSameAsTshark(merged)
    const sources = new Set(records.map(({ interface: source }) => source))
    expect(Array.from(sources, ({ index, name, linkType }) => [index, name, linkType])).toEqual([
      [0, 'tunnel', 101],
      [1, 'left', 1],
      [2, undefined, 1],
    ])
  })
})

const LEFT = {
  name: 'left',
  description: 'towards the office – Büro',
  filter: 'arp or icmp',
  hardware: 'a card',
  operatingSystem: 'Linux',
  macAddress: '02:00:00:00:00:01',
  speed: 25_000_000_000n,
  snapLength: 1000,
}
const RIGHT = { name: 'right' }

describe('what is written is read by others as it was meant', () => {
  const officeRecords = readCaptureFile(office)

  it.each([
    { format: 'pcapng', precision: 'nanoseconds', type: 'Wireshark/... - pcapng' },
    { format: 'pcapng', precision: 'microseconds', type: 'Wireshark/... - pcapng' },
    { format: 'pcap', precision: 'nanoseconds', type: 'Wireshark/tcpdump/... - nanosecond pcap' },
    { format: 'pcap', precision: 'microseconds', type: 'Wireshark/tcpdump/... - pcap' },
  ] as const)('$format of $precision', async ({ format, precision, type }) => {
    const file = inFolder(`written-${format}-${precision}`)
    writeCaptureFile(file, officeRecords, { format, precision })
    const facts = await capinfos(file)
    expect(facts.get('File type')).toBe(type)
    expect(facts.get('Number of packets')).toContain('339')
    expect(facts.get('Packet size limit')).toContain(
      format === 'pcap' ? 'file hdr: 262144 bytes' : '(not set)',
    )
    // What others make of it is what they make of the original.
    const plain = (packets: SeenPacket[]) => packets.map(({ bytes, timestamp }) => [bytes, timestamp])
    expect(plain(await tsharkPackets(file))).toEqual(plain(await tsharkPackets(office)))
    const text = (capture: string) => runTcpdump(capture)
    expect(text(file)).toBe(text(office))
    const lengths = await python(
      'import sys; from scapy.utils import rdpcap\nprint([len(p) for p in rdpcap(sys.argv[1])])',
      file,
    )
    expect(JSON.parse(lengths)).toEqual(officeRecords.map(({ bytes }) => bytes.length))
  })

  it('everything that pcapng has room for', async () => {
    const file = inFolder('everything.pcapng')
    const record = { bytes: frame(1200), timestamp: 1_700_000_000_123_456_789n, interface: LEFT }
    const flags = {
      direction: 'outbound',
      reception: 'multicast',
      frameCheckSequenceLength: 4,
      errors: 0x8100,
    } as const
    writeCaptureFile(
      file,
      [
        { ...record, comments: ['one', 'zwei – ☃'], flags, queue: 3, packetId: 77n, dropCount: 2n },
        { ...record, bytes: frame(60), timestamp: undefined },
        { ...record, bytes: frame(61), originalLength: 9000, interface: RIGHT },
        {
          kind: 'interface-statistics',
          interface: LEFT,
          timestamp: 1_700_000_001_000_000_000n,
          startTime: 1_699_999_999_000_000_000n,
          received: 100n,
          dropped: 5n,
          comments: ['at the end'],
        },
      ],
      {
        comments: ['about it', 'and more'],
        hardware: 'a machine',
        operatingSystem: 'a system',
        application: 'a test',
      },
    )
    const records = await expectSameAsTshark(file)
    expect(records.map(({ bytes }) => bytes.length)).toEqual([1000, 60, 61])
    const facts = await capinfos(file)
    expect(Object.fromEntries(facts)).toMatchObject({
      'Capture hardware': 'a machine',
      'Capture oper-sys': 'a system',
      'Capture application': 'a test',
      'Capture comment': 'about it\nand more',
      'Number of interfaces in file': '2',
      Name: 'left\nright',
      Description: LEFT.description,
      Hardware: 'a card',
      Speed: '25000000000',
      'Filter string': 'arp or icmp',
      'Operating system': 'Linux',
      'Capture length': '1000\n262144',
      'Number of stat entries': '1\n0',
    })
  })

  it('arbitrary records', async () => {
    const file = inFolder('arbitrary.pcapng')
    const record: fc.Arbitrary<CaptureRecordInput> = fc.record({
      bytes: fc.uint8Array({ minLength: 1, maxLength: 100 }),
      // tshark's seconds have a sign.
      timestamp: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      interface: fc.constantFrom(LEFT, RIGHT),
      comments: fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/["\\]/.test(text))),
      queue: fc.option(fc.integer({ min: 0, max: 0xffffffff }), { nil: undefined }),
      packetId: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined }),
      dropCount: fc.option(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), { nil: undefined }),
    })
    for (const items of fc.sample(fc.array(record, { minLength: 100, maxLength: 200 }), 3)) {
      writeCaptureFile(file, items, { interfaces: [LEFT, RIGHT] })
      await expectSameAsTshark(file)
    }
  })

  it.each(['pcapng', 'pcap'] as const)('an empty %s file', async (format) => {
    const file = inFolder(`empty-${format}`)
    writeCaptureFile(file, [], { format })
    expect((await capinfos(file)).get('Number of packets')).toMatch(/^0$/m)
    expect(runTcpdump(file)).toBe('')
    expect(await runQuietly('tshark', ['-r', file])).toBe('')
  })

  it('a capture that was converted there and back', async () => {
    const [ours, theirs] = [inFolder('ours.pcapng'), inFolder('theirs.pcap')]
    writeCaptureFile(ours, officeRecords)
    await runQuietly('editcap', ['-F', 'pcap', ours, theirs])
    expect(readFileSync(theirs)).toEqual(readFileSync(office))
    expect(decodeCapture(readFileSync(theirs))).toEqual(officeRecords)
  })
})

function runTcpdump(file: string): string {
  return execFileSync('tcpdump', ['-nn', '-tt', '-xx', '-r', file], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString()
}
