import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ethernet } from '../../../lib/packet/builders/ethernet.js'
import { igmp } from '../../../lib/packet/builders/igmp.js'
import { ipv4 } from '../../../lib/packet/builders/ipv4.js'
import { Frame } from '../../../lib/packet/frame.js'
import type { IgmpFields } from '../../../lib/packet/headers/igmp.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'
import { hex } from '../frames.js'

const ETHERNET = '01005e0000fb 020000000001 0800'
const REPORT = '16 00 0904 e00000fb'
const report = hex(`${ETHERNET} 4600 0020 0001 0000 0102 81da c0000201 e00000fb 94040000 ${REPORT}`)

function igmpOf(frame: Frame) {
  const found = frame.igmp
  if (found === undefined) throw new Error('not found')
  return found
}

const groups = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((rest) => `239.${rest.join('.')}`)
const sources = fc.array(fc.ipV4(), { maxLength: 5 })
const auxiliaryData = fc
  .nat(3)
  .chain((words) => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words }))
  .map((bytes) => Buffer.from(bytes).toString('hex'))
const record = fc.record({ type: fc.integer({ min: 1, max: 6 }), group: groups, sources, auxiliaryData })
const fields: fc.Arbitrary<Partial<IgmpFields>> = fc.oneof(
  fc.record({
    type: fc.constantFrom(0x11, 0x12, 0x16, 0x17),
    maximumResponseCode: fc.nat(255),
    group: groups,
  }),
  fc.record({
    type: fc.constant(0x11),
    maximumResponseCode: fc.nat(255),
    group: fc.oneof(fc.constant('0.0.0.0'), groups),
    suppressRouterSideProcessing: fc.boolean(),
    querierRobustnessVariable: fc.nat(7),
    querierQueryIntervalCode: fc.nat(255),
    sources,
  }),
  fc.record({ type: fc.constant(0x22), records: fc.array(record, { maxLength: 5 }) }),
)

describe('an IGMP message', () => {
  it('is read', () => {
    const found = igmpOf(new Frame(report))
    expect(found.toJSON()).toEqual({
      type: 0x16,
      maximumResponseCode: 0,
      checksum: 0x0904,
      group: '224.0.0.251',
    })
    expect(found.groupNumber).toBe(0xe00000fb)
    expect(found.version).toBe(2)
    expect(found.hasValidChecksum()).toBe(true)
    expect([found.sources, found.records, found.querierRobustnessVariable]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it.each([
    [{ maximumResponseCode: 0 }, 1, 'igmp query v1'],
    [{}, 2, 'igmp query v2'],
    [{ group: '239.0.0.1' }, 2, 'igmp query v2 [gaddr 239.0.0.1]'],
    [{ sources: [] }, 3, 'igmp query v3'],
    [{ querierRobustnessVariable: 7, group: '239.0.0.1' }, 3, 'igmp query v3 [gaddr 239.0.0.1]'],
    [{ type: 0x12, group: '239.0.0.1' }, 1, 'igmp v1 report 239.0.0.1'],
    [{ type: 0x16, group: '239.0.0.1' }, 2, 'igmp v2 report 239.0.0.1'],
    [{ type: 0x17, group: '239.0.0.1' }, 2, 'igmp leave 239.0.0.1'],
    [
      { type: 0x22, records: [{ type: 4, group: '239.0.0.1', sources: [], auxiliaryData: '' }] },
      3,
      'igmp v3 report, 1 group record(s)',
    ],
    [{ type: 0x14 }, undefined, 'igmp-20'],
  ])('has a version, and is summarized as tcpdump does: %j', (given, version, text) => {
    const frame = Frame.build(ethernet(), ipv4(), igmp(given))
    expect(frame.igmp?.version).toBe(version)
    expect(frame.summary()).toBe(`IP 192.0.2.1 > 198.51.100.1: ${text}`)
  })

  it('comes back from its fields', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const frame = Frame.build(ethernet(), ipv4(), igmp(given))
        expect(frame.igmp?.toJSON()).toEqual({ ...given, checksum: frame.igmp?.checksum })
        expect(frame.igmp?.hasValidChecksum()).toBe(true)
        expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
      }),
    )
  })

  it.each([
    ['a query of 3 sources with room for 2', '11 64 0000 00000000 02 7d 0003 c0000201 c0000202'],
    ['a report of 2 records with room for 1', '22 00 0000 0000 0002 01 00 0000 ef000001'],
    ['a record with more sources than there are', '22 00 0000 0000 0001 01 00 0001 ef000001'],
    ['a record with more auxiliary data than there is', '22 00 0000 0000 0001 01 01 0000 ef000001'],
    ['less than a header', '11 64 0000 000000'],
  ])('is not found with %s', (_, message) => {
    const frame = Frame.build(ethernet(), ipv4({ protocol: 2 }), hex(message))
    expect(frame.igmp).toBeUndefined()
    expect(frame.malformed).toBe('the packet ends within the IGMP message')
  })

  it.each([
    [{ group: 'here' }, 'igmp.group must be an IPv4 address'],
    [{ sources: [7] }, 'igmp.sources[0] must be'],
    [{ type: 0x22, records: [{ group: '239.0.0.1', sources: ['x'] }] }, 'igmp.records[0].sources[0] must be'],
    [
      { type: 0x22, records: [{ group: '239.0.0.1', auxiliaryData: '00' }] },
      'igmp.records[0].auxiliaryData must be',
    ],
    [{ type: 0x22, records: [{ type: 1 }] }, 'igmp.records[0].group must be'],
  ])('refuses %j', (given, message) => {
    expect(() => Frame.build(igmp(given as object))).toThrow(message)
  })

  it('is read within its bounds only', () => {
    const records = [
      { type: 4, group: '239.0.0.1', sources: ['192.0.2.1'], auxiliaryData: '01020304' },
      { type: 3, group: '239.0.0.2', sources: [], auxiliaryData: '' },
    ]
    expectBoundedHowever([
      report,
      Frame.build(ethernet(), ipv4(), igmp({ sources: ['192.0.2.1', '192.0.2.2'] })).bytes,
      Frame.build(ethernet(), ipv4(), igmp({ type: 0x22, records })).bytes,
    ])
  })
})
