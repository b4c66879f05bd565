// tshark reads the same packets as we do, and must say the same of every field.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ethernet, Frame, gre, icmp, icmpv6, igmp, ipv4, ipv6, sctp, tcp, udp } from '../../../lib/packets.js'
import { readCaptureFile, writeCaptureFile } from '../../../lib/pcap/index.js'
import { scapyFrames } from '../../support/judge/scapy.js'
import { expectedHeaders, JUDGED, judgeableHeaders, TABLE } from '../../support/judge/table.js'
import { tcpdumpLines } from '../../support/judge/tcpdump.js'
import { dissect, type JudgedPacket } from '../../support/judge/tshark.js'
import { buildStack, type Stack, stacks } from '../../support/packets/stacks.js'

const folder = mkdtempSync(join(tmpdir(), 'dpdk-node-judge-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Compares every header of every frame. Returns how many there were of each protocol. */
function compare(frames: readonly Frame[], judged: readonly JudgedPacket[]): Record<string, number> {
  expect(judged).toHaveLength(frames.length)
  const counts: Record<string, number> = Object.fromEntries(Object.keys(TABLE).map((name) => [name, 0]))
  for (const [index, frame] of frames.entries()) {
    const { layers, faults } = judged[index] as JudgedPacket
    const description = `frame ${index + 1}: ${frame.summary()}\n${Buffer.from(frame.bytes).toString('hex')}`
    const ours = judgeableHeaders(frame)
    const theirs = expectedHeaders(layers, frame.bytes)
    // The comparison that explains itself takes long: only of those that differ.
    if (!isDeepStrictEqual(ours, theirs)) expect(ours, description).toEqual(theirs)
    expect(faults, description).toEqual([])
    // tshark does not check that of mobility headers.
    expect(frame.hasValidChecksums(), description).toBe(true)
    for (const { name } of frame.headers()) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** The path of a capture file with these frames. */
function capture(frames: readonly Frame[]): string {
  const path = join(folder, 'frames.pcap')
  writeCaptureFile(
    path,
    frames.map(({ bytes }) => ({ bytes, timestamp: 0n })),
  )
  return path
}

function readFrames(path: string): Frame[] {
  return readCaptureFile(path).map(({ bytes }) => new Frame(bytes))
}

describe('tshark says the same', () => {
  it('of recorded traffic', () => {
    const path = 'examples/captures/office.pcap'
    const counts = compare(readFrames(path), dissect(path, JUDGED))
    expect(counts).toMatchObject({ ethernet: 339, vlanTag: 110, arp: 4, ipv4: 161, ipv6: 174, hopByHop: 17 })
    expect(counts).toMatchObject({ fragment: 24, icmp: 24, icmpv6: 59, udp: 44, tcp: 176 })
    expect(counts.dns).toBeGreaterThan(0)
  }, 60_000)

  it('of packets that scapy makes', () => {
    const frames = scapyFrames(4000, 20261121).map((bytes) => new Frame(bytes))
    const counts = compare(frames, dissect(capture(frames), JUDGED))
    // Every protocol of the table came up, often.
    expect(Object.entries(counts).filter(([, count]) => count < 50)).toEqual([])
  }, 120_000)

  it('of packets that we build', () => {
    const judgeable = stacks.filter((stack) => !hasTwoServiceTags(stack))
    const frames = fc.sample(judgeable, { numRuns: 3000, seed: 20261121 }).map(buildStack)
    const counts = compare(frames, dissect(capture(frames), JUDGED))
    expect(Object.entries(counts).filter(([, count]) => count < 100)).toEqual([])
  }, 120_000)
})

describe('tshark would not overlook', () => {
  const WRONG: [string, Frame, RegExp][] = [
    ['a wrong checksum of IPv4', Frame.build(ethernet(), ipv4({ checksum: 1 }), 'x'), /checksum/i],
    ['one of UDP', Frame.build(ethernet(), ipv4(), udp({ checksum: 1 }), 'x'), /checksum/i],
    ['one of GRE', Frame.build(ethernet(), ipv4(), gre({ checksum: 1 }), ipv4(), 'x'), /checksum/i],
    ['one of TCP', Frame.build(ethernet(), ipv6(), tcp({ checksum: 1 }), 'x'), /checksum/i],
    ['one of SCTP', Frame.build(ethernet(), ipv4(), sctp({ checksum: 1 })), /checksum/i],
    ['one of ICMP', Frame.build(ethernet(), ipv4(), icmp({ checksum: 1 }), 'x'), /checksum/i],
    ['one of ICMPv6', Frame.build(ethernet(), ipv6(), icmpv6({ checksum: 1 }), 'x'), /checksum/i],
    ['one of IGMP', Frame.build(ethernet(), ipv4(), igmp({ checksum: 1 })), /checksum/i],
    ['a header that is cut off', Frame.build(ethernet(), ipv4({ protocol: 47 }), 'cut'), /malformed/i],
  ]
  let judged: JudgedPacket[] = []
  beforeAll(() => {
    judged = dissect(capture(WRONG.map(([, frame]) => frame)), JUDGED)
  })

  it.each(WRONG.map(([name, , fault], index) => ({ name, fault, index })))('$name', ({ fault, index }) => {
    expect(judged[index]?.faults.join()).toMatch(fault)
  })
})

describe('a summary is what tcpdump says', () => {
  it.each(['tcp', 'dns', 'dhcp'])('of packets that scapy makes: %s', (kind) => {
    const frames = scapyFrames(1000, 20261121, kind).map((bytes) => new Frame(bytes))
    const lines = tcpdumpLines(capture(frames))
    expect(lines).toHaveLength(frames.length)
    for (const [index, frame] of frames.entries()) {
      if (!hasUnknownWords(frame))
        expect(frame.summary().startsWith(lines[index] as string), lines[index]).toBe(true)
    }
  })
})

/** tcpdump's present version does not know TCP's flag AE, and has other names for record types that it does not know. */
function hasUnknownWords(frame: Frame): boolean {
  const { tcp, dns } = frame
  const types = [...(dns?.questions ?? []), ...(dns?.answers ?? []), ...(dns?.authorities ?? [])]
  return tcp?.ae === true || types.some(({ type }) => ['TYPE65400', 'HTTPS'].includes(type))
}

/** tshark takes two service tags, one behind the other, for one layer with two VLANs. */
function hasTwoServiceTags({ layers }: Stack): boolean {
  const isServiceTag = (layer: Stack['layers'][number] | undefined) =>
    layer !== undefined && 'tagProtocol' in layer.fields && layer.fields.tagProtocol === 0x88a8
  return layers.some((layer, index) => isServiceTag(layer) && isServiceTag(layers[index + 1]))
}
