import { describe, expect, it } from 'vitest'
import { ethernet, Frame, lldp } from '../../../lib/packets.js'
import { hex } from '../frames.js'

const ETHERNET = '0180c200000e 020000000001 88cc '
const MANDATORY = '0207 04 020000000001  0405 05 65746830  0602 0078 '
const read = (text: string) => new Frame(hex(ETHERNET + text))

describe('an LLDP data unit', () => {
  it('is read as it is', () => {
    const frame = read(`${MANDATORY} 0a08 7377697463682d31  0e04 0014 0004
      100c 05 01 c0000201 02 00000003 00  fe09 00120f 01 0102030405  1402 abcd  0000 000000`)
    expect(frame.lldp?.toJSON()).toEqual({
      chassisId: { subtype: 4, id: '02:00:00:00:00:01' },
      portId: { subtype: 5, id: 'eth0' },
      timeToLive: 120,
      tlvs: [
        { type: 5, text: 'switch-1' },
        { type: 7, supported: 0x14, enabled: 0x04 },
        {
          ...{ type: 8, addressSubtype: 1, address: '192.0.2.1' },
          ...{ interfaceSubtype: 2, interfaceNumber: 3, objectIdentifier: '' },
        },
        { type: 127, oui: '00120f', subtype: 1, hex: '0102030405' },
        { type: 10, hex: 'abcd' },
      ],
      hasEnd: true,
    })
    expect(frame.lldp?.systemName).toBe('switch-1')
    expect(frame.summary()).toBe('LLDP, length 67: switch-1')
    expect(frame.lldp?.payloadLength).toBe(0)
    expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
  })

  it.each([
    ['a network address', '0206 05 01 c0000201', { subtype: 5, id: '192.0.2.1' }],
    ['one of IPv6', `0212 05 02 20010db8${'00'.repeat(11)}01`, { subtype: 5, id: '2001:db8::1' }],
    ['one of another family', '0204 05 02 abcd', { subtype: 5, hex: '02abcd' }],
    ['a MAC address of another length', '0203 04 abcd', { subtype: 4, hex: 'abcd' }],
    ['text that is none', '0203 07 ff41', { subtype: 7, hex: 'ff41' }],
  ])('names the chassis: %s', (_, tlv, expected) => {
    const frame = read(`${tlv} 0402 07 31 0602 0000 0000`)
    expect(frame.lldp?.chassisId).toEqual(expected)
    expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
  })

  it.each([
    ['4', '0407 03 020000000001', { subtype: 3, id: '02:00:00:00:00:01' }],
    ['5', '0406 04 01 c0000201', { subtype: 4, id: '192.0.2.1' }],
  ])('counts the subtypes of ports from one less than %s of a chassis', (_, tlv, expected) => {
    expect(read(`0202 07 31 ${tlv} 0602 0000`).lldp?.portId).toEqual(expected)
  })

  it('keeps what is not as its type says', () => {
    const frame = read(`${MANDATORY} 0e03 001400  0a01 ff  fe03 00120f  1003 09 01 02 0000`)
    expect(frame.lldp?.tlvs).toEqual([
      { type: 7, hex: '001400' },
      { type: 5, hex: 'ff' },
      { type: 127, hex: '00120f' },
      { type: 8, hex: '090102' },
    ])
    expect(frame.lldp?.systemName).toBeUndefined()
    expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
  })

  it('may end with the frame', () => {
    expect(read(MANDATORY).lldp?.toJSON()).toMatchObject({ tlvs: [], hasEnd: false })
  })

  it.each([
    ['another order', `0602 0078 ${MANDATORY} 0000`, 'does not begin with'],
    ['an empty chassis id', '0201 04  0402 07 31  0602 0000 0000', 'does not begin with'],
    ['a TTL of one byte', '0202 07 31  0402 07 31  0601 00 0000', 'does not begin with'],
    ['a TLV beyond the frame', `${MANDATORY} 0a08 41`, 'an LLDP TLV exceeds the frame'],
    ['an end with a length', `${MANDATORY} 0001 00`, 'the end of the LLDP data unit has a length'],
    ['nothing', '', 'the frame ends within the first three TLVs'],
  ])('is refused with %s', (_, text, fault) => {
    const frame = read(text)
    expect(frame.lldp).toBeUndefined()
    expect(frame.malformed).toContain(fault)
  })

  it('is written in place', () => {
    const frame = read(MANDATORY)
    if (frame.lldp === undefined) throw new Error('no header')
    frame.lldp.timeToLive = 0xfffe
    expect(frame.lldp.timeToLive).toBe(0xfffe)
  })

  it.each([
    [{ chassisId: { subtype: 4, id: 'x' } }, /MAC address/],
    [{ portId: { subtype: 7, id: '' } }, /lldp\.portId must be 1 to 255 bytes long/],
    [{ tlvs: [{ type: 5, text: 'x'.repeat(256) }] }, /lldp\.tlvs\[0\]\.text must be 0 to 255 bytes long/],
    [{ tlvs: [{ type: 0, hex: '' }] }, /lldp\.tlvs\[0\]\.type must be/],
    [{ tlvs: [{ type: 9, hex: '00'.repeat(512) }] }, /lldp\.tlvs\[0\] must be 0 to 511 bytes long/],
    [{ tlvs: [{ type: 127, oui: '00', subtype: 1, hex: '' }] }, /lldp\.tlvs\[0\]\.oui must be 3 to 3/],
    [{ timeToLive: 65536 }, /lldp\.timeToLive/],
  ])('is not built of %j', (fields, message) => {
    expect(() => Frame.build(ethernet(), lldp(fields as never))).toThrow(message)
  })
})
