import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { makeOutputs } from '../../lib/handler.js'
import { Batch } from '../../lib/packet/batch.js'
import { MacAddress } from '../../lib/packet/mac-address.js'
import type { Packet } from '../../lib/packet/packet.js'
import { HandlerRingColumns } from '../../lib/ring/columns.js'
import { VERDICT_CONTINUE, VERDICT_DROP, VERDICT_OUTPUT } from '../../lib/ring/layout.js'
import { arpFrame, doubleVlanFrame, hex, udpFrame, vlanFrame } from './frames.js'
import { HandLaidRing } from './hand-laid-ring.js'

const outputs = makeOutputs(['left', 'right'])

function deliver(frame: Uint8Array, packetsOffset = 65536) {
  const ring = new HandLaidRing({ packetsOffset })
  ring.deliver(frame)
  const batch = new Batch(ring.arena, new HandlerRingColumns(ring.ring), ring.sendRing)
  batch.open(0, 1, 64, outputs)
  return { ring, batch, packet: batch.at(0) }
}

describe('a packet', () => {
  it('has the bytes that were received, and no more', () => {
    const { packet } = deliver(udpFrame)
    expect(packet.length).toBe(42)
    expect([...packet.bytes]).toEqual([...udpFrame])
    expect(packet.segments).toHaveLength(1)
    expect(packet.port).toBe(3)
    expect(packet.queue).toBe(2)
  })

  it('is written in place', () => {
    const { packet, ring } = deliver(udpFrame)
    packet.bytes[41] = 0xab
    packet.setUint8(0, 0xff)
    packet.setUint16(1, 0x1234)
    packet.setUint32(3, 0xfedcba98)
    expect([...ring.bytes(0).subarray(0, 7)]).toEqual([0xff, 0x12, 0x34, 0xfe, 0xdc, 0xba, 0x98])
    expect(ring.bytes(0)[41]).toBe(0xab)
  })

  it('reads numbers in network order, at every offset where they fit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 60 }), fc.nat(), (bytes, at) => {
        const { packet } = deliver(bytes)
        const view = new DataView(bytes.buffer, bytes.byteOffset)
        expect(packet.getUint8(at % bytes.length)).toBe(view.getUint8(at % bytes.length))
        expect(packet.getUint16(at % (bytes.length - 1))).toBe(view.getUint16(at % (bytes.length - 1)))
        expect(packet.getUint32(at % (bytes.length - 3))).toBe(view.getUint32(at % (bytes.length - 3)))
      }),
    )
  })

  it.each([
    ['getUint8', 42],
    ['getUint8', -1],
    ['getUint16', 41],
    ['getUint32', 39],
  ] as const)('refuses %s(%d) of 42 bytes', (method, at) => {
    const { packet } = deliver(udpFrame)
    expect(() => packet[method](at)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }),
    )
    expect(() => packet.setUint32(at, 1)).toThrow(RangeError)
  })

  it('refuses wide reads of a packet that is shorter than they are', () => {
    const { packet } = deliver(hex('01'))
    expect(packet.getUint8(0)).toBe(1)
    expect(() => packet.getUint16(0)).toThrow(RangeError)
    expect(() => packet.getUint32(0)).toThrow(RangeError)
  })

  it('has what the device found out about it', () => {
    const { packet, ring } = deliver(udpFrame)
    expect([packet.hash, packet.vlan, packet.packetType]).toEqual([undefined, undefined, 0])
    ring.setMetadata(0, { hash: 0xfedcba98, vlan: 0x2014, packetType: 0x211 })
    expect([packet.hash, packet.vlan, packet.packetType]).toEqual([0xfedcba98, 0x2014, 0x211])
  })
})

