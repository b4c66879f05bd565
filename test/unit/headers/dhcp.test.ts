import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DHCP_MESSAGE_TYPES,
  type DhcpFields,
  type DhcpHeader,
  type DhcpOption,
  dhcp,
  ethernet,
  Frame,
  ipv4,
  udp,
} from '../../../lib/packets.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'

function build(fields: Partial<DhcpFields>): Frame {
  return Frame.build(ethernet(), ipv4(), udp(), dhcp(fields))
}

function messageOf(frame: Frame): DhcpHeader {
  const { dhcp } = frame
  if (dhcp === undefined) throw new Error(`no DHCP message: ${frame.malformed}`)
  return dhcp
}

/** A message with these bytes behind the magic cookie. */
function withOptions(hex: string, fields: Partial<DhcpFields> = {}): DhcpHeader {
  return messageOf(build({ ...fields, options: [{ code: 'malformed', hex: hex.replaceAll(' ', '') }] }))
}

const OFFER: DhcpOption[] = [
  { code: 'messageType', value: DHCP_MESSAGE_TYPES.offer },
  { code: 'serverIdentifier', value: '192.0.2.1' },
  { code: 'requestedAddress', value: '192.0.2.9' },
  { code: 'leaseTime', value: 2 ** 32 - 1 },
  { code: 'subnetMask', value: '255.255.255.0' },
  { code: 'routers', value: ['192.0.2.1', '192.0.2.2'] },
  { code: 'domainNameServers', value: ['192.0.2.53'] },
  { code: 'hostName', value: 'host\\195\\188\\\\' },
  { code: 'domainName', value: 'example.org' },
  { code: 'parameterRequestList', value: [1, 3, 255] },
  { code: 'clientIdentifier', value: '01020000000001' },
  { code: 224, hex: '0102ff' },
  { code: 'end' },
]

