import { describe, expect, it } from 'vitest'
import { ethernet, Frame, ipv4, udp, vxlan } from '../../../lib/packets.js'

const frame = () => Frame.build(ethernet(), ipv4(), udp(), vxlan({ vni: 0x123456 }), ethernet(), 'x')
/** The eight bytes behind Ethernet, IPv4 and UDP. */
const header = (of: Frame) => Buffer.from(of.bytes.subarray(42, 50)).toString('hex')

describe('a VXLAN header', () => {
  it('has the bytes of RFC 7348', () => {
    expect(header(frame())).toBe('0800000012345600')
    const reserved = vxlan({ flags: 0x48, reserved1: 0xabcdef, vni: 0xffffff, reserved2: 0x99 })
    expect(header(Frame.build(ethernet(), ipv4(), udp(), reserved, ethernet()))).toBe('48abcdefffffff99')
  })

  it('is behind UDP to port 4789, and nowhere else', () => {
    expect(frame().vxlan?.vni).toBe(0x123456)
    expect(
      Frame.build(ethernet(), ipv4(), udp({ destinationPort: 4788 }), vxlan(), ethernet()).vxlan,
    ).toBeUndefined()
  })

  it('is not there when the datagram is shorter', () => {
    const short = Frame.build(ethernet(), ipv4(), udp({ destinationPort: 4789 }), new Uint8Array(7))
    expect(short.vxlan).toBeUndefined()
    expect(short.malformed).toBe('the packet ends within the VXLAN header')
  })

  it('is written in place', () => {
    const written = frame()
    if (written.vxlan === undefined) throw new Error('no header')
    written.vxlan.vni = 0xfedcba
    written.vxlan.flags = 0
    expect(header(written)).toBe('00000000fedcba00')
    expect(written.vxlan.hasIdentifier).toBe(false)
    expect(String(written.vxlan)).toBe('VXLAN, flags [.] (0x00), vni 16702650')
  })

  it.each([
    [{ vni: 0x1000000 }, /vxlan\.vni/],
    [{ flags: -1 }, /vxlan\.flags/],
    [{ identifier: 1 } as object, /vxlan\.identifier/],
  ])('refuses %j', (fields, message) => {
    expect(() => Frame.build(vxlan(fields))).toThrow(message)
  })
})
