import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeProbe } from '../../lib/generator/probe.js'
import { type RateOptions, resolveRate } from '../../lib/generator/rate.js'
import { Seeds } from '../../lib/generator/seeds.js'
import { compileStream, type StreamOptions } from '../../lib/generator/stream.js'
import { orderByWeight } from '../../lib/generator/weights.js'
import { ethernet, Frame, ipv4, ipv6, sctp, tcp, trailer, udp, vlanTag } from '../../lib/packets.js'

const layers = [ethernet(), ipv4(), udp()]
const compile = (options: StreamOptions, index = 0) =>
  compileStream('stream', options, index, 2048, new Seeds(0)).native
const message = (text: string) => expect.objectContaining({ message: expect.stringContaining(text) })

describe('weights', () => {
  it('become an order in which nobody waits long', () => {
    expect([...orderByWeight('weights', [7, 4, 1])].join('')).toBe('010010201010')
    expect([...orderByWeight('weights', [200, 100])]).toEqual([0, 1, 0])
    expect([...orderByWeight('weights', [5])]).toEqual([0])
  })

  it('are exact', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 })
    const check = (each: number[]) => {
      const order = orderByWeight('weights', each)
      const total = each.reduce((sum, weight) => sum + weight, 0)
      each.forEach((weight, index) => {
        const count = order.filter((chosen) => chosen === index).length
        expect(count * total).toBe(weight * order.length)
      })
    }
    fc.assert(fc.property(weights, check))
  })

  it('that would need too long an order are refused', () => {
    expect(() => orderByWeight('options.streams', [65535, 2])).toThrow(message('options.streams must be'))
  })
})

