import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DNS_FLAGS,
  type DnsContent,
  type DnsData,
  DnsHeader,
  type DnsRecord,
  dns,
  ethernet,
  Frame,
  ipv4,
  payload,
  udp,
} from '../../../lib/packets.js'
import { expectBoundedHowever } from '../../support/packets/observe.js'

function build(content: DnsContent): Frame {
  return Frame.build(ethernet(), ipv4(), udp(), dns(content))
}

/** A message of these bytes, given as hexadecimal digits, in UDP from port 53. */
function raw(...hex: string[]): Frame {
  const bytes = Buffer.from(hex.join('').replaceAll(' ', ''), 'hex')
  return Frame.build(ethernet(), ipv4(), udp({ sourcePort: 53, destinationPort: 4000 }), payload(bytes))
}

function messageOf(frame: Frame): DnsHeader {
  const { dns } = frame
  if (dns === undefined) throw new Error(`no DNS message: ${frame.malformed}`)
  return dns
}

const QUESTION = { name: 'www.Example.org', type: 'AAAA', class: 1 }
const RECORDS: DnsRecord[] = (
  [
    ['A', { address: '192.0.2.1' }],
    ['AAAA', { address: '2001:db8::1' }],
    ['CNAME', { name: 'example.org' }],
    ['NS', { name: 'ns.example.org' }],
    ['PTR', { name: '.' }],
    ['MX', { preference: 10, exchange: 'mx.example.org' }],
    ['TXT', { texts: ['v=spf1 -all', '', 'a\\000\\255\\\\b'] }],
    [
      'SOA',
      {
        ...{ primaryServer: 'ns.example.org', responsible: 'host\\.master.example.org' },
        ...{ serial: 2 ** 32 - 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
    ],
    ['SRV', { priority: 1, weight: 2, port: 3, target: 'www.example.org' }],
    ['CAA', { flags: 128, tag: 'issue', value: 'ca.example; a=b' }],
    [
      'OPT',
      {
        options: [
          { code: 10, hex: '0102030405060708' },
          { code: 3, hex: '' },
        ],
      },
    ],
    ['HTTPS', { hex: '000100' }],
    ['TYPE65400', { hex: '' }],
    ['A', { hex: '010203' }],
  ] as [string, DnsData][]
).map(([type, data]) => ({ name: 'www.Example.org', type, class: 1, ttl: 2 ** 32 - 1, data }))

describe('a DNS message', () => {
  // From RFC 1035, section 4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA, and the root.
  const compressed = raw(
    '1234 8580 0001 0003 0000 0000',
    '01 46 03 495349 04 41525041 00 0001 0001',
    '03 464f4f c00c 0001 0001 00000e10 0004 c0000201',
    'c012 0005 0001 00000e10 0002 c00c',
    '00 0002 0001 00000e10 0006 03 464f4f c00c',
  )

  it('has names that point to earlier ones', () => {
    expect(messageOf(compressed).toJSON()).toEqual({
      ...{ id: 0x1234, isResponse: true, opcode: 0, authoritativeAnswer: true, truncated: false },
      ...{ recursionDesired: true, recursionAvailable: true, reserved: false, authenticatedData: false },
      ...{ checkingDisabled: false, responseCode: 0 },
      questions: [{ name: 'F.ISI.ARPA', type: 'A', class: 1 }],
      answers: [
        { name: 'FOO.F.ISI.ARPA', type: 'A', class: 1, ttl: 3600, data: { address: '192.0.2.1' } },
        { name: 'ARPA', type: 'CNAME', class: 1, ttl: 3600, data: { name: 'F.ISI.ARPA' } },
        { name: '.', type: 'NS', class: 1, ttl: 3600, data: { name: 'FOO.F.ISI.ARPA' } },
      ],
      authorities: [],
      additionals: [],
    })
  })

  it('has its header in numbers', () => {
    const message = messageOf(compressed)
    expect([message.id, message.flags, message.opcode, message.responseCode]).toEqual([0x1234, 0x8580, 0, 0])
    expect([message.questionCount, message.answerCount]).toEqual([1, 3])
    expect([message.authorityCount, message.additionalCount]).toEqual([0, 0])
    expect([message.questionName, message.questionType, message.questionClass]).toEqual(['F.ISI.ARPA', 1, 1])
    expect([message.headerLength, message.payloadLength]).toEqual([79, 0])
  })

  it.each(Object.entries(DNS_FLAGS))('has the flag %s', (name, mask) => {
    const message = messageOf(build({}))
    message.flags = mask
    const set = Object.entries(message.toJSON()).filter(([, value]) => value === true)
    expect(set).toEqual([[name, true]])
    message.flags = 0xffff & ~mask
    expect(message.toJSON()).toMatchObject({ [name]: false, opcode: 15, responseCode: 15 })
  })

  it('sets id and response code, and leaves what is beside them', () => {
    const message = messageOf(build({ id: 1, questions: [QUESTION] }))
    message.id = 0xfedc
    message.responseCode = 5
    expect([message.getUint16(0), message.getUint16(2), message.getUint16(4)]).toEqual([0xfedc, 0x0105, 1])
    expect(message.questionName).toBe('www.Example.org')
  })

  it.each([
    [53, 4000],
    [4000, 53],
    [5353, 5353],
  ])('is in UDP from port %d to %d', (sourcePort, destinationPort) => {
    const frame = Frame.build(ethernet(), ipv4(), udp({ sourcePort, destinationPort }), dns({ id: 9 }))
    expect(frame.dns?.id).toBe(9)
  })

  it('is not in UDP of other ports, nor in the bytes behind UDP', () => {
    const frame = Frame.build(
      ethernet(),
      ipv4(),
      udp({ sourcePort: 54, destinationPort: 52 }),
      dns({ id: 9 }),
    )
    expect([frame.dns, frame.malformed]).toEqual([undefined, undefined])
  })

  it('can come from elsewhere', () => {
    const bytes = messageOf(build({ questions: [QUESTION] })).toJSON()
    const message = build({ questions: [QUESTION] }).udp?.payload ?? new Uint8Array()
    expect(DnsHeader.parse(message)?.toJSON()).toEqual(bytes)
    expect(DnsHeader.parse(message.subarray(0, 20))).toBeUndefined()
    expect(DnsHeader.parse(new Uint8Array())).toBeUndefined()
  })

  it('leaves what is behind its records to the payload', () => {
    const frame = Frame.build(ethernet(), ipv4(), udp(), dns({ questions: [QUESTION] }), 'more')
    expect(Buffer.from(messageOf(frame).payload).toString()).toBe('more')
    expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
  })
})

describe('the first question of a DNS message', () => {
  const message = (name: string) => messageOf(build({ questions: [{ name }, { name: 'other.example' }] }))

  it.each([
    ['www.example.org', 'www.example.org'],
    ['www.example.org', 'WWW.eXample.ORG'],
    ['WWW.EXAMPLE.ORG', 'www.example.org.'],
    ['.', '.'],
    ['.', ''],
    ['a\\.b.c\\\\d.\\200\\032', 'A\\.b.c\\\\d.\\200\\032'],
    ['a@[`{.org', 'A@[`{.org'],
  ])('%s is %s', (name, other) => {
    expect(message(name).questionIs(other)).toBe(true)
    expect(message(name).questionIsWithin(other)).toBe(true)
  })

  it.each([
    ['www.example.org', 'example.org'],
    ['www.example.org', 'www.example.or'],
    ['www.example.org', 'www.example.orgs'],
    ['www.example.org', 'www.example.org.net'],
    ['www.example.org', 'ww.example.org'],
    ['www.example.org', 'www..example.org'],
    ['www.example.org', 'wwwxexample.org'],
    ['www.example.org', '.'],
    ['www.example.org', 'www\\.example.org'],
    ['www.example.org', 'www.example.org\\'],
    ['www\\.example.org', 'www.example.org'],
    ['.', 'org'],
    ['a@.org', 'a`.org'],
    ['[.org', '{.org'],
    ['\\200.org', '\u00c8.org'],
  ])('%s is not %s', (name, other) => {
    expect(message(name).questionIs(other)).toBe(false)
  })

  it.each([
    ['www.example.org', 'example.org'],
    ['www.example.org', 'ORG.'],
    ['www.example.org', '.'],
    ['a.b\\.c.d', 'b\\.c.d'],
  ])('%s is within %s', (name, domain) => {
    expect(message(name).questionIsWithin(domain)).toBe(true)
  })

  it.each([
    ['wwwexample.org', 'example.org'],
    ['example.org', 'www.example.org'],
    ['www.example.org', 'example.com'],
    ['www\\.example.org', 'example.org'],
    ['a.b\\.c.d', 'c.d'],
    ['www.example.org', 'example.org.x'],
  ])('%s is not within %s', (name, domain) => {
    expect(message(name).questionIsWithin(domain)).toBe(false)
  })

  it('is compared as its text is', () => {
    fc.assert(
      fc.property(names, names, fc.nat(3), (name, other, from) => {
        const labels = (text: string) => (text === '.' ? [] : text.toLowerCase().split(/(?<!\\)(?:\\\\)*\./))
        const is = (text: string) => message(name).questionIs(text)
        expect(is(name)).toBe(true)
        expect(is(other)).toBe(labels(name).join('.') === labels(other).join('.'))
        const parts = name.split('.')
        if (!name.includes('\\')) {
          expect(message(name).questionIsWithin(parts.slice(from % parts.length).join('.'))).toBe(true)
        }
      }),
    )
  })

  it('is nothing without one', () => {
    const empty = messageOf(build({}))
    expect([empty.questionName, empty.questionType, empty.questionClass]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect([empty.questionIs('.'), empty.questionIsWithin('.')]).toEqual([false, false])
  })
})

describe('a DNS message is refused', () => {
  const header = '0000 8000 0001 0001 0000 0000'
  const question = '03 777777 00 0001 0001'
  const record = '0001 0001 00000000 0000'

  it.each([
    ['a pointer to itself', [header, 'c00c 0001 0001'], 'a DNS name points to where no earlier name is'],
    ['a pointer forwards', [header, 'c020 0001 0001'], 'a DNS name points to where no earlier name is'],
    [
      'a pointer into the header',
      [header, question, 'c000', record],
      'a DNS name points to where no earlier name is',
    ],
    ['a loop', [header, question, '01 61 c015', record], 'a DNS name points to where no earlier name is'],
    ['a label of a kind to come', [header, '41 00 0001 0001'], 'a DNS label is of an unknown kind'],
    ['a name that never ends', [header, '03 777777'], 'the message ends within a DNS name'],
    ['a label that is cut off', [header, '03 7777'], 'the message ends within a DNS name'],
    ['a pointer that is cut off', [header, question, 'c0'], 'the message ends within a DNS name'],
    ['a question that is cut off', [header, '00 0001 00'], 'the packet ends within a DNS question or record'],
    [
      'a record that is cut off',
      [header, question, '00 0001'],
      'the packet ends within a DNS question or record',
    ],
    [
      'data that are cut off',
      [header, question, '00 0001 0001 00000000 0001'],
      'the packet ends within a DNS question or record',
    ],
    ['fewer records than it says', [header, question], 'the message ends within a DNS name'],
    ['a cut header', ['0000 8000 0001 0001 0000 00'], 'the packet ends within the DNS header'],
    [
      'a name of 256 bytes',
      [
        '0000 8000 0001 0000 0000 0000',
        `3f${'61'.repeat(63)}`.repeat(3),
        `3e${'61'.repeat(62)}`,
        '00 0001 0001',
      ],
      'a DNS name is longer than 255 bytes',
    ],
  ])('for %s', (_, hex, fault) => {
    const frame = raw(...hex)
    expect(frame.dns).toBeUndefined()
    expect(frame.malformed).toBe(fault)
    expect(frame.summary()).toContain(fault)
  })

  it('but not for a name of 255 bytes', () => {
    const name = [...Array.from({ length: 3 }, () => 'a'.repeat(63)), 'b'.repeat(61)].join('.')
    expect(messageOf(build({ questions: [{ name }] })).questionName).toBe(name)
  })

  it('for names that cost more than a message of its length may', () => {
    // A name of 127 labels, and as many questions of two bytes about it as fit.
    const name = `${'01 61'.repeat(127)} 00 0001 0001`
    const of = (count: number) => {
      const counts = (count + 1).toString(16).padStart(4, '0')
      return raw(`0000 0000 ${counts} 0000 0000 0000`, name, 'c00c 0001 0001'.repeat(count))
    }
    expect(messageOf(of(10)).questions).toHaveLength(11)
    expect(of(10_000).malformed).toBe('the DNS names consist of too many pieces')
    const [few, many] = [1_000, 10_000].map((count) => timeOf(of(count))) as [number, number]
    expect(many / few).toBeLessThan(60)
  })

  it('for chains of pointers, in a time that grows with its length only', () => {
    // Each question's name points to the one before.
    const of = (count: number) => {
      const chain = Array.from({ length: count - 1 }, (_, index) => {
        const target = index === 0 ? 12 : 12 + 5 + (index - 1) * 6
        return `${(0xc000 | target).toString(16)} 0001 0001`
      })
      return raw(`0000 0000 ${count.toString(16).padStart(4, '0')} 0000 0000 0000 00 0001 0001`, ...chain)
    }
    expect(messageOf(of(50)).questions.every(({ name }) => name === '.')).toBe(true)
    expect(of(2_500).malformed).toBe('the DNS names consist of too many pieces')
    const [few, many] = [250, 2_500].map((count) => timeOf(of(count))) as [number, number]
    expect(many / few).toBeLessThan(60)
  })

  function timeOf(frame: Frame): number {
    const times = Array.from({ length: 50 }, () => {
      const start = performance.now()
      for (let i = 0; i < 10; i++) void frame.dns
      return performance.now() - start
    })
    return Math.min(...times)
  }
})

describe('data of DNS records', () => {
  const answer = (type: string, data: string) => {
    const hex = data.replaceAll(' ', '')
    return messageOf(build({ isResponse: true, answers: [{ name: 'a.b', type, data: { hex } }] })).answers[0]
      ?.data
  }

  it.each([
    ['A', 'c00002'],
    ['AAAA', '20010db8'],
    ['CNAME', ''],
    ['CNAME', '0161'],
    ['CNAME', '00 00'],
    ['NS', 'c0ff'],
    ['MX', '00'],
    ['MX', '000a c0'],
    ['TXT', '05 61'],
    ['SOA', '00 00 00000001'],
    ['SRV', '0001 0002 0003'],
    ['OPT', '000a 0001'],
    ['OPT', '000a'],
    ['CAA', '00'],
    ['CAA', '00 02 61'],
  ])('of type %s that are %s come as they are', (type, hex) => {
    expect(answer(type, hex)).toEqual({ hex: hex.replaceAll(' ', '') })
  })

  it('belong to the class', () => {
    const record = { name: '.', type: 'A', class: 3, data: { hex: 'c0000201' } }
    const message = messageOf(build({ answers: [record, { ...record, class: 0x8001 }] }))
    expect(message.answers.map(({ data }) => data)).toEqual([{ hex: 'c0000201' }, { address: '192.0.2.1' }])
  })
})

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
const hexDigits = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const escaped = (isLabel: boolean) => (bytes: Uint8Array) =>
  [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      if (character === '\\' || (isLabel && character === '.')) return `\\${character}`
      return byte > 126 || byte < (isLabel ? 33 : 32) ? `\\${String(byte).padStart(3, '0')}` : character
    })
    .join('')
const label = fc.oneof(
  fc.constantFrom('a', 'b', 'example', 'org'),
  fc.uint8Array({ minLength: 1, maxLength: 12 }).map(escaped(true)),
)
const names = fc.array(label, { maxLength: 5 }).map((labels) => labels.join('.') || '.')
const text = fc.uint8Array({ maxLength: 20 }).map(escaped(false))
const ipv6 = fc.constantFrom('2001:db8::1', '::', 'fe80::1:2:3:4', '1:2:3:4:5:6:7:8')
const data: fc.Arbitrary<[string, DnsData]> = fc.oneof(
  fc.tuple(fc.constant('A'), fc.record({ address: fc.ipV4() })),
  fc.tuple(fc.constant('AAAA'), fc.record({ address: ipv6 })),
  fc.tuple(fc.constantFrom('CNAME', 'NS', 'PTR'), fc.record({ name: names })),
  fc.tuple(fc.constant('MX'), fc.record({ preference: uint(16), exchange: names })),
  fc.tuple(fc.constant('TXT'), fc.record({ texts: fc.array(text, { maxLength: 3 }) })),
  fc.tuple(
    fc.constant('SOA'),
    fc.record({
      ...{ primaryServer: names, responsible: names, serial: uint(32), refresh: uint(32) },
      ...{ retry: uint(32), expire: uint(32), minimum: uint(32) },
    }),
  ),
  fc.tuple(
    fc.constant('SRV'),
    fc.record({ priority: uint(16), weight: uint(16), port: uint(16), target: names }),
  ),
  fc.tuple(fc.constant('CAA'), fc.record({ flags: uint(8), tag: text, value: text })),
  fc.tuple(
    fc.constant('OPT'),
    fc.record({ options: fc.array(fc.record({ code: uint(16), hex: hexDigits }), { maxLength: 3 }) }),
  ),
  fc.tuple(fc.constantFrom('HTTPS', 'TYPE0', 'TYPE65535'), fc.record({ hex: hexDigits })),
)
const record: fc.Arbitrary<DnsRecord> = fc
  .tuple(names, uint(32), data)
  .map(([name, ttl, [type, data]]) => ({ name, type, class: 1, ttl, data }))
const records = fc.array(record, { maxLength: 4 })
const question = fc.record({ name: names, type: fc.constantFrom('A', 'ANY', 'TYPE3'), class: uint(16) })
const flag = fc.boolean()
const messages = fc.record({
  ...{ id: uint(16), isResponse: flag, opcode: uint(4), authoritativeAnswer: flag, truncated: flag },
  ...{ recursionDesired: flag, recursionAvailable: flag, reserved: flag, authenticatedData: flag },
  ...{ checkingDisabled: flag, responseCode: uint(4), questions: fc.array(question, { maxLength: 3 }) },
  ...{ answers: records, authorities: records, additionals: records },
})

describe('built DNS messages', () => {
  it('are read as they were given', () => {
    fc.assert(
      fc.property(messages, (given) => {
        const frame = build(given)
        expect(frame.dns?.toJSON()).toEqual(given)
        expect(frame.malformed).toBeUndefined()
        expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
      }),
    )
  })

  it('have every kind of data', () => {
    expect(messageOf(build({ additionals: RECORDS })).additionals).toEqual(RECORDS)
  })

  it('have names once only', () => {
    const [short, long] = [1, 2].map(
      (count) => build({ questions: Array.from({ length: count }, () => QUESTION) }).length,
    ) as [number, number]
    expect(long - short).toBe(6)
  })

  it('are built again with the same bytes, also when another has compressed them otherwise', () => {
    const frame = raw('0000 8000 0002 0000 0000 0000', '0161 00 0001 0001 0161 00 0001 0001')
    expect(messageOf(frame).questions).toHaveLength(2)
    expect(Frame.build(...frame.layers()).equals(frame)).toBe(true)
  })

  it('go from and to the ports that fit', () => {
    const ports = (frame: Frame) => [frame.udp?.sourcePort, frame.udp?.destinationPort]
    expect(ports(build({}))).toEqual([49152, 53])
    expect(ports(build({ isResponse: true }))).toEqual([53, 49152])
    expect(messageOf(build({})).recursionDesired).toBe(true)
    expect(messageOf(build({ isResponse: true })).recursionDesired).toBe(false)
  })

  it.each<[DnsContent, RegExp]>([
    [{ id: 65536 }, /^dns\.id must be an integer from 0 to 65535/],
    [{ questions: [{ name: 'a..b' }] }, /^dns\.questions\[0\]\.name must be a domain name/],
    [
      { questions: [{ name: `${'a'.repeat(64)}.org` }] },
      /^dns\.questions\[0\]\.name must be .* labels up to 63/,
    ],
    [{ questions: [{ name: 'a.'.repeat(128) }] }, /^dns\.questions\[0\]\.name must be .* 255 bytes at most/],
    [{ questions: [{ name: 'a\\' }] }, /^dns\.questions\[0\]\.name must be text in which something follows/],
    [{ questions: [{ name: 'a\\256' }] }, /^dns\.questions\[0\]\.name must be text with escaped bytes up to/],
    [{ questions: [{ name: 5 as never }] }, /^dns\.questions\[0\]\.name must be a domain name/],
    [{ questions: [{ type: 'AAA' }] }, /^dns\.questions\[0\]\.type must be a record type such as/],
    [{ questions: [{ type: 'TYPE65536' }] }, /^dns\.questions\[0\]\.type must be a record type such as/],
    [{ questions: [{ type: 'constructor' }] }, /^dns\.questions\[0\]\.type must be a record type such as/],
    [
      { answers: [{ data: { address: '1.2.3' } }] },
      /^dns\.answers\[0\]\.data\.address must be an IPv4 address/,
    ],
    [{ answers: [{ type: 'MX', data: { name: 'a' } }] }, /^dns\.answers\[0\]\.data\.name is not an option/],
    [{ answers: [{ type: 'TYPE9', data: { name: 'a' } }] }, /^dns\.answers\[0\]\.data must be { hex }/],
    [
      { answers: [{ type: 'TXT', data: { texts: ['a'.repeat(256)] } }] },
      /^dns\.answers\[0\]\.data\.texts\[0\] must be 255/,
    ],
    [{ answers: [null as never] }, /^dns\.answers\[0\] must be an object/],
    [
      { answers: [{ data: { hex: '00'.repeat(65536) } }] },
      /^dns\.answers\[0\]\.data\.hex must be 65535 bytes/,
    ],
    [{ answers: [{ data: { hex: '00'.repeat(65530) } }] }, /^dns must be 65535 bytes long at most/],
  ])('refuse %j', (content, message) => {
    expect(() => dns(content)).toThrow(message)
  })
})

describe('hostile DNS messages', () => {
  it('are read without an exception or an access outside the packet', () => {
    const frame = build({ isResponse: true, questions: [QUESTION], answers: RECORDS }).bytes
    const more = (header: unknown) =>
      header instanceof DnsHeader &&
      ['', '.', 'org', 'www.example.org', '\\', 'a\\1'].map((name) => [
        header.questionIs(name),
        header.questionIsWithin(name),
      ])
    expectBoundedHowever([frame], more)
  })

  it('stay inside when they are written over', () => {
    const frame = build({ questions: [QUESTION], answers: RECORDS })
    const message = messageOf(frame)
    for (let at = 4; at < message.headerLength; at++) {
      const before = message.getUint8(at)
      message.setUint8(at, 0xff)
      expect(() => [
        message.toJSON(),
        String(message),
        message.questionName,
        message.questionType,
      ]).not.toThrow()
      expect(() => [message.questionIs('example.org'), message.questionIsWithin('org')]).not.toThrow()
      message.setUint8(at, before)
    }
  })
})
