// DNS messages, by what tshark says.

import { DNS_TYPES } from '../../../lib/packets.js'
import { all, allShown, bytesAt, first, type JudgedProtocol, number, numberOf, type Row } from './rows.js'
import type { JudgedField, JudgedLayer } from './tshark.js'

export const DNS_TABLE: Readonly<Record<string, JudgedProtocol>> = {
  dns: {
    tshark: ['dns', 'mdns'],
    fields: {
      id: number('dns.id'),
      isResponse: bit('response', 15),
      opcode: (layer) => (numberOf(layer, 'dns.flags') >> 11) & 15,
      authoritativeAnswer: bit('authoritative', 10),
      truncated: bit('truncated', 9),
      recursionDesired: bit('recdesired', 8),
      recursionAvailable: bit('recavail', 7),
      reserved: bit('z', 6),
      authenticatedData: bit('authenticated', 5),
      checkingDisabled: bit('checkdisable', 4),
      responseCode: (layer) => numberOf(layer, 'dns.flags') & 15,
      questions: (layer, frame) => entries(layer, 'Queries').map((entry) => readQuestion(entry, frame)),
      answers: records('Answers'),
      authorities: records('Authoritative nameservers'),
      additionals: records('Additional records'),
    },
  },
}

/** Of some flags tshark says nothing in queries, where only all of them together are shown. */
function bit(name: string, shift: number): Row {
  return (layer) => {
    const all = (numberOf(layer, 'dns.flags') >> shift) & 1
    return Number(first(layer, `dns.flags.${name}`)?.show ?? all) === 1
  }
}

function records(section: string): Row {
  return (layer, frame) => entries(layer, section).map((entry) => readRecord(entry, frame))
}

/** Sections and entries have no names; entries begin with a name in the message. */
function entries(layer: JudgedLayer, section: string): JudgedField[] {
  const fields = layer.fields.find(({ name, show }) => name === '' && show === section)?.fields ?? []
  return fields.filter(({ name, fields }) => name === '' && fields[0]?.name.startsWith('dns.'))
}

const TYPE_NAMES = new Map(Object.entries(DNS_TYPES).map(([name, number]) => [number as number, name]))

function typeOf(entry: JudgedField, name: string): string {
  const type = numberOf(entry, name)
  return TYPE_NAMES.get(type) ?? `TYPE${type}`
}

/** The class stands behind the type. mDNS, and so tshark, divides it. */
function classOf(entry: JudgedField, type: string, frame: Uint8Array): number {
  const { position = 0 } = first(entry, type) ?? {}
  return Number.parseInt(bytesAt(frame, position + 2, 2), 16)
}

function readQuestion(entry: JudgedField, frame: Uint8Array): object {
  return {
    name: nameOf(entry, 'dns.qry.name'),
    type: typeOf(entry, 'dns.qry.type'),
    class: classOf(entry, 'dns.qry.type', frame),
  }
}

function readRecord(entry: JudgedField, frame: Uint8Array): object {
  const type = typeOf(entry, 'dns.resp.type')
  const { position = 0 } = first(entry, 'dns.resp.len') ?? {}
  const hex = bytesAt(frame, position + 2, numberOf(entry, 'dns.resp.len'))
  return {
    name: type === 'SRV' ? serviceName(entry) : nameOf(entry, 'dns.resp.name'),
    type,
    class: classOf(entry, 'dns.resp.type', frame),
    // Of OPT it is other things, the first of which is the extended response code.
    ttl: Number.parseInt(bytesAt(frame, position - 4, 4), 16),
    data: readData(type, entry, frame) ?? { hex },
  }
}

/** tshark divides it into service, protocol and the rest. */
function serviceName(entry: JudgedField): string {
  const parts = ['service', 'proto', 'name'].flatMap((part) => allShown(entry, `dns.srv.${part}`))
  return parts.map(rooted).join('.')
}

function nameOf(entry: JudgedField, field: string): string {
  return rooted(first(entry, field)?.show ?? '')
}

function rooted(name: string): string {
  return name === '<Root>' ? '.' : name
}

function readData(type: string, entry: JudgedField, frame: Uint8Array): object | undefined {
  const name = (field: string) => nameOf(entry, `dns.${field}`)
  const number = (field: string) => numberOf(entry, `dns.${field}`)
  const shown = (field: string) => first(entry, `dns.${field}`)?.show
  switch (type) {
    case 'A':
      return { address: shown('a') }
    case 'AAAA':
      return { address: shown('aaaa') }
    case 'CNAME':
      return { name: name('cname') }
    case 'NS':
      return { name: name('ns') }
    case 'PTR':
      return { name: name('ptr.domain_name') }
    case 'MX':
      return { preference: number('mx.preference'), exchange: name('mx.mail_exchange') }
    case 'TXT':
      return { texts: allShown(entry, 'dns.txt') }
    case 'SOA':
      return {
        primaryServer: name('soa.mname'),
        responsible: name('soa.rname'),
        serial: number('soa.serial_number'),
        refresh: number('soa.refresh_interval'),
        retry: number('soa.retry_interval'),
        expire: number('soa.expire_limit'),
        minimum: number('soa.minimum_ttl'),
      }
    case 'SRV':
      return {
        ...{ priority: number('srv.priority'), weight: number('srv.weight'), port: number('srv.port') },
        target: name('srv.target'),
      }
    case 'CAA':
      return { flags: number('caa.flags'), tag: shown('caa.tag'), value: shown('caa.value') }
    case 'OPT':
      return { options: all(entry, 'dns.opt').map((option) => readOption(option, frame)) }
    default:
      return undefined
  }
}

function readOption(option: JudgedField, frame: Uint8Array): object {
  const hex = bytesAt(frame, option.position + 4, numberOf(option, 'dns.opt.len'))
  return { code: numberOf(option, 'dns.opt.code'), hex }
}
