import { invalidType, invalidValue, outOfRange } from '../../validate.js'
import { DNS_FLAGS, type DnsFields } from '../headers/dns.js'
import { CLASS_INTERNET, type DnsQuestion, type DnsRecord, dnsTypeNumber } from '../headers/dns-records.js'
import { PORT_DNS } from '../protocol-numbers.js'
import { writeDnsData } from './dns-data.js'
import { DnsWriter } from './dns-writer.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

const SECTIONS = ['questions', 'answers', 'authorities', 'additionals'] as const
type Section = (typeof SECTIONS)[number]
const FLAG_NAMES = Object.keys(DNS_FLAGS) as (keyof typeof DNS_FLAGS)[]

/** What a DNS message is built of. */
export interface DnsContent extends Partial<Omit<DnsFields, Section>> {
  questions?: Partial<DnsQuestion>[]
  answers?: Partial<DnsRecord>[]
  authorities?: Partial<DnsRecord>[]
  additionals?: Partial<DnsRecord>[]
}

/**
 * A DNS message. A query asks for recursion, unless it is said otherwise. Types are A, and classes Internet, where they
 * are not given.
 *
 * Names are compressed, those in the data of CNAME, NS, PTR, MX and SOA too, and that of SRV not: RFC 3597, section 4.
 *
 * @example
 * ```ts
 * dns({ questions: [{ name: 'example.org', type: 'AAAA' }] })
 * dns({ isResponse: true, answers: [{ name: 'example.org', ttl: 60, data: { address: '192.0.2.1' } }] })
 * ```
 */
export function dns(fields: DnsContent = {}): Layer {
  const known = ['id', 'opcode', 'responseCode', ...FLAG_NAMES, ...SECTIONS] as const
  const given = new Fields<DnsContent>('dns', fields, known)
  const isResponse = given.flag('isResponse')
  const message = writeMessage(given, isResponse)
  return {
    name: 'dns',
    fields,
    port: isResponse ? 49152 : PORT_DNS,
    ...(isResponse && { sourcePort: PORT_DNS }),
    encode: () => message,
  }
}

function writeMessage(given: Fields<DnsContent>, isResponse: boolean): Uint8Array {
  const flags = FLAG_NAMES.reduce((sum, name) => {
    const fallback = name === 'recursionDesired' && !isResponse
    return sum | (given.flag(name, fallback) ? DNS_FLAGS[name] : 0)
  }, 0)
  const writer = new DnsWriter([])
  writer.uint16(given.uint('id', 16, 0))
  writer.uint16(flags | (given.uint('opcode', 4, 0) << 11) | given.uint('responseCode', 4, 0))
  const sections = SECTIONS.map((section) => given.list(section, (name, entry) => ({ name, entry })))
  for (const section of sections) writer.uint16(section.length)
  for (const [index, section] of sections.entries()) {
    for (const { name, entry } of section) {
      if (index === 0) writeQuestion(writer, name, entry as DnsQuestion)
      else writeRecord(writer, name, entry as DnsRecord)
    }
  }
  if (writer.bytes.length > 0xffff) {
    throw outOfRange('dns', '65535 bytes long at most', `${writer.bytes.length} bytes`)
  }
  return Uint8Array.from(writer.bytes)
}

function writeQuestion(writer: DnsWriter, name: string, question: DnsQuestion): void {
  const given = new Fields<DnsQuestion>(name, question, ['name', 'type', 'class'])
  writer.name(`${name}.name`, question.name ?? '.')
  writer.uint16(typeOf(`${name}.type`, question.type))
  writer.uint16(given.uint('class', 16, CLASS_INTERNET))
}

function writeRecord(writer: DnsWriter, name: string, record: DnsRecord): void {
  const given = new Fields<DnsRecord>(name, record, ['name', 'type', 'class', 'ttl', 'data'])
  writer.name(`${name}.name`, record.name ?? '.')
  writer.uint16(typeOf(`${name}.type`, record.type))
  writer.uint16(given.uint('class', 16, CLASS_INTERNET))
  writer.uint32(given.uint('ttl', 32, 0))
  writer.counted(() => {
    writeDnsData(writer, `${name}.data`, record.type ?? 'A', record.data ?? { hex: '' })
  })
}

function typeOf(name: string, type: unknown = 'A'): number {
  const expected = "a record type such as 'AAAA' or 'TYPE99'"
  if (typeof type !== 'string') throw invalidType(name, expected, type)
  const number = dnsTypeNumber(type)
  if (number === undefined) throw invalidValue(name, expected, type)
  return number
}