describe('a verdict', () => {
  it('names the output by its place among the declared ones', () => {
    const { packet, ring } = deliver(udpFrame)
    packet.forward(outputs.left as never)
    expect(ring.verdict(0)).toBe(VERDICT_OUTPUT)
    packet.forward(outputs.right as never)
    expect(ring.verdict(0)).toBe(VERDICT_OUTPUT + 1)
  })

  it('is the last one that was given', () => {
    const { packet, ring } = deliver(udpFrame)
    packet.drop()
    expect(ring.verdict(0)).toBe(VERDICT_DROP)
    packet.continue()
    expect(ring.verdict(0)).toBe(VERDICT_CONTINUE)
  })

  it.each([
    ['undefined', undefined],
    ["another handler's output", makeOutputs(['left']).left],
  ])('cannot name %s', (_, output) => {
    const { packet, ring } = deliver(udpFrame)
    expect(() => packet.forward(output as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_DPDK_UNKNOWN_OUTPUT',
        hint: expect.stringContaining('left, right'),
      }),
    )
    expect(ring.verdict(0)).toBe(0)
  })

  it.each([
    ['drop', (packet: Packet) => packet.drop()],
    ['continue', (packet: Packet) => packet.continue()],
    ['forward', (packet: Packet) => packet.forward(outputs.left as never)],
    ['ethernet', (packet: Packet) => packet.ethernet],
    ['getUint8', (packet: Packet) => packet.getUint8(0)],
    ['setUint32', (packet: Packet) => packet.setUint32(0, 0)],
  ])('cannot be given late: %s', (_, use) => {
    const { packet, batch, ring } = deliver(udpFrame)
    batch.release()
    expect(() => use(packet)).toThrow(expect.objectContaining({ code: 'ERR_DPDK_PACKET_RELEASED' }))
    expect(ring.verdict(0)).toBe(0)
    expect(packet.length).toBe(0)
    expect(packet.ipv4).toBeUndefined()
  })
})

describe('in production', () => {
  it('a late or foreign verdict does nothing, and harms nothing', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    vi.resetModules()
    try {
      const production = await import('../../lib/packet/batch.js')
      const ring = new HandLaidRing()
      ring.deliver(udpFrame)
      const batch = new production.Batch(ring.arena, new HandlerRingColumns(ring.ring), ring.sendRing)
      batch.open(0, 1, 64, outputs)
      const packet = batch.at(0)
      packet.forward(makeOutputs(['left']).left as never)
      batch.release()
      packet.forward(outputs.left as never)
      packet.drop()
      packet.continue()
      expect(packet.ethernet).toBeDefined()
      expect(ring.verdict(0)).toBe(0)
    } finally {
      vi.unstubAllEnvs()
      vi.resetModules()
    }
  })
})

describe('the Ethernet header', () => {
  it('is read', () => {
    const { ethernet } = deliver(udpFrame).packet
    expect(ethernet.destination).toBe('02:00:00:00:00:01')
    expect(ethernet.source).toBe('06:aa:bb:cc:dd:ee')
    expect(ethernet.destinationHigh).toBe(0x0200)
    expect(ethernet.destinationLow).toBe(1)
    expect(ethernet.sourceHigh).toBe(0x06aa)
    expect(ethernet.sourceLow).toBe(0xbbccddee)
    expect(ethernet.etherType).toBe(0x0800)
    expect(ethernet.isMulticast).toBe(false)
    expect(String(ethernet)).toBe('06:aa:bb:cc:dd:ee > 02:00:00:00:00:01, type 0x0800')
  })

  it('is written', () => {
    const { packet, ring } = deliver(udpFrame)
    packet.ethernet.setSource(new MacAddress('00-11-22-33-44-55'))
    packet.ethernet.setDestination(MacAddress.BROADCAST.bytes)
    packet.ethernet.etherType = 0x88b5
    expect([...ring.bytes(0).subarray(0, 14)]).toEqual([...hex('ffffffffffff 001122334455 88b5')])
    expect(packet.ethernet.isBroadcast).toBe(true)
    expect(packet.ethernet.isMulticast).toBe(true)
  })

  it.each([65536, 65537])('takes addresses, also in a packet that starts at byte %d', (offset) => {
    const { packet, ring } = deliver(udpFrame, offset)
    packet.ethernet.setDestination(hex('010203040506'))
    packet.ethernet.setSource(new MacAddress(hex('0708090a0b0c')))
    expect([...ring.bytes(0).subarray(0, 14)]).toEqual([...hex('0102030405060708090a0b0c 0800')])
  })

  it.each([65536, 65537, 65538, 65539])(
    'swaps its addresses, also in a packet that starts at byte %d',
    (offset) => {
      const frame = hex('0102030405060708090a0b0c 0800 1122')
      const { packet, ring } = deliver(frame, offset)
      packet.ethernet.swapAddresses()
      expect([...ring.bytes(0)]).toEqual([...hex('0708090a0b0c010203040506 0800 1122')])
    },
  )
})

