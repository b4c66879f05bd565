// tshark reads the same packets as we do, and must say the same of every field.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { ethernet, Frame, gre, ipv4, udp } from '../../../lib/packets.js'
import { readCaptureFile, writeCaptureFile } from '../../../lib/pcap/index.js'
import { expectedHeaders, JUDGED, judgeableHeaders, TABLE } from '../../support/judge/table.js'
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
    expect(judgeableHeaders(frame), description).toEqual(expectedHeaders(layers, frame.bytes))
    expect(faults, description).toEqual([])
    for (const { name } of frame.headers()) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

function readFrames(path: string): Frame[] {
  return readCaptureFile(path).map(({ bytes }) => new Frame(bytes))
}

describe('tshark says the same', () => {
  it('of recorded traffic', () => {
    const path = 'examples/captures/office.pcap'
    const counts = compare(readFrames(path), dissect(path, JUDGED))
    expect(counts).toMatchObject({ ethernet: 339, vlanTag: 110 })
    expect(counts.ipv4).toBeGreaterThan(100)
  }, 60_000)

  it('of packets that scapy makes', () => {
    const path = join(folder, 'scapy.pcap')
    const options = ['test/support/judge/packets.py', '20261121', '4000', path]
    execFileSync('/usr/bin/python3', options, { stdio: ['ignore', 'ignore', 'inherit'] })
    const counts = compare(readFrames(path), dissect(path, JUDGED))
    // Every protocol of the table came up, often.
    expect(Object.values(counts).filter((count) => count < 100)).toEqual([])
  }, 120_000)

  it('of packets that we build', () => {
    const path = join(folder, 'built.pcapng')
    const judgeable = stacks.filter((stack) => !hasTwoServiceTags(stack))
    const frames = fc.sample(judgeable, { numRuns: 3000, seed: 20261121 }).map(buildStack)
    writeCaptureFile(
      path,
      frames.map(({ bytes }) => ({ bytes, timestamp: 0n })),
    )
    const counts = compare(frames, dissect(path, JUDGED))
    expect(Object.values(counts).filter((count) => count < 100)).toEqual([])
  }, 120_000)
})

describe('tshark would not overlook', () => {
  it.each([
    ['a wrong checksum of IPv4', Frame.build(ethernet(), ipv4({ checksum: 1 }), 'x'), /checksum/i],
    ['one of UDP', Frame.build(ethernet(), ipv4(), udp({ checksum: 1 }), 'x'), /checksum/i],
    ['one of GRE', Frame.build(ethernet(), ipv4(), gre({ checksum: 1 }), ipv4(), 'x'), /checksum/i],
    ['a header that is cut off', Frame.build(ethernet(), ipv4({ protocol: 47 }), 'cut'), /malformed/i],
  ])('%s', (_, frame, fault) => {
    const path = join(folder, 'wrong.pcapng')
    writeCaptureFile(path, [{ bytes: frame.bytes, timestamp: 0n }])
    expect(dissect(path, JUDGED)[0]?.faults.join()).toMatch(fault)
  })
})

/** tshark takes two service tags, one behind the other, for one layer with two VLANs. */
function hasTwoServiceTags({ layers }: Stack): boolean {
  const isServiceTag = (layer: Stack['layers'][number] | undefined) =>
    layer !== undefined && 'tagProtocol' in layer.fields && layer.fields.tagProtocol === 0x88a8
  return layers.some((layer, index) => isServiceTag(layer) && isServiceTag(layers[index + 1]))
}
