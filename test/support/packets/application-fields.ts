// Fields of LLDP, DNS and DHCP at random.

import fc, { type Arbitrary } from 'fast-check'
import { hexadecimal, ipv4Address, ipv6Address, mac, optional, uint } from './fields.js'

const text = (minLength: number) =>
  fc.string({ minLength, maxLength: 30, unit: fc.constantFrom(...'abc XYZ-0123/:.é€') })

const lldpChassisId = fc.oneof(
  fc.record({ subtype: fc.constant(4), id: mac }),
  fc.record({ subtype: fc.constant(5), id: fc.oneof(ipv4Address, ipv6Address) }),
  fc.record({ subtype: fc.constantFrom(1, 2, 6, 7), id: text(1) }),
)
const lldpPortId = fc.oneof(
  fc.record({ subtype: fc.constant(3), id: mac }),
  fc.record({ subtype: fc.constant(4), id: fc.oneof(ipv4Address, ipv6Address) }),
  fc.record({ subtype: fc.constantFrom(1, 5, 7), id: text(1) }),
)
const lldpTlv = fc.oneof(
  fc.record({ type: fc.constantFrom(4, 5, 6), text: text(0) }),
  fc.record({ type: fc.constant(7), supported: uint(8), enabled: uint(8) }),
  fc.record({
    ...{ type: fc.constant(8), addressSubtype: fc.constant(1), address: ipv4Address },
    ...{ interfaceSubtype: fc.constantFrom(1, 2, 3), interfaceNumber: uint(32) },
    objectIdentifier: fc.constantFrom('', '2b0601'),
  }),
  fc.record({
    ...{ type: fc.constant(8), addressSubtype: fc.constant(2), address: ipv6Address },
    ...{ interfaceSubtype: fc.constantFrom(1, 2, 3), interfaceNumber: uint(32) },
    objectIdentifier: fc.constantFrom('', '2b0601'),
  }),
  fc.record({
    type: fc.constant(127),
    oui: fc.constant('aabbcc'),
    subtype: uint(8),
    hex: hexadecimal(0, 20),
  }),
)

export const lldpFields = optional({
  ...{ chassisId: lldpChassisId, portId: lldpPortId, timeToLive: uint(16) },
  ...{ tlvs: fc.array(lldpTlv, { maxLength: 5 }), hasEnd: fc.boolean() },
})

const label = fc.stringMatching(/^[a-z0-9_-]{1,12}$/)
/** What tshark shows as it is: it escapes nothing. */
const domainName = fc.oneof(
  fc.constantFrom('.', 'example.org', 'www.example.org', 'a.b.c.example.com'),
  fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.')),
)
const asciiText = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'abc XYZ-0123/:;"=') })

const dnsData = fc.oneof(
  fc.record({ type: fc.constant('A'), data: fc.record({ address: ipv4Address }) }),
  fc.record({ type: fc.constant('AAAA'), data: fc.record({ address: ipv6Address }) }),
  fc.record({ type: fc.constantFrom('CNAME', 'NS', 'PTR'), data: fc.record({ name: domainName }) }),
  fc.record({ type: fc.constant('MX'), data: fc.record({ preference: uint(16), exchange: domainName }) }),
  fc.record({
    type: fc.constant('TXT'),
    data: fc.record({ texts: fc.array(asciiText, { minLength: 1, maxLength: 3 }) }),
  }),
  fc.record({
    type: fc.constant('SOA'),
    data: fc.record({
      ...{ primaryServer: domainName, responsible: domainName, serial: uint(32), refresh: uint(32) },
      ...{ retry: uint(32), expire: uint(32), minimum: uint(32) },
    }),
  }),
  fc.record({
    type: fc.constant('SRV'),
    data: fc.record({ priority: uint(16), weight: uint(16), port: uint(16), target: domainName }),
  }),
  fc.record({
    type: fc.constant('CAA'),
    data: fc.record({
      ...{ flags: fc.constantFrom(0, 128), tag: fc.constantFrom('issue', 'iodef'), value: asciiText },
    }),
  }),
  fc.record({ type: fc.constant('TYPE65400'), data: fc.record({ hex: hexadecimal(1, 20) }) }),
)
const dnsRecord = fc
  .tuple(domainName, uint(31), dnsData)
  .map(([name, ttl, data]) => ({ name, class: 1, ttl, ...data }))
