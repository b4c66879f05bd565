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
import { expectBoundedHowever } from '../../support/packets/observe.js'
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
