// What filters cannot be made of. What they match is for test/addon/filters.test.ts.

import { filter, type PacketFilter, type TcpFlag } from 'dpdk-node'
import { describe, expect, test } from 'vitest'

const { all, any, etherType, ipPrefix, ipProtocol, not, port, tcpFlags, vlan } = filter

describe('a filter says itself in the language of tcpdump', () => {
  test.each([
    [vlan(), 'ether[12:2] = 33024 or ether[12:2] = 34984'],
    [vlan(5), '(ether[12:2] = 33024 or ether[12:2] = 34984) and ether[14:2] & 4095 = 5'],
  ])('%s', (made, expression) => {
    expect(made.expression).toBe(expression)
    expect(`${made}`).toBe(expression)
  })

  test('once for each number of VLAN tags, where that matters', () => {
    const { expression } = all(port({ destination: 53 }), vlan(5))
    expect(expression.split('dst port 53')).toHaveLength(4)
  })
})

describe('what cannot be is refused', () => {
  test.each<[string, () => unknown, string, RegExp]>([
    ['a VLAN id of 13 bits', () => vlan(4096), 'ERR_OUT_OF_RANGE', /^id must be an integer from 0 to 4095/],
    ['a length as EtherType', () => etherType(64), 'ERR_OUT_OF_RANGE', /802\.3/],
    ['a tag as EtherType', () => etherType(0x8100), 'ERR_INVALID_ARG_VALUE', /filter\.vlan\(\)/],
    ['an unknown EtherType', () => etherType('ip' as 'ipv4'), 'ERR_INVALID_ARG_VALUE', /'ipv4' or 'arp'/],
    ['an unknown protocol', () => ipProtocol(256), 'ERR_OUT_OF_RANGE', /^protocol must be/],
    ['no prefix', () => ipPrefix({}), 'ERR_INVALID_ARG_VALUE', /source, destination/],
    ['an empty list', () => ipPrefix({ source: [] }), 'ERR_INVALID_ARG_VALUE', /one value at least/],
    ['host bits', () => ipPrefix({ source: '10.0.0.1/8' }), 'ERR_INVALID_ARG_VALUE', /first 8 bits/],
    [
      'IPv6 host bits',
      () => ipPrefix({ source: '2001:db8::1/32' }),
      'ERR_INVALID_ARG_VALUE',
      /first 32 bits/,
    ],
    ['a long prefix', () => ipPrefix({ source: '10.0.0.0/33' }), 'ERR_OUT_OF_RANGE', /32 bits/],
    ['two lengths', () => ipPrefix({ source: '10.0.0.0/8/8' }), 'ERR_INVALID_ARG_VALUE', /a prefix/],
    ['no address', () => ipPrefix({ source: 'ten/8' }), 'ERR_INVALID_ARG_VALUE', /^prefixes\.source/],
    ['no port', () => port({ protocol: 'tcp' }), 'ERR_INVALID_ARG_VALUE', /source, destination, either/],
    ['a port of 17 bits', () => port({ source: 65536 }), 'ERR_OUT_OF_RANGE', /^ports\.source/],
    [
      'a range backwards',
      () => port({ source: { from: 9, to: 8 } }),
      'ERR_OUT_OF_RANGE',
      /ports\.source\.to/,
    ],
    ['a spelling mistake', () => port({ sauce: 8 } as never), 'ERR_INVALID_ARG_VALUE', /sauce/],
    [
      'an unknown protocol',
      () => port({ source: 8, protocol: 'dccp' as 'udp' }),
      'ERR_INVALID_ARG_VALUE',
      /'sctp'/,
    ],
    ['no flags', () => tcpFlags({}), 'ERR_INVALID_ARG_VALUE', /flags to be set, or clear/],
    [
      'a flag both ways',
      () => tcpFlags({ set: ['syn'], clear: ['syn'] }),
      'ERR_INVALID_ARG_VALUE',
      /different/,
    ],
    [
      'an unknown flag',
      () => tcpFlags({ set: ['sin' as TcpFlag] }),
      'ERR_INVALID_ARG_VALUE',
      /^flags\.set\[0\]/,
    ],
    ['no condition', () => all(), 'ERR_INVALID_ARG_VALUE', /one condition at least/],
    [
      'text among conditions',
      () => any('arp' as unknown as PacketFilter),
      'ERR_INVALID_ARG_TYPE',
      /filter\.…\(\)/,
    ],
    ['not of text', () => not('arp' as unknown as PacketFilter), 'ERR_INVALID_ARG_TYPE', /conditions\[0\]/],
  ])('%s', (_, make, code, message) => {
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })
})