const dnsSection = fc.array(dnsRecord, { maxLength: 3 })
/** Of EDNS: a cookie, and an option for experiments. */
const dnsOptions = fc.record({
  ...{ name: fc.constant('.'), type: fc.constant('OPT'), class: uint(16), ttl: fc.constantFrom(0, 0x8000) },
  data: fc.record({
    options: fc.array(fc.record({ code: fc.constantFrom(10, 65001), hex: hexadecimal(8, 8) }), {
      maxLength: 2,
    }),
  }),
})
const dnsQuestion = fc.record({
  ...{ name: domainName, type: fc.constantFrom('A', 'MX', 'ANY', 'HTTPS', 'TYPE65400') },
  class: fc.constantFrom(1, 3, 255),
})
const flag = fc.boolean()

export const dnsFields = optional({
  ...{ id: uint(16), isResponse: flag, authoritativeAnswer: flag, truncated: flag, recursionDesired: flag },
  ...{ recursionAvailable: flag, reserved: flag, authenticatedData: flag, checkingDisabled: flag },
  // A query, an inverse one, a status, a notification.
  ...{ opcode: fc.constantFrom(0, 1, 2, 4), responseCode: uint(4) },
  questions: fc.array(dnsQuestion, { maxLength: 2 }),
  ...{ answers: dnsSection, authorities: dnsSection },
  additionals: fc
    .tuple(dnsSection, fc.array(dnsOptions, { maxLength: 1 }))
    .map(([section, options]) => [...section, ...options]),
})

const hostName = fc.stringMatching(/^[a-z0-9-]{1,20}$/)
const dhcpOption: Arbitrary<object> = fc.oneof(
  fc.record({ code: fc.constant('leaseTime'), value: uint(32) }),
  fc.record({
    code: fc.constantFrom('subnetMask', 'requestedAddress', 'serverIdentifier'),
    value: ipv4Address,
  }),
  fc.record({
    code: fc.constantFrom('routers', 'domainNameServers'),
    value: fc.array(ipv4Address, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ code: fc.constantFrom('hostName', 'domainName'), value: hostName }),
  fc.record({
    code: fc.constant('parameterRequestList'),
    value: fc.array(uint(8), { minLength: 1, maxLength: 9 }),
  }),
  fc.record({ code: fc.constant('clientIdentifier'), value: hexadecimal(6, 6).map((hex) => `01${hex}`) }),
  // For private use; some of these tshark takes for a vendor's.
  fc.record({ code: fc.constantFrom(224, 230), hex: hexadecimal(1, 60) }),
)

export const dhcpFields = optional({
  ...{ operation: fc.constantFrom(1, 2), hops: uint(8), transactionId: uint(32), seconds: uint(16) },
  ...{ flags: fc.constantFrom(0, 0x8000), clientAddress: ipv4Address, yourAddress: ipv4Address },
  ...{ serverAddress: ipv4Address, relayAddress: ipv4Address },
  hardwareAddress: hexadecimal(6, 6).map((hex) => hex.padEnd(32, '0')),
  ...{ serverName: fc.oneof(fc.constant(''), hostName), bootFile: fc.oneof(fc.constant(''), hostName) },
  // tshark takes a message without a type for one of BOOTP.
  options: fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.array(dhcpOption, { maxLength: 5 }))
    .map(([value, options]) => [{ code: 'messageType', value }, ...options, { code: 'end' }]),
})
