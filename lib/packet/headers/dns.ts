import { allocatePacketMemory, type PacketMemory } from '../memory.js'
import { countLabels, DNS_HEADER, DnsNames, labelsEqual, lastLabels } from './dns-names.js'
import { type DnsQuestion, DnsReader, type DnsRecord } from './dns-records.js'
import { formatDns } from './dns-summary.js'
import { Header, locate } from './header.js'

const ID = 0
const FLAGS = 2
const QUESTIONS = 4
const ANSWERS = 6
const AUTHORITIES = 8
const ADDITIONALS = 10

/** Of a question behind its name: type and class. */
const QUESTION = 4
/** Of a record behind its name: type, class, TTL, length. */
const RECORD = 10

/** Bits of `flags`. */
export const DNS_FLAGS = Object.freeze({
  isResponse: 0x8000,
  authoritativeAnswer: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  reserved: 0x0040,
  authenticatedData: 0x0020,
  checkingDisabled: 0x0010,
})

export interface DnsFields {
  /** A response has that of its query. */
  id: number
  isResponse: boolean
  /** 0 query, 4 notify, 5 update. */
  opcode: number
  authoritativeAnswer: boolean
  /** There was more than fits. */
  truncated: boolean
  recursionDesired: boolean
  recursionAvailable: boolean
  reserved: boolean
  authenticatedData: boolean
  checkingDisabled: boolean
  /** 0 no error, 2 server failure, 3 no such name, 5 refused. EDNS has further bits in the OPT record's TTL. */
  responseCode: number
  questions: DnsQuestion[]
  answers: DnsRecord[]
  authorities: DnsRecord[]
  additionals: DnsRecord[]
}

/**
 * The DNS message of a packet, in place.
 *
 * `packet.dns` gives it for UDP from or to the ports 53 and 5353, and only where all its questions and records are there
 * and all their names are well-formed; that is checked in a time proportional to the message's length. What records say
 * is read on request; data that are not as their type says come as hexadecimal digits.
 *
 * Setters leave UDP's checksum alone.
 *
 * @see RFC 1035, section 4, RFC 6891 for EDNS, and RFC 6762 for mDNS
 *
 * @example
 * ```ts
 * const dns = packet.dns
 * if (dns?.questionIsWithin('ads.example') && !dns.isResponse) packet.drop()
 * ```
 */
export class DnsHeader extends Header {
  readonly name = 'dns'
  readonly #names: DnsNames
  /** Bytes of the message up to the last record's end. */
  #length = DNS_HEADER

  /** @internal */
  constructor(memory: PacketMemory) {
    super(memory)
    this.#names = new DnsNames(memory.bytes)
  }

  /**
   * A message that is not in a packet of its own: one of TCP, without the two bytes of its length.
   * @param message is copied.
   * @returns undefined for what is none
   */
  static parse(message: Uint8Array): DnsHeader | undefined {
    const memory = allocatePacketMemory(message.length)
    memory.bytes.set(message)
    const header = new DnsHeader(memory)
    return header[locate](0, message.length, message.length) === undefined ? header : undefined
  }

  /** In bytes, with all questions and records. What is behind them is the payload; usually nothing is. */
  get headerLength(): number {
    return this.#length
  }

  get id(): number {
    return this.read16(ID)
  }

  set id(value: number) {
    this.write16(ID, value)
  }

  /** All bits between `id` and the counts, in one number: `DNS_FLAGS`, opcode and response code. */
  get flags(): number {
    return this.read16(FLAGS)
  }

  set flags(value: number) {
    this.write16(FLAGS, value)
  }

  get isResponse(): boolean {
    return this.#flag(DNS_FLAGS.isResponse)
  }

  /** 0 query, 4 notify, 5 update. */
  get opcode(): number {
    return (this.flags >> 11) & 0x0f
  }

  get authoritativeAnswer(): boolean {
    return this.#flag(DNS_FLAGS.authoritativeAnswer)
  }

  /** There was more than fits. */
  get truncated(): boolean {
    return this.#flag(DNS_FLAGS.truncated)
  }

  get recursionDesired(): boolean {
    return this.#flag(DNS_FLAGS.recursionDesired)
  }

  get recursionAvailable(): boolean {
    return this.#flag(DNS_FLAGS.recursionAvailable)
  }

  get reserved(): boolean {
    return this.#flag(DNS_FLAGS.reserved)
  }

  get authenticatedData(): boolean {
    return this.#flag(DNS_FLAGS.authenticatedData)
  }

  get checkingDisabled(): boolean {
    return this.#flag(DNS_FLAGS.checkingDisabled)
  }

