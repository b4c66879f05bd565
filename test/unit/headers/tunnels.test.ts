import { describe, expect, it } from 'vitest'
import { ethernet, Frame, gre, ipv4, mpls, trailer, udp, vlanTag, vxlan } from '../../../lib/packets.js'
import { SurroundedPacket } from '../../support/packets/observe.js'

const inside = [
  ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }),
  udp({ destinationPort: 7 }),
  'hello',
] as const

describe('what a tunnel carries', () => {
  it.each([
    ['VXLAN', [ipv4(), udp(), vxlan(), ethernet({ source: '02:00:00:00:00:0a' }), ...inside]],
    ['GRE', [ipv4(), gre(), ...inside]],
    ['MPLS', [mpls(), mpls(), ...inside]],
    ['IP in IP', [ipv4(), ...inside]],
    ['VXLAN in a VLAN', [vlanTag(), ipv4(), udp(), vxlan(), ethernet(), vlanTag(), ...inside]],
  ] as const)('has headers of its own: %s', (_, layers) => {
    const { inner } = Frame.build(ethernet(), ...layers)
    expect(inner?.ipv4?.source).toBe('10.0.0.1')
    expect(inner?.udp?.destinationPort).toBe(7)
    expect(inner?.inner).toBeUndefined()
    expect(inner?.malformed).toBeUndefined()
    expect(Buffer.from(inner?.udp?.payload ?? []).toString()).toBe('hello')
  })

  it('is the same through the packet and through the header', () => {
    const frame = Frame.build(ethernet(), ipv4(), udp(), vxlan(), ethernet(), ...inside)
    expect(frame.vxlan?.inner).toBe(frame.inner)
    expect(frame.inner?.inner).toBeUndefined()
  })

  it('is found at any depth, each level by an object of its own', () => {
    const frame = Frame.build(ethernet(), ipv4(), ipv4(), gre(), mpls(), ...inside)
    const { inner } = frame
    expect(inner?.gre?.inner?.mpls?.inner?.udp?.destinationPort).toBe(7)
    expect(inner?.inner?.inner?.ipv4?.source).toBe('10.0.0.1')
    expect(frame.inner).toBe(inner)
    expect(frame.inner?.inner).not.toBe(inner)
  })

  it('is changed in place', () => {
    const frame = Frame.build(ethernet(), ipv4(), gre(), ...inside)
    frame.inner?.ipv4?.decrementTtl()
    const again = new Frame(frame.bytes)
    expect(again.inner?.ipv4?.ttl).toBe(63)
    expect(again.inner?.ipv4?.hasValidChecksum()).toBe(true)
    expect(again.ipv4?.ttl).toBe(64)
  })

  it('knows its own faults, and the outer packet knows none', () => {
    const frame = Frame.build(ethernet(), ipv4(), gre(), ipv4({ totalLength: 999 }))
    expect(frame.malformed).toBeUndefined()
    expect(frame.inner?.malformed).toBe('the IPv4 total length exceeds the frame')
    expect(frame.summary()).toMatch(/GREv0, length 24: nothing: malformed: the IPv4 total length/)
  })

  it('is not there in a later fragment', () => {
    expect(
      Frame.build(ethernet(), ipv4({ fragmentOffset: 8, protocol: 47 }), gre(), ...inside).inner,
    ).toBeUndefined()
  })

  it('has its bytes, and those that pad it', () => {
    const carried = Frame.build(ethernet(), ...inside, trailer(new Uint8Array(13)))
    const frame = Frame.build(ethernet(), ipv4(), udp(), vxlan(), ...carried.layers())
    expect(frame.inner?.length).toBe(60)
    expect(carried.equals(frame.inner?.bytes ?? new Uint8Array())).toBe(true)
    expect(frame.udp?.length).toBe(8 + 8 + 60)
    expect(frame.ipv4?.totalLength).toBe(20 + 8 + 8 + 60)
  })

  it('is said in a line, behind what is around it', () => {
    const frame = Frame.build(ethernet(), ipv4(), udp(), vxlan({ vni: 42 }), ethernet(), ...inside)
    expect(frame.summary()).toBe(
      'IP 192.0.2.1.49152 > 198.51.100.1.4789: VXLAN, flags [I] (0x08), vni 42: ' +
        'IP 10.0.0.1.49152 > 10.0.0.2.7: UDP, length 5',
    )
    expect(String(frame.inner)).toBe('IP 10.0.0.1.49152 > 10.0.0.2.7: UDP, length 5')
    expect(frame.inner?.toJSON().map(({ layer }) => layer)).toEqual(['ethernet', 'ipv4', 'udp'])
  })
})

describe('checksums in tunnels', () => {
  it('are over the nearest IP header', () => {
    const frame = Frame.build(ethernet(), ipv4(), udp({ destinationPort: 9 }), ...inside)
    expect(frame.udp?.hasValidChecksum()).toBe(true)
    const tunnel = Frame.build(ethernet(), ipv4(), gre({ hasChecksum: true }), ...inside)
    expect(tunnel.inner?.udp?.hasValidChecksum()).toBe(true)
    expect(tunnel.gre?.hasValidChecksum()).toBe(true)
  })

  it('are left out by the UDP header in front of VXLAN, unless one is given', () => {
    const layers = [vxlan(), ethernet(), ...inside] as const
    const frame = Frame.build(ethernet(), ipv4(), udp(), ...layers)
    expect(frame.udp?.checksum).toBe(0)
    expect(frame.inner?.udp?.checksum).not.toBe(0)
    expect(Frame.build(ethernet(), ipv4(), udp({ checksum: 7 }), ...layers).udp?.checksum).toBe(7)
  })
})

describe('a packet of several segments', () => {
  // What is behind the first segment is there for lengths only.
  class Segmented extends SurroundedPacket {
    protected override get frameExtent(): number {
      return super.frameExtent + 1000
    }
  }

  it('has the inner headers that are in the first', () => {
    const whole = Frame.build(ethernet(), ipv4(), gre(), ipv4(), udp(), new Uint8Array(1000))
    const packet = new Segmented(whole.bytes.subarray(0, -1000), 0)
    expect(packet.inner?.udp?.length).toBe(1008)
    expect(packet.inner?.length).toBe(1028)
    expect(packet.inner?.bytes).toHaveLength(28)
  })
})
