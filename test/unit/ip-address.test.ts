import { execFileSync } from 'node:child_process'
import { isIPv6, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatIpv6Address, parseIpv6Address } from '../../lib/packet/ip-address.js'

/** Eight words, with many zeros. */
const words = fc.array(fc.oneof(fc.constant(0), fc.constantFrom(1, 0xffff), fc.nat(0xffff)), {
  minLength: 8,
  maxLength: 8,
})

/** Sixteen bytes of eight words. */
function bytesOf(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]))
}

/** As inet_ntop writes it. */
function witness(text: string): string {
  return new SocketAddress({ address: text, family: 'ipv6' }).address
}

describe('an IPv6 address', () => {
  // RFC 5952, sections 4 and 5.
  it.each([
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['0:0:0:0:0:FFFF:129.144.52.38', '::ffff:129.144.52.38'],
    ['::13.1.68.3', '::13.1.68.3'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['ff02::1:ff00:0', 'ff02::1:ff00:0'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatIpv6Address(parseIpv6Address(text))).toBe(canonical)
  })

  it('is written as inet_ntop does, whatever its bytes', () => {
    fc.assert(
      fc.property(words, (values) => {
        const text = values.map((value) => value.toString(16)).join(':')
        const bytes = bytesOf(values)
        expect(formatIpv6Address(bytes)).toBe(witness(text))
        expect(parseIpv6Address(text)).toEqual(bytes)
        expect(parseIpv6Address(formatIpv6Address(bytes))).toEqual(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('is read as Python reads it, in every notation', () => {
    const texts = fc.sample(fc.ipV6(), { numRuns: 1000, seed: 5952 })
    const program =
      'import ipaddress,sys\nfor line in sys.stdin: print(ipaddress.IPv6Address(line.strip()).packed.hex())'
    const answers = execFileSync('/usr/bin/python3', ['-c', program], { input: texts.join('\n') })
    const ours = texts.map((text) => Buffer.from(parseIpv6Address(text)).toString('hex'))
    expect(ours).toEqual(answers.toString().trim().split('\n'))
  })

  it('is found at an offset', () => {
    const bytes = Uint8Array.from([9, 9, 9, ...parseIpv6Address('2001:db8::7'), 9])
    expect(formatIpv6Address(bytes, 3)).toBe('2001:db8::7')
  })

  it.each([
    '',
    ':',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    '::g',
    '::1%eth0',
    '192.0.2.1',
  ])('is not %j', (text) => {
    expect(() => parseIpv6Address(text, 'ipv6.source')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('ipv6.source must be an IPv6 address') }),
    )
  })

  it('is text', () => {
    expect(() => parseIpv6Address(1 as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    )
  })

  it('is read from any text that Node takes for one, and from no other', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.string({ unit: fc.constantFrom(...'01f:.') })), (text) => {
        const read = () => parseIpv6Address(text)
        if (isIPv6(text)) expect(formatIpv6Address(read())).toBe(witness(text))
        else expect(read).toThrow(TypeError)
      }),
      { numRuns: 2000 },
    )
  })
})
