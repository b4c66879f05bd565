import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ethernet } from '../../../lib/packet/builders/ethernet.js'
import { ipv6 } from '../../../lib/packet/builders/ipv6.js'
import {
  authentication,
  destinationOptions,
  fragment,
  hopByHop,
  mobility,
  routing,
} from '../../../lib/packet/builders/ipv6-extensions.js'
import type { Layer } from '../../../lib/packet/builders/layer.js'
import { udp } from '../../../lib/packet/builders/udp.js'
import { Frame } from '../../../lib/packet/frame.js'
import type { Ipv6Extension } from '../../../lib/packet/headers/ipv6.js'
import { dissect } from '../../support/dissect.js'
import { scapyFrames } from '../../support/scapy.js'
import { expectBoundedHowever } from '../../support/surrounded-frame.js'
import { hex } from '../frames.js'

const digits = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex'))
const nextHeader = fc.nat(255)

/** Options that fill their header to a multiple of 8 bytes, so that none is added. */
const options = fc
  .array(fc.record({ type: fc.integer({ min: 2, max: 255 }), hex: fc.nat(20).chain(digits) }), {
    maxLength: 4,
  })
  .map((list) => {
    const length = 2 + list.reduce((sum, option) => sum + 2 + option.hex.length / 2, 0)
    return [...list, ...Array.from({ length: -length & 7 }, () => ({ type: 0, hex: '' }))]
  })

const EXTENSIONS = {
  hopByHop: fc.record({ options }),
  destinationOptions: fc.record({ options }),
  routing: fc.record({
    type: fc.nat(255),
    segmentsLeft: fc.nat(255),
    data: fc.nat(6).chain((words) => digits(4 + 8 * words)),
  }),
  fragment: fc.record({
    fragmentOffset: fc.constant(0),
    moreFragments: fc.boolean(),
    identification: fc.nat(0xffffffff),
  }),
  authentication: fc.record({
    securityParametersIndex: fc.nat(0xffffffff),
    sequenceNumber: fc.nat(0xffffffff),
    integrityCheckValue: fc.integer({ min: 1, max: 8 }).chain((words) => digits(4 * words)),
  }),
  mobility: fc.record({
    type: fc.nat(255),
    checksum: fc.nat(0xffff),
    data: fc.nat(6).chain((words) => digits(2 + 8 * words)),
  }),
}
const BUILDERS: Record<string, (fields: never) => Layer> = {
  ...{ hopByHop, destinationOptions, routing, fragment, authentication, mobility },
}

/** Any of them, as name and fields without the next header. */
const extension = fc
  .constantFrom(...(Object.keys(EXTENSIONS) as (keyof typeof EXTENSIONS)[]))
  .chain((name) => (EXTENSIONS[name] as fc.Arbitrary<object>).map((fields) => ({ name, fields })))

function layerOf({ name, fields }: { name: string; fields: object }): Layer {
  return (BUILDERS[name] as (fields: object) => Layer)(fields)
}

function only(frame: Frame, name: string): Ipv6Extension {
  const found = frame.ipv6?.extension(0)
  if (found?.name !== name) throw new Error(`${name} was not found`)
  return found
}

const ETHERNET = '020000000002 020000000001 86dd'
const ADDRESSES = '20010db8000000000000000000000001 20010db8000000000000000000000002'

