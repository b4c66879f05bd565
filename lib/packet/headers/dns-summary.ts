/** A DNS message in a few words, as tcpdump says it. */

import type { DnsFields } from './dns.js'
import { CLASS_INTERNET, CLASS_TOP_BIT, type DnsQuestion, type DnsRecord } from './dns-records.js'

const OPCODES: Readonly<Record<number, string>> = {
  0: '',
  1: ' inv_q',
  2: ' stat',
  4: ' notify',
  5: ' update',
}
const RESPONSE_CODES = [
  ...['', ' FormErr', ' ServFail', ' NXDomain', ' NotImp', ' Refused', ' YXDomain', ' YXRRSet', ' NXRRSet'],
  ...[' NotAuth', ' NotZone'],
]

/** Bits that mean nothing in a query: where there are some, all bits are told. */
const OF_RESPONSES = 0x06cf

/** `4660+ A? example.org. (29)`; `4660 1/0/0 A 192.0.2.1 (45)`. */
export function formatDns(message: DnsFields, flags: number, length: number): string {
  return `${message.isResponse ? formatResponse(message) : formatQuery(message, flags)} (${length})`
}

function formatQuery(message: DnsFields, flags: number): string {
  const { id, opcode, recursionDesired, checkingDisabled } = message
  const { questions, answers, authorities, additionals } = message
  return [
    `${id}${OPCODES[opcode] ?? ` op${opcode}`}${recursionDesired ? '+' : ''}${checkingDisabled ? '%' : ''}`,
    ...((flags & OF_RESPONSES) === 0 ? [] : [`[b2&3=0x${flags.toString(16)}]`]),
    ...(answers.length > 0 ? [`[${answers.length}a]`] : []),
    ...(questions.length === 1 ? [] : [`[${questions.length}q]`]),
    ...(authorities.length > 0 ? [`[${authorities.length}n]`] : []),
    ...(additionals.length > 0 ? [`[${additionals.length}au]`] : []),
    ...questions.map(formatQuestion),
  ].join(' ')
}

function formatResponse(message: DnsFields): string {
  const { id, opcode, responseCode, authoritativeAnswer, recursionAvailable, truncated } = message
  const { questions, answers, authorities, additionals } = message
  const flags = [
    authoritativeAnswer ? '*' : '',
    recursionAvailable ? '' : '-',
    truncated ? '|' : '',
    message.authenticatedData ? '$' : '',
  ].join('')
  const code = RESPONSE_CODES[responseCode] ?? ` Resp${responseCode}`
  return [
    `${id}${OPCODES[opcode] ?? ` op${opcode}`}${code}${flags}`,
    ...(questions.length === 1 ? [] : [`[${questions.length}q]`]),
    `${answers.length}/${authorities.length}/${additionals.length}`,
    ...(answers.length > 0 ? [answers.map(formatRecord).join(', ')] : []),
  ].join(' ')
}

function formatQuestion(question: DnsQuestion): string {
  const { name, type } = question
  const wantsUnicast = (question.class & CLASS_TOP_BIT) !== 0 ? ' (QU)' : ''
  return `${type}${formatClass(question.class)}${wantsUnicast}? ${full(name)}`
}

function formatRecord({ type, class: recordClass, data }: DnsRecord): string {
  const flush = (recordClass & CLASS_TOP_BIT) !== 0 && type !== 'OPT' ? '(Cache flush) ' : ''
  const start = `${flush}${type}${type === 'OPT' ? '' : formatClass(recordClass)}`
  if ('address' in data) return `${start} ${data.address}`
  if ('name' in data) return `${start} ${full(data.name)}`
  if ('exchange' in data) return `${start} ${full(data.exchange)} ${data.preference}`
  if ('texts' in data) return [start, ...data.texts.map((text) => `"${text}"`)].join(' ')
  if ('target' in data) return `${start} ${full(data.target)}:${data.port} ${data.priority} ${data.weight}`
  if ('options' in data) return `${start} UDPsize=${recordClass}`
  if ('tag' in data) return `${start} ${data.flags} ${data.tag} "${data.value}"`
  return start
}

function formatClass(recordClass: number): string {
  const plain = recordClass & ~CLASS_TOP_BIT
  return plain === CLASS_INTERNET ? '' : ` CLASS${plain}`
}

function full(name: string): string {
  return name === '.' ? name : `${name}.`
}