describe('the IPv4 header', () => {
  it.each([
    ['behind the Ethernet header', udpFrame],
    ['behind a VLAN tag', vlanFrame],
    ['behind two VLAN tags', doubleVlanFrame],
  ])('is found %s', (_, frame) => {
    const ip = deliver(frame).packet.ipv4
    expect(ip).toMatchObject({
      source: '192.0.2.1',
      destination: '192.0.2.2',
      sourceNumber: 0xc0000201,
      destinationNumber: 0xc0000202,
      headerLength: 20,
      totalLength: 28,
      identification: 0x1234,
      dontFragment: true,
      isFragment: false,
      ttl: 64,
      protocol: 17,
      checksum: 0xa499,
    })
    expect(ip?.hasValidChecksum()).toBe(true)
  })

  it('is not found in other packets', () => {
    expect(deliver(arpFrame).packet.ipv4).toBeUndefined()
    expect(deliver(hex('00')).packet.ipv4).toBeUndefined()
    expect(deliver(hex(`${'00'.repeat(12)} 8100 8100 8100`)).packet.ipv4).toBeUndefined()
  })

  it.each([
    ['another version', 14, 0x65],
    ['a header shorter than 20 bytes', 14, 0x44],
    ['a header longer than the packet', 14, 0x4f],
    ['a total length shorter than the header', 17, 19],
    ['a total length beyond the frame', 17, 29],
  ])('is not found where it claims %s', (_, at, value) => {
    const frame = Uint8Array.from(udpFrame)
    frame[at] = value
    expect(deliver(frame).packet.ipv4).toBeUndefined()
  })

  it('is not found where the frame ends within it', () => {
    for (let length = 1; length < 42; length++) {
      expect(deliver(udpFrame.subarray(0, length)).packet.ipv4).toBeUndefined()
    }
  })

  it('may be padded by Ethernet', () => {
    const padded = new Uint8Array(60)
    padded.set(udpFrame)
    expect(deliver(padded).packet.ipv4?.totalLength).toBe(28)
  })

  it('keeps a right checksum right when the TTL is decremented, whatever the header says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (header) => {
        const frame = Uint8Array.from(udpFrame)
        frame.set(header, 14)
        frame.set(hex('45 00 00 1c'), 14)
        const ip = deliver(frame).packet.ipv4
        if (ip === undefined) throw new Error('not found')
        ip.updateChecksum()
        expect(ip.hasValidChecksum()).toBe(true)
        const { ttl } = ip
        expect(ip.decrementTtl()).toBe(Math.max(ttl - 1, 0))
        expect(ip.ttl).toBe(Math.max(ttl - 1, 0))
        expect(ip.hasValidChecksum()).toBe(true)
      }),
    )
  })

  it('keeps a wrong checksum wrong', () => {
    const frame = Uint8Array.from(udpFrame)
    frame[24] = 0
    const ip = deliver(frame).packet.ipv4
    ip?.decrementTtl()
    expect(ip?.hasValidChecksum()).toBe(false)
  })

  it('is written', () => {
    const { packet, ring } = deliver(udpFrame)
    const ip = packet.ipv4
    if (ip === undefined) throw new Error('not found')
    ip.ttl = 3
    ip.sourceNumber = 0xcb007101
    ip.destinationNumber = 0xffffffff
    ip.updateChecksum()
    expect(ip.hasValidChecksum()).toBe(true)
    expect(String(ip)).toBe('203.0.113.1 > 255.255.255.255, protocol 17, ttl 3, length 28')
    expect([...ring.bytes(0).subarray(26, 34)]).toEqual([...hex('cb007101ffffffff')])
    Object.assign(ip, {
      dscp: 46,
      ecn: 1,
      totalLength: 27,
      identification: 0xabcd,
      dontFragment: false,
      protocol: 1,
    })
    expect([...ring.bytes(0).subarray(14, 24)]).toEqual([...hex('45b9 001b abcd 0000 0301')])
  })
})

describe('a MAC address', () => {
  it('is what its text says', () => {
    expect(String(new MacAddress('2:0:0:aB:0:1'))).toBe('02:00:00:ab:00:01')
    expect(JSON.stringify({ address: new MacAddress(hex('ffffffffffff')) })).toBe(
      '{"address":"ff:ff:ff:ff:ff:ff"}',
    )
    expect(new MacAddress('01:00:5e:00:00:01').isMulticast).toBe(true)
    expect(new MacAddress('00:00:00:00:00:01').equals(new MacAddress('00-00-00-00-00-01'))).toBe(true)
  })

  it.each(['', '02:00', '02:00:00:00:00:zz', '02:00:00:00:00:01:02', hex('0102'), 5])(
    'is not %j',
    (value) => {
      expect(() => new MacAddress(value as string)).toThrow(/address must be/)
    },
  )
})