describe('IPv6 extension headers', () => {
  it('are found one behind the other', () => {
    const frame = Frame.build(
      ...[ethernet(), ipv6(), hopByHop({ options: [{ type: 5, hex: '0000' }] }), destinationOptions()],
      ...[routing(), fragment({ identification: 7 }), authentication(), destinationOptions(), udp(), 'x'],
    )
    const { ipv6: ip } = frame
    const names = [
      'hopByHop',
      'destinationOptions',
      'routing',
      'fragment',
      'authentication',
      'destinationOptions',
    ]
    expect(ip?.extensionCount).toBe(6)
    expect(names.map((_, index) => ip?.extension(index)?.name)).toEqual(names)
    expect(ip?.extension(6)).toBeUndefined()
    expect(ip?.nextHeader).toBe(0)
    expect(ip?.routing?.segmentsLeft).toBe(0)
    expect(ip?.fragment?.identification).toBe(7)
    expect(ip?.mobility).toBeUndefined()
    expect(frame.headers().map(({ name }) => name)).toEqual(['ethernet', 'ipv6', ...names, 'udp'])
    expect(frame.udp?.hasValidChecksum()).toBe(true)
    expect(frame.malformed).toBeUndefined()
    expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
  })

  it('are read', () => {
    const router = hex(`${ETHERNET} 60000000 0008 00 01 ${ADDRESSES} 3b 00 0502 0000 01 00`)
    expect(only(new Frame(router), 'hopByHop').toJSON()).toEqual({
      nextHeader: 59,
      options: [
        { type: 5, hex: '0000' },
        { type: 1, hex: '' },
      ],
    })
    const later = hex(`${ETHERNET} 60000000 0010 2c 40 ${ADDRESSES} 11 00 00b9 12345678 0102030405060708`)
    const frame = new Frame(later)
    expect(only(frame, 'fragment').toJSON()).toEqual({
      nextHeader: 17,
      fragmentOffset: 184,
      moreFragments: true,
      identification: 0x12345678,
    })
    expect(frame.ipv6?.isFragment).toBe(true)
    expect(frame.udp).toBeUndefined()
    expect(frame.malformed).toBeUndefined()
    expect(frame.summary()).toBe('IP6 2001:db8::1 > 2001:db8::2: frag (184|8)')
    const segments = `${ETHERNET} 60000000 0018 2b 40 ${ADDRESSES} 3b 02 04 01 00 00 1234 ${'ff'.repeat(16)}`
    const found = only(new Frame(hex(segments)), 'routing')
    expect(found.toJSON()).toEqual({
      nextHeader: 59,
      type: 4,
      segmentsLeft: 1,
      data: `00001234${'ff'.repeat(16)}`,
    })
    if (found.name === 'routing') found.segmentsLeft = 0
    expect(found).toMatchObject({ segmentsLeft: 0 })
  })

  it('say whether a packet is a fragment', () => {
    const isFragment = (...parts: Layer[]) =>
      Frame.build(ethernet(), ipv6(), ...parts, udp()).ipv6?.isFragment
    expect(isFragment()).toBe(false)
    expect(isFragment(fragment())).toBe(false)
    expect(isFragment(fragment({ moreFragments: true }))).toBe(true)
    expect(isFragment(fragment({ fragmentOffset: 8 }))).toBe(true)
  })

  it('end with encryption, with nothing, and with what nobody knows', () => {
    for (const nextHeader of [50, 59, 253]) {
      const frame = Frame.build(ethernet(), ipv6(), hopByHop({ nextHeader }), udp())
      expect(frame.udp).toBeUndefined()
      expect(frame.ipv6?.extensionCount).toBe(1)
      expect(frame.malformed).toBeUndefined()
      expect(frame.layers().map(({ name }) => name)).toEqual(['ethernet', 'ipv6', 'hopByHop', 'payload'])
    }
  })

  it('are 16 at most', () => {
    const frame = (count: number) =>
      Frame.build(ethernet(), ipv6(), ...Array.from({ length: count }, () => destinationOptions()), udp())
    expect(frame(16).udp).toBeDefined()
    expect(frame(17).udp).toBeUndefined()
    expect(frame(17).malformed).toBe('the packet has too many IPv6 extension headers')
  })

  it('are not found where they are cut off, nor what is behind them', () => {
    const frame = hex(`${ETHERNET} 60000000 0008 00 01 ${ADDRESSES} 11 01 0502 0000 01 00`)
    expect(new Frame(frame).ipv6?.extensionCount).toBe(0)
    expect(new Frame(frame).malformed).toBe('the packet ends within an IPv6 extension header')
  })

  it('are not found with an option that exceeds them; what is behind them is', () => {
    const options = '11 00 0505 0000 01 00'
    const frame = new Frame(
      hex(`${ETHERNET} 60000000 0010 00 01 ${ADDRESSES} ${options} c000 0009 0008 0000`),
    )
    expect(frame.malformed).toBe('an IPv6 option exceeds its extension header')
    expect(frame.ipv6?.extensionCount).toBe(1)
    expect(frame.ipv6?.extension(0)).toBeUndefined()
    expect(frame.udp).toBeDefined()
  })

  it('come back from their fields', () => {
    fc.assert(
      fc.property(extension, nextHeader, ({ name, fields }, next) => {
        const frame = Frame.build(
          ethernet(),
          ipv6(),
          layerOf({ name, fields: { ...fields, nextHeader: next } }),
        )
        expect(only(frame, name).toJSON()).toEqual({ ...fields, nextHeader: next })
      }),
      { numRuns: 500 },
    )
  })

  it('come back in any order', () => {
    fc.assert(
      fc.property(fc.array(extension, { maxLength: 8 }), (extensions) => {
        const frame = Frame.build(ethernet(), ipv6(), ...extensions.map(layerOf), udp(), 'abc')
        const names = ['ethernet', 'ipv6', ...extensions.map(({ name }) => name), 'udp']
        expect(frame.headers().map(({ name }) => name)).toEqual(names)
        expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
        const goesOn = extensions.some(({ fields }) => (fields as { moreFragments?: boolean }).moreFragments)
        expect(frame.udp?.hasValidChecksum()).toBe(goesOn ? undefined : true)
        expect(frame.malformed).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    [() => fragment({ fragmentOffset: 7 }), 'fragment.fragmentOffset must be a multiple of 8'],
    [() => routing({ data: '00' }), 'routing.data must be 4 bytes more than a multiple of 8 bytes long'],
    [() => mobility({ data: '00' }), 'mobility.data must be 2 bytes more than a multiple of 8 bytes long'],
    [
      () => authentication({ integrityCheckValue: '00' }),
      'authentication.integrityCheckValue must be a multiple of 4',
    ],
    [() => hopByHop({ options: [{ type: 0, hex: '00' }] }), 'hopByHop.options[0].hex'],
    [() => hopByHop({ options: [{ type: 300, hex: '00' }] }), 'hopByHop.options[0].type'],
    [() => hopByHop({ options: 'none' as never }), 'hopByHop.options must be an array'],
    [() => hopByHop({ options: [5 as never] }), 'hopByHop.options[0] must be an object'],
  ])('are refused with wrong fields: %s', (make, message) => {
    expect(() => Frame.build(make())).toThrow(message)
  })

  it('are read within their bounds only', () => {
    const extensions = [
      hopByHop(),
      routing({ segmentsLeft: 1, data: '00'.repeat(20) }),
      fragment(),
      authentication(),
    ]
    const tail = [destinationOptions({ options: [{ type: 0x1e, hex: '0102030405' }] }), udp(), 'x']
    expectBoundedHowever([
      Frame.build(ethernet(), ipv6(), ...extensions, ...tail).bytes,
      Frame.build(ethernet(), ipv6(), mobility({ type: 5, data: '00010000ffff00000000' })).bytes,
    ])
  })
})

const FIELDS = [
  ...(['ipv6.nxt', 'ipv6.hopopts.nxt', 'ipv6.dstopts.nxt', 'ipv6.opt.type', 'ipv6.opt.length'] as const),
  ...(['ipv6.routing.nxt', 'ipv6.routing.type', 'ipv6.routing.segleft'] as const),
  ...(['ipv6.fraghdr.nxt', 'ipv6.fraghdr.offset', 'ipv6.fraghdr.more', 'ipv6.fraghdr.ident'] as const),
  ...([
    'ah.next_header',
    'ah.spi',
    'ah.sequence',
    'ah.icv',
    'mip6.proto',
    'mip6.mhtype',
    'mip6.csum',
  ] as const),
  ...(['udp.srcport', 'udp.checksum.status', 'tcp.checksum.status'] as const),
]

/** The same fields, as our headers have them. */
function fieldsOf(frame: Frame) {
  const all = frame.headers()
  const of = <Name extends Ipv6Extension['name']>(name: Name) =>
    all.filter((header) => header.name === name) as unknown as Extract<Ipv6Extension, { name: Name }>[]
  const options = [...of('hopByHop'), ...of('destinationOptions')].flatMap((header) => header.options)
  return {
    'ipv6.nxt': [frame.ipv6?.nextHeader],
    'ipv6.hopopts.nxt': of('hopByHop').map((header) => header.nextHeader),
    'ipv6.dstopts.nxt': of('destinationOptions').map((header) => header.nextHeader),
    'ipv6.opt.type': options.map(({ type }) => type),
    'ipv6.opt.length': options.filter(({ type }) => type !== 0).map((option) => option.hex.length / 2),
    'ipv6.routing.nxt': of('routing').map((header) => header.nextHeader),
    'ipv6.routing.type': of('routing').map((header) => header.type),
    'ipv6.routing.segleft': of('routing').map((header) => header.segmentsLeft),
    'ipv6.fraghdr.nxt': of('fragment').map((header) => header.nextHeader),
    'ipv6.fraghdr.offset': of('fragment').map((header) => header.fragmentOffset >> 3),
    'ipv6.fraghdr.more': of('fragment').map((header) => Number(header.moreFragments)),
    'ipv6.fraghdr.ident': of('fragment').map((header) => header.identification),
    'ah.next_header': of('authentication').map((header) => header.nextHeader),
    'ah.spi': of('authentication').map((header) => header.securityParametersIndex),
    'ah.sequence': of('authentication').map((header) => header.sequenceNumber),
    'ah.icv': of('authentication').map((header) => Buffer.from(header.integrityCheckValue).toString('hex')),
    'mip6.proto': of('mobility').map((header) => header.nextHeader),
    'mip6.mhtype': of('mobility').map((header) => header.type),
    'mip6.csum': of('mobility').map((header) => header.checksum),
    'udp.srcport': frame.udp === undefined ? [] : [frame.udp.sourcePort],
  }
}

function compareWithTshark(frames: readonly Frame[]): void {
  const rows = dissect(
    frames.map(({ bytes }) => bytes),
    FIELDS,
  )
  expect(rows).toHaveLength(frames.length)
  rows.forEach((row, index) => {
    const frame = frames[index] as Frame
    const ours = fieldsOf(frame)
    const theirs = Object.fromEntries(
      Object.keys(ours).map((name) => [
        name,
        name === 'ah.icv' ? row[name] : row[name as keyof typeof ours].map(Number),
      ]),
    )
    expect(ours).toEqual(theirs)
    // 1: right.
    expect(
      [...row['udp.checksum.status'], ...row['tcp.checksum.status']].filter((status) => status !== '1'),
    ).toEqual([])
    expect([
      ...row['_ws.malformed'],
      ...row['_ws.expert.message'].filter((text) => /checksum/i.test(text)),
    ]).toEqual([])
    expect(frame.malformed).toBeUndefined()
    expect(frame.udp?.hasValidChecksum() ?? true).toBe(true)
    expect(frame.ipv6?.mobility?.hasValidChecksum() ?? true).toBe(true)
    expect(frame.equals(Frame.build(...frame.layers()))).toBe(true)
  })
}

describe('IPv6 extension headers, judged by tshark,', () => {
  it('are what scapy built', () => {
    compareWithTshark(scapyFrames('ipv6', 1000).map((bytes) => new Frame(bytes)))
  })

  it('are well built', () => {
    // In the order of RFC 8200, section 4.1, each once; what routing types hold is their own matter.
    const data = (count: number) => [
      '00000000',
      ...Array.from({ length: count }, () => '20010db8'.padEnd(32, '7')),
    ]
    const route = fc.tuple(fc.constantFrom(0, 2, 4), fc.integer({ min: 1, max: 3 })).chain(([type, count]) =>
      fc.record({
        type: fc.constant(type),
        segmentsLeft: fc.nat(type === 4 ? count - 1 : type === 2 ? 1 : count),
        data: fc.constant(
          type === 4
            ? [`${(count - 1).toString(16).padStart(2, '0')}000000`, ...data(count).slice(1)].join('')
            : data(type === 2 ? 1 : count).join(''),
        ),
      }),
    )
    const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined })
    const padded = fc.record({
      options: fc.array(fc.record({ type: fc.constant(0x1e), hex: fc.nat(9).chain(digits) })),
    })
    const chains = fc.record({
      hopByHop: maybe(padded),
      routing: maybe(route),
      fragment: maybe(fc.record({ identification: fc.nat(0xffffffff) })),
      authentication: maybe(EXTENSIONS.authentication),
      destinationOptions: maybe(padded),
    })
    const frames = fc.sample(chains, { numRuns: 1000, seed: 8200 }).map((chain) => {
      const given = Object.entries(chain).filter((entry) => entry[1] !== undefined)
      const layers = given.map(([name, fields]) => layerOf({ name, fields: fields as object }))
      return Frame.build(ethernet(), ipv6(), ...layers, udp(), 'abc')
    })
    compareWithTshark(frames)
  })
})