describe('a stream', () => {
  it('has a template for each size, padded within the lengths of its headers', () => {
    const { templates, order } = compile({ frame: layers, size: 'imix' })
    const frames = templates.map(({ bytes }) => new Frame(bytes))
    expect(frames.map(({ length }) => length)).toEqual([60, 590, 1514])
    expect(frames.map(({ ipv4 }) => ipv4?.totalLength)).toEqual([46, 576, 1500])
    expect(frames.map(({ udp }) => udp?.length)).toEqual([26, 556, 1480])
    expect(frames.every((frame) => frame.hasValidChecksums())).toBe(true)
    expect([...order].join('')).toBe('010010201010')
  })

  it('is as its frame, without sizes', () => {
    const frame = Frame.build(...layers, 'hello', trailer(new Uint8Array(13)))
    for (const same of [frame, frame.bytes]) {
      expect(compile({ frame: same }).templates[0]?.bytes).toEqual(frame.bytes)
    }
  })

  it('has a probe at its end, within the payload, and room for it', () => {
    const [template] = compile({ frame: layers, probe: true }, 5).templates
    const frame = new Frame(template?.bytes as Uint8Array)
    expect(frame.length).toBe(60)
    expect(decodeProbe(frame.bytes)).toEqual({ stream: 5, sequence: 0, timestamp: 0 })
    expect(frame.hasValidChecksums()).toBe(true)
    const longer = compile({ frame: [ethernet(), ipv6(), tcp()], probe: { stream: 9 } }).templates[0]?.bytes
    expect(longer?.length).toBe(14 + 40 + 20 + 18)
    expect(decodeProbe(longer as Uint8Array)?.stream).toBe(9)
    expect(compile({ frame: [ethernet()], probe: true }).templates[0]?.bytes.length).toBe(60)
  })

  it('has a probe in the place of payload, where the frame is made already', () => {
    const frame = Frame.build(...layers, new Uint8Array(51).fill(0xa5))
    const [template] = compile({ frame, probe: true }).templates
    const changed = new Frame(template?.bytes as Uint8Array)
    expect(changed.hasValidChecksums()).toBe(true)
    expect(changed.udp?.payload.slice(0, 33)).toEqual(new Uint8Array(33).fill(0xa5))
    expect(decodeProbe(changed.bytes)?.sequence).toBe(0)
    expect(frame.udp?.payload).toEqual(new Uint8Array(51).fill(0xa5))
  })

  it('seeds every field differently, and the same seed does the same', () => {
    const stream = {
      frame: layers,
      fields: { 'udp.sourcePort': { random: true }, 'ipv4.ttl': { random: true } },
    } as const
    const seeds = compile(stream).fields.map((field) => (field.kind === 'random' ? field.seed : undefined))
    expect(new Set(seeds).size).toBe(2)
    expect(compile(stream)).toEqual(compile(stream))
  })

  it('has random addresses of stations that are neither groups nor a manufacturer’s', () => {
    const frame = [ethernet({ source: '02:00:00:00:00:01' }), ipv4()]
    const [field] = compile({ frame, fields: { 'ethernet.source': { random: true } } }).fields
    expect(field?.mask).toBe(0xfcff_ffff_ffff_0000n)
    expect(field?.offset).toBe(6)
  })

  const wrong: [string, Partial<StreamOptions>, string][] = [
    ['a word', { frame: 'udp' as never }, 'stream.frame must be a Frame, bytes, or an array of layers'],
    [
      'a short frame',
      { frame: new Uint8Array(13) },
      'stream.frame must be 14 bytes long at least; received 13',
    ],
    ['a frame longer than a buffer', { frame: new Uint8Array(2049) }, 'at most 2048 bytes'],
    ['a size below its headers', { size: 41 }, 'stream.size must be at least 42 bytes'],
    ['a size without room for a probe', { size: 59, probe: true }, 'stream.size must be at least 60 bytes'],
    [
      'a size of a frame that is made',
      { frame: new Uint8Array(60), size: 70 },
      'stream.size must be left out',
    ],
    ['a size beyond the buffer', { size: [60, 2049] }, 'stream.size[1] must be an integer from 14 to 2048'],
    ['a weight of nothing', { size: [{ size: 60, weight: 0 }] }, 'stream.size[0].weight must be'],
    ['no size', { size: [] }, 'stream.size must be at least one size'],
    [
      'a field that nobody knows',
      { fields: { 'udp.port': { random: true } } as never },
      "received 'udp.port'",
    ],
    [
      'a field of a header that is not there',
      { fields: { 'tcp.window': { random: true } } },
      'IP 192.0.2.1.49152',
    ],
    [
      'one behind no tunnel',
      { fields: { 'inner.ipv4.ttl': { random: true } } },
      'a header that the frame has',
    ],
    ['no way to choose values', { fields: { 'ipv4.ttl': {} as never } }, '{ random: true } or { list }'],
    [
      'an address that is none',
      { fields: { 'ipv4.source': { list: ['10.0.0'] } } },
      "fields['ipv4.source'].list[0]",
    ],
    ['a value beyond its bits', { fields: { 'ipv4.dscp': { list: [64] } } }, 'from 0 to 63; received 64'],
    ['a range the wrong way', { fields: { 'ipv4.ttl': { minimum: 3, maximum: 2 } } }, 'at most the maximum'],
    ['half a range', { fields: { 'ipv4.ttl': { minimum: 3 } as never } }, "fields['ipv4.ttl'].maximum"],
    [
      'a start elsewhere',
      { fields: { 'ipv4.ttl': { minimum: 3, maximum: 5, start: 6 } } },
      'from minimum to maximum',
    ],
    ['no step', { fields: { 'ipv4.ttl': { minimum: 3, maximum: 5, step: 0 } } }, '.step must be'],
    [
      'a list with a range',
      { fields: { 'ipv4.ttl': { list: [1], minimum: 1 } as never } },
      'without minimum',
    ],
    ['an empty list', { fields: { 'ipv4.ttl': { list: [] } } }, 'at least one value'],
    [
      'bytes behind the end',
      { patches: [{ offset: 39, width: 4, random: true }] },
      'patches[0].offset must be an integer from 0 to 38',
    ],
    ['bytes of an odd number', { patches: [{ offset: 0, width: 3 as never, random: true }] }, '1, 2, 4 or 8'],
    [
      'a mask with holes',
      { patches: [{ offset: 0, width: 1, mask: 5, random: true }] },
      'next to each other',
    ],
    ['a checksum', { patches: [{ offset: 40, width: 2, random: true }] }, 'no part of the checksum of udp'],
    [
      'bytes of two headers',
      { patches: [{ offset: 32, width: 4, random: true }] },
      'within or outside of what the checksum of',
    ],
    [
      'bits twice',
      {
        fields: { 'ipv4.ttl': { random: true } },
        patches: [{ offset: 22, width: 1, mask: 1, random: true }],
      },
      "other bits than stream.fields['ipv4.ttl']",
    ],
    [
      'a probe with another option',
      { probe: { streams: 1 } as never },
      'stream.probe.streams is not an option',
    ],
    ['an option that is none', { speed: 1 } as never, 'stream.speed is not an option'],
  ]
  it.each(wrong)('is not %s', (_, options, text) => {
    expect(() => compile({ frame: layers, ...options })).toThrow(message(text))
  })

  it('does not change what an SCTP checksum covers', () => {
    const frame = [ethernet(), ipv4(), sctp(), new Uint8Array(64)]
    expect(() => compile({ frame, fields: { 'sctp.sourcePort': { random: true } } })).toThrow(message('SCTP'))
    expect(() => compile({ frame, probe: true })).toThrow(message('cannot follow'))
    expect(compile({ frame, fields: { 'ipv4.source': { random: true } } }).checksums).toHaveLength(1)
  })

  it('has ranges of IPv6 addresses within a prefix of 64 bits', () => {
    const of = (minimum: string, maximum: string) =>
      compile({ frame: [ethernet(), ipv6()], fields: { 'ipv6.source': { minimum, maximum } } })
    expect(of('2001:db8::1', '2001:db8::ff').fields).toHaveLength(2)
    expect(() => of('2001:db8::1', '2001:db9::1')).toThrow(message('the same first 64 bits'))
  })

  it('tells tags apart', () => {
    const frame = [ethernet(), vlanTag({ tagProtocol: 0x88a8 }), vlanTag(), ipv4(), udp()]
    const { fields } = compile({
      frame,
      fields: {
        'vlanTag.id': { list: [1] },
        'vlanTag.inner.id': { list: [2] },
        'vlanTag.priority': { random: true },
      },
    })
    expect(fields.map(({ offset, mask }) => [offset, mask])).toEqual([
      [14, 0x0fffn],
      [18, 0x0fffn],
      [14, 0xe000n],
    ])
  })
})