describe('a DHCP message', () => {
  it('has its fixed part', () => {
    const fields = {
      ...{ operation: 2, hardwareType: 1, hardwareAddressLength: 6, hops: 3, transactionId: 0xfedcba98 },
      ...{ seconds: 4, flags: 0x8000, clientAddress: '192.0.2.7', yourAddress: '192.0.2.8' },
      ...{
        serverAddress: '192.0.2.9',
        relayAddress: '255.0.2.10',
        serverName: 'server',
        bootFile: 'a/b\\000c',
      },
    }
    const message = messageOf(build({ ...fields, hardwareAddress: '02:00:00:00:00:fe' }))
    const hardwareAddress = `0200000000fe${'00'.repeat(10)}`
    expect(message.toJSON()).toEqual({ ...fields, hardwareAddress, options: [{ code: 'end' }] })
    expect([message.headerLength, message.broadcast]).toEqual([241, true])
    expect([message.clientAddressNumber, message.yourAddressNumber]).toEqual([0xc0000207, 0xc0000208])
    expect([message.serverAddressNumber, message.relayAddressNumber]).toEqual([0xc0000209, 0xff00020a])
    expect([message.hardwareAddressHigh, message.hardwareAddressLow]).toEqual([0x0200, 0x000000fe])
    expect(message.clientHardwareAddress).toBe('02:00:00:00:00:fe')
  })

  it('has its options by name', () => {
    const message = messageOf(build({ operation: 2, options: OFFER }))
    expect(message.messageType).toBe(DHCP_MESSAGE_TYPES.offer)
    expect([message.serverIdentifier, message.serverIdentifierNumber]).toEqual(['192.0.2.1', 0xc0000201])
    expect([message.requestedAddress, message.requestedAddressNumber]).toEqual(['192.0.2.9', 0xc0000209])
    expect([message.leaseTime, message.subnetMask]).toEqual([2 ** 32 - 1, '255.255.255.0'])
    expect([message.routers, message.domainNameServers]).toEqual([['192.0.2.1', '192.0.2.2'], ['192.0.2.53']])
    expect([message.hostName, message.domainName]).toEqual(['host\\195\\188\\\\', 'example.org'])
    expect([message.parameterRequestList, message.clientIdentifier]).toEqual([[1, 3, 255], '01020000000001'])
    expect([...(message.optionValue(224) ?? [])]).toEqual([1, 2, 255])
    expect(message.options).toEqual(OFFER)
  })

  it('has no values of options that are not there', () => {
    const message = messageOf(build({}))
    expect([message.messageType, message.serverIdentifier, message.requestedAddress]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect([message.leaseTime, message.subnetMask, message.hostName, message.domainName]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect([message.routers, message.domainNameServers, message.parameterRequestList]).toEqual([[], [], []])
    expect([message.clientIdentifier, message.optionValue(224)]).toEqual([undefined, undefined])
  })

  it('sets fields, and leaves what is beside them', () => {
    const message = messageOf(build({ options: OFFER }))
    const before = message.toJSON()
    message.hops = 0xff
    message.transactionId = 0xfedcba98
    message.broadcast = true
    message.relayAddressNumber = 0xfffefdfc
    const changed = { hops: 0xff, transactionId: 0xfedcba98, flags: 0x8000, relayAddress: '255.254.253.252' }
    expect(message.toJSON()).toEqual({ ...before, ...changed })
    message.flags = 0x7fff
    message.broadcast = false
    expect([message.flags, message.broadcast]).toEqual([0x7fff, false])
  })

  it.each([
    [68, 67],
    [67, 68],
    [67, 67],
    [4000, 67],
  ])('is in UDP from port %d to %d', (sourcePort, destinationPort) => {
    const frame = Frame.build(ethernet(), ipv4(), udp({ sourcePort, destinationPort }), dhcp({ hops: 9 }))
    expect(frame.dhcp?.hops).toBe(9)
  })

  it('is not there without its magic cookie, or when it is cut off', () => {
    const frame = build({})
    frame.bytes[42 + 236] = 0
    expect([frame.dhcp, frame.malformed]).toEqual([undefined, 'the message lacks the magic cookie of DHCP'])
    const short = Frame.build(ethernet(), ipv4(), udp({ destinationPort: 67 }), new Uint8Array(239))
    expect(short.malformed).toBe('the packet ends within the fixed part of the DHCP message')
    expect(short.dhcp).toBeUndefined()
  })

  it('leaves what is behind its options to the payload', () => {
    const frame = Frame.build(ethernet(), ipv4(), udp(), dhcp({ options: OFFER }), new Uint8Array(60))
    expect(messageOf(frame).payloadLength).toBe(60)
    expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
  })
})

describe('DHCP options', () => {
  it.each<[string, DhcpOption[]]>([
    ['ff', [{ code: 'end' }]],
    [
      '00 00 35 01 01 00 ff',
      [
        { code: 'pad', length: 2 },
        { code: 'messageType', value: 1 },
        { code: 'pad', length: 1 },
        { code: 'end' },
      ],
    ],
    [
      '35 01 01',
      [
        { code: 'messageType', value: 1 },
        { code: 'malformed', hex: '' },
      ],
    ],
    ['35 02 01', [{ code: 'malformed', hex: '350201' }]],
    ['35', [{ code: 'malformed', hex: '35' }]],
    ['35 02 0101 ff', [{ code: 53, hex: '0101' }, { code: 'end' }]],
    ['03 00 ff', [{ code: 3, hex: '' }, { code: 'end' }]],
    ['03 05 0102030405 ff', [{ code: 3, hex: '0102030405' }, { code: 'end' }]],
  ])('are read: %s', (hex, expected) => {
    const message = withOptions(hex)
    expect(message.options).toEqual(expected)
    expect(message.messageType).toBe(expected.some(({ code }) => code === 'messageType') ? 1 : undefined)
  })

  it('behind the end do not count', () => {
    const message = withOptions('ff 35 01 01')
    expect([message.messageType, message.headerLength, message.payloadLength]).toEqual([undefined, 241, 3])
  })

  it('that are long are split, and put together again', () => {
    const hex = Array.from({ length: 600 }, (_, index) => (index % 256).toString(16).padStart(2, '0')).join(
      '',
    )
    const message = messageOf(build({ options: [{ code: 224, hex }] }))
    expect(message.options.map(({ code }) => code)).toEqual([224, 224, 224, 'end'])
    expect(Buffer.from(message.optionValue(224) ?? []).toString('hex')).toBe(hex)
  })

  it.each([
    [1, [60, undefined]],
    [2, [undefined, '192.0.2.9']],
    [3, [60, '192.0.2.9']],
    [0, [undefined, undefined]],
  ])('are in other places too with an overload of %d', (overload, expected) => {
    const message = messageOf(
      build({
        bootFile: '3\\004\\000\\000\\000<\\012\\001A\\255',
        serverName: '2\\004\\192\\000\\002\\009\\012\\001B\\255',
        options: [
          { code: 'overload', value: overload },
          { code: 'hostName', value: 'x' },
        ],
      }),
    )
    expect([message.leaseTime, message.requestedAddress]).toEqual(expected)
    const pieces = ['x', ...((overload & 1) !== 0 ? ['A'] : []), ...((overload & 2) !== 0 ? ['B'] : [])]
    expect(message.hostName).toBe(pieces.join(''))
    expect(message.overloadedOptions.filter(({ code }) => code === 'end')).toHaveLength(pieces.length - 1)
  })

  it.each<[unknown, RegExp]>([
    [{ code: 'mask', value: '' }, /^dhcp\.options\[0\]\.code must be an option's name, or a number/],
    [{ code: 'constructor', value: '' }, /^dhcp\.options\[0\]\.code must be an option's name, or a number/],
    [{ code: 255, hex: '' }, /^dhcp\.options\[0\]\.code must be an integer from 1 to 254/],
    [{ hex: '' }, /^dhcp\.options\[0\]\.code must be an option's name, or a number/],
    [{ code: 'messageType', value: 256 }, /^dhcp\.options\[0\]\.value must be an integer from 0 to 255/],
    [{ code: 'messageType', hex: '01' }, /^dhcp\.options\[0\]\.hex is not an option/],
    [{ code: 'leaseTime', value: -1 }, /^dhcp\.options\[0\]\.value must be an integer from 0 to 4294967295/],
    [{ code: 'subnetMask', value: '1.2.3' }, /^dhcp\.options\[0\]\.value must be an IPv4 address/],
    [{ code: 'routers', value: ['1.2.3.4', 1] }, /^dhcp\.options\[0\]\.value\[1\] must be an IPv4 address/],
    [{ code: 'routers', value: '1.2.3.4' }, /^dhcp\.options\[0\]\.value must be an array/],
    [{ code: 'parameterRequestList', value: [256] }, /^dhcp\.options\[0\]\.value\[0\] must be an integer/],
    [{ code: 'hostName', value: 1 }, /^dhcp\.options\[0\]\.value must be a string/],
    [{ code: 'clientIdentifier', value: 'x' }, /^dhcp\.options\[0\]\.value must be bytes/],
    [null, /^dhcp\.options\[0\] must be an object/],
  ])('are refused: %j', (option, message) => {
    expect(() => dhcp({ options: [option as DhcpOption] })).toThrow(message)
  })
})

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
const hexDigits = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes).toString('hex'))
const text = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((bytes) =>
    [...bytes]
      .map((byte) => {
        if (byte === 0x5c) return '\\\\'
        return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
      })
      .join(''),
  )
const option: fc.Arbitrary<DhcpOption> = fc.oneof(
  fc.record({ code: fc.constantFrom('messageType', 'overload'), value: uint(8) }),
  fc.record({ code: fc.constant('leaseTime'), value: uint(32) }),
  fc.record({
    code: fc.constantFrom('subnetMask', 'requestedAddress', 'serverIdentifier'),
    value: fc.ipV4(),
  }),
  fc.record({
    code: fc.constantFrom('routers', 'domainNameServers'),
    value: fc.array(fc.ipV4(), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ code: fc.constantFrom('hostName', 'domainName'), value: text(20) }),
  fc.record({ code: fc.constant('parameterRequestList'), value: fc.array(uint(8), { maxLength: 9 }) }),
  fc.record({ code: fc.constant('clientIdentifier'), value: hexDigits(0, 9) }),
  fc.record({ code: fc.integer({ min: 128, max: 254 }), hex: hexDigits(0, 255) }),
) as fc.Arbitrary<DhcpOption>
const fields: fc.Arbitrary<DhcpFields> = fc.record({
  ...{ operation: uint(8), hardwareType: uint(8), hardwareAddressLength: uint(8), hops: uint(8) },
  ...{ transactionId: uint(32), seconds: uint(16), flags: uint(16), clientAddress: fc.ipV4() },
  ...{ yourAddress: fc.ipV4(), serverAddress: fc.ipV4(), relayAddress: fc.ipV4() },
  ...{ hardwareAddress: hexDigits(16, 16) },
  serverName: text(64).filter((name) => !name.endsWith('\\000')),
  bootFile: text(128).filter((name) => !name.endsWith('\\000')),
  options: fc.array(option, { maxLength: 5 }),
})

describe('built DHCP messages', () => {
  it('are read as they were given, with an end', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const frame = build(given)
        expect(frame.dhcp?.toJSON()).toEqual({ ...given, options: [...given.options, { code: 'end' }] })
        expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
      }),
    )
  })

  it('are built again with the same bytes, whatever their options are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const frame = build({ options: [{ code: 'malformed', hex: Buffer.from(bytes).toString('hex') }] })
        expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
      }),
    )
  })

  it('go from and to the ports that fit', () => {
    const ports = (frame: Frame) => [frame.udp?.sourcePort, frame.udp?.destinationPort]
    expect(ports(build({}))).toEqual([68, 67])
    expect(ports(build({ operation: 2 }))).toEqual([67, 68])
  })

  it.each<[Partial<DhcpFields>, RegExp]>([
    [{ hops: 256 }, /^dhcp\.hops must be an integer from 0 to 255/],
    [{ serverName: 'x'.repeat(65) }, /^dhcp\.serverName must be 64 bytes long at most; received '65 bytes'/],
    [{ bootFile: 'x'.repeat(129) }, /^dhcp\.bootFile must be 128 bytes long at most/],
    [{ hardwareAddress: '00'.repeat(17) }, /^dhcp\.hardwareAddress must be 16 bytes long at most/],
    [{ yourAddress: 'x' }, /^dhcp\.yourAddress must be an IPv4 address/],
  ])('refuse %j', (given, message) => {
    expect(() => build(given)).toThrow(message)
  })
})

describe('hostile DHCP messages', () => {
  it('are read without an exception or an access outside the packet', () => {
    const options: DhcpOption[] = [{ code: 'overload', value: 3 }, ...OFFER]
    const frame = build({ bootFile: '3\\004\\000\\000', serverName: '\\255', options }).bytes
    expectBoundedHowever([frame])
  })
})

describe('a DHCP message', () => {
  it('is summarized as tcpdump does', () => {
    const offer = { operation: 2, yourAddress: '192.0.2.9', options: OFFER }
    expect(build(offer).summary()).toBe(
      'IP 192.0.2.1.67 > 198.51.100.1.68: BOOTP/DHCP, Reply, length 325, Offer, address 192.0.2.9',
    )
    expect(build({ options: [{ code: 'messageType', value: 1 }] }).summary()).toBe(
      'IP 192.0.2.1.68 > 198.51.100.1.67: BOOTP/DHCP, Request from 02:00:00:00:00:01, length 244, Discover',
    )
  })
})