  /** 0 no error, 2 server failure, 3 no such name, 5 refused. EDNS has further bits in the OPT record's TTL. */
  get responseCode(): number {
    return this.flags & 0x0f
  }

  set responseCode(value: number) {
    this.flags = (this.flags & 0xfff0) | (value & 0x0f)
  }

  get questionCount(): number {
    return this.read16(QUESTIONS)
  }

  get answerCount(): number {
    return this.read16(ANSWERS)
  }

  get authorityCount(): number {
    return this.read16(AUTHORITIES)
  }

  get additionalCount(): number {
    return this.read16(ADDITIONALS)
  }

  /** The first question's name, `example.org`. Makes a string; `questionIs` does not. Undefined without a question. */
  get questionName(): string | undefined {
    if (this.questionCount === 0) return undefined
    return this.#names.open(this.start, this.end).read(this.start + DNS_HEADER)
  }

  /** The first question's type as a number: `DNS_TYPES` has them. Undefined without a question. */
  get questionType(): number | undefined {
    const at = this.#firstQuestion()
    return at < 0 ? undefined : this.read16(at)
  }

  /** The first question's class: 1 is Internet. Undefined without a question. */
  get questionClass(): number | undefined {
    const at = this.#firstQuestion()
    return at < 0 ? undefined : this.read16(at + 2)
  }

  /**
   * Whether the first question is about this name, whatever the case of ASCII letters. Makes no string.
   * @param name as `questionName` has it: `example.org`, `.` for the root
   */
  questionIs(name: string): boolean {
    return this.questionCount > 0 && labelsEqual(this.bytes, this.start + DNS_HEADER, this.end, name)
  }

  /**
   * Whether the first question is about this name or one below it: `www.example.org` is within `example.org`, and
   * `badexample.org` is not. Makes no string.
   */
  questionIsWithin(domain: string): boolean {
    if (this.questionCount === 0) return false
    const at = lastLabels(this.bytes, this.start + DNS_HEADER, this.end, countLabels(domain))
    return at >= 0 && labelsEqual(this.bytes, at, this.end, domain)
  }

  /** All questions. Reads the message anew, as the other three lists. */
  get questions(): DnsQuestion[] {
    return this.#sections().questions
  }

  get answers(): DnsRecord[] {
    return this.#sections().answers
  }

  get authorities(): DnsRecord[] {
    return this.#sections().authorities
  }

  /** With EDNS, one of them is of type OPT. */
  get additionals(): DnsRecord[] {
    return this.#sections().additionals
  }

  toJSON(): DnsFields {
    const { id, isResponse, opcode, authoritativeAnswer, truncated, recursionDesired } = this
    const { recursionAvailable, reserved, authenticatedData, checkingDisabled, responseCode } = this
    return {
      ...{ id, isResponse, opcode, authoritativeAnswer, truncated, recursionDesired, recursionAvailable },
      ...{ reserved, authenticatedData, checkingDisabled, responseCode },
      ...this.#sections(),
    }
  }

  toString(): string {
    return formatDns(this.toJSON(), this.flags, this.end - this.start)
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + DNS_HEADER > end) return 'the packet ends within the DNS header'
    if (extent > end) return 'the DNS message goes on in a further segment'
    this.start = start
    this.end = end
    const names = this.#names.open(start, end)
    const { questionCount } = this
    const recordCount = this.answerCount + this.authorityCount + this.additionalCount
    let at = start + DNS_HEADER
    for (let i = 0; i < questionCount + recordCount; i++) {
      at = names.skip(at)
      if (at < 0) return names.fault
      at += i < questionCount ? QUESTION : RECORD
      if (at > end) return 'the packet ends within a DNS question or record'
      if (i >= questionCount) at += this.read16(at - 2 - start)
      if (at > end) return 'the packet ends within a DNS question or record'
    }
    this.#length = at - start
    return undefined
  }

  /** Where type and class of the first question are, from the start; -1 if there are none. Its name has no pointers. */
  #firstQuestion(): number {
    if (this.questionCount === 0) return -1
    const at = this.#names.open(this.start, this.end).skip(this.start + DNS_HEADER)
    return at < 0 || at + QUESTION > this.end ? -1 : at - this.start
  }

  #sections(): Pick<DnsFields, 'questions' | 'answers' | 'authorities' | 'additionals'> {
    const reader = new DnsReader(this.bytes, this.start, this.end)
    return {
      questions: reader.questions(this.questionCount),
      answers: reader.records(this.answerCount),
      authorities: reader.records(this.authorityCount),
      additionals: reader.records(this.additionalCount),
    }
  }

  #flag(mask: number): boolean {
    return (this.flags & mask) !== 0
  }
}