describe('a rate', () => {
  const resolve = (rate: RateOptions | undefined, speed = 10_000) =>
    resolveRate('rate', rate, async () => speed)

  it('is of packets, of bits of frames, or of bits on the wire', async () => {
    expect(await resolve(undefined)).toMatchObject({ unitsPerSecond: 0 })
    expect(await resolve({ packetsPerSecond: 5 })).toMatchObject({
      unitsPerSecond: 5,
      unitsPerPacket: 1,
      unitsPerByte: 0,
    })
    expect(await resolve({ bitsPerSecond: 80 })).toMatchObject({
      unitsPerSecond: 10,
      unitsPerPacket: 0,
      unitsPerByte: 1,
    })
    const wire = { unitsPerSecond: 1.25e9, unitsPerPacket: 24, unitsPerByte: 1, shortestBytes: 60 }
    expect(await resolve({ bitsPerSecond: 10e9, layer: 'wire' })).toEqual(wire)
    expect(await resolve({ percent: 100 })).toEqual(wire)
    expect(await resolve({ percent: 50, lineBitsPerSecond: 20e9 }, 0)).toEqual(wire)
  })

  it.each([0, 0xffffffff])('of a line whose speed is not known (%i) must be said', async (speed) => {
    await expect(resolve({ percent: 1 }, speed)).rejects.toMatchObject({
      code: 'ERR_DPDK_LINK_SPEED_UNKNOWN',
      hint: expect.stringContaining('rate.lineBitsPerSecond'),
    })
  })

  it.each([
    [{}, 'one of { packetsPerSecond }'],
    [{ packetsPerSecond: 1, percent: 1 }, 'one of { packetsPerSecond }'],
    [{ packetsPerSecond: 0 }, 'rate.packetsPerSecond'],
    [{ packetsPerSecond: Number.NaN }, 'rate.packetsPerSecond'],
    [{ bitsPerSecond: '1' }, 'rate.bitsPerSecond'],
    [{ bitsPerSecond: 1, layer: 'ip' }, 'rate.layer'],
    [{ percent: 101 }, 'rate.percent'],
    [{ pps: 5 }, 'rate.pps is not an option'],
  ])('is not %o', async (rate, text) => {
    await expect(resolve(rate as never)).rejects.toThrow(text)
  })
})
