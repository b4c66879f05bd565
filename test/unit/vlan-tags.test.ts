import { describe, expect, it, vi } from 'vitest'
import { makeOutputs } from '../../lib/handler.js'
import { Batch } from '../../lib/packet/batch.js'
import { HandlerRingColumns } from '../../lib/ring/columns.js'
import { arpFrame, doubleVlanFrame, hex, udpFrame, vlanFrame } from './frames.js'
import { HandLaidRing } from './hand-laid-ring.js'

function deliver(frame: Uint8Array, headroom = 128) {
  const ring = new HandLaidRing({ packetsOffset: 65536 + 256 })
  ring.deliver(frame)
  ring.setMetadata(0, { headroom })
  const batch = new Batch(ring.arena, new HandlerRingColumns(ring.ring), ring.sendRing)
  batch.open(0, 1, 64, makeOutputs(['left']))
  return { ring, batch, packet: batch.at(0) }
}

describe('pushing a VLAN tag', () => {
  it('puts it behind the addresses, in front of everything else', () => {
    const { packet, ring } = deliver(udpFrame)
    packet.pushVlan({ id: 20 })
    expect([...ring.bytes(0)]).toEqual([...vlanFrame])
    packet.pushVlan({ id: 30, tagProtocol: 0x88a8 })
    expect([...ring.bytes(0)]).toEqual([...doubleVlanFrame])
    expect(packet.ipv4?.ttl).toBe(64)
    expect(packet.headroom).toBe(120)
  })

  it('has every field', () => {
    const { packet } = deliver(arpFrame)
    packet.pushVlan({ id: 4095, priority: 7, dropEligible: true })
    expect(packet.vlanTag?.toJSON()).toEqual({
      ...{ tagProtocol: 0x8100, priority: 7, dropEligible: true, id: 4095, etherType: 0x0806 },
    })
  })

  it('needs room in front', () => {
    const { packet, ring } = deliver(udpFrame, 3)
    expect(() => packet.pushVlan({ id: 1 })).toThrow(RangeError)
    expect([...ring.bytes(0)]).toEqual([...udpFrame])
  })

  it.each([
    [{ id: 4096 }, /tag\.id/],
    [{}, /tag\.id/],
    [{ id: 1, priority: 8 }, /tag\.priority/],
    [{ id: 1, dropEligible: 1 }, /tag\.dropEligible/],
    [{ id: 1, tagProtocol: 5 }, /tag\.tagProtocol/],
    [{ id: 1, vlan: 5 }, /tag\.vlan is not an option/],
  ])('refuses %j, and changes nothing', (tag, message) => {
    const { packet, ring } = deliver(udpFrame)
    expect(() => packet.pushVlan(tag as never)).toThrow(message)
    expect([...ring.bytes(0)]).toEqual([...udpFrame])
  })
})

describe('popping a VLAN tag', () => {
  it('takes the outermost off', () => {
    const { packet, ring } = deliver(doubleVlanFrame)
    expect(packet.popVlan()).toBe(true)
    expect([...ring.bytes(0)]).toEqual([...vlanFrame])
    expect(packet.popVlan()).toBe(true)
    expect([...ring.bytes(0)]).toEqual([...udpFrame])
    expect(packet.popVlan()).toBe(false)
    expect([...ring.bytes(0)]).toEqual([...udpFrame])
    expect(packet.headroom).toBe(136)
  })

  it('leaves a frame alone that ends within its tag', () => {
    const frame = hex('020000000001 06aabbccddee 8100 00')
    const { packet, ring } = deliver(frame)
    expect(packet.popVlan()).toBe(false)
    expect([...ring.bytes(0)]).toEqual([...frame])
  })
})

describe('after the handler has returned', () => {
  it('both throw', () => {
    const { packet, batch } = deliver(vlanFrame)
    batch.release()
    expect(() => packet.pushVlan({ id: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_PACKET_RELEASED' }),
    )
    expect(() => packet.popVlan()).toThrow(expect.objectContaining({ code: 'ERR_DPDK_PACKET_RELEASED' }))
  })

  it('both do nothing in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    vi.resetModules()
    try {
      const production = await import('../../lib/packet/batch.js')
      const ring = new HandLaidRing()
      ring.deliver(vlanFrame)
      ring.setMetadata(0, { headroom: 128 })
      const batch = new production.Batch(ring.arena, new HandlerRingColumns(ring.ring), ring.sendRing)
      batch.open(0, 1, 64, makeOutputs(['left']))
      const packet = batch.at(0)
      batch.release()
      const before = Uint8Array.from(ring.arena.bytes)
      packet.pushVlan({ id: 1 })
      expect(packet.popVlan()).toBe(false)
      expect(Buffer.compare(ring.arena.bytes, before)).toBe(0)
    } finally {
      vi.unstubAllEnvs()
      vi.resetModules()
    }
  })
})
