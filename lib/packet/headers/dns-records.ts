import { escapeText } from '../escaped-text.js'
import { formatIpv4Address, formatIpv6Address } from '../ip-address.js'
import { DNS_HEADER, DnsNames } from './dns-names.js'

/** The numbers of record types. @see https://www.iana.org/assignments/dns-parameters */
export const DNS_TYPES = Object.freeze({
  ...{ A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, HINFO: 13, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35 },
  ...{ OPT: 41, DS: 43, RRSIG: 46, NSEC: 47, DNSKEY: 48, TLSA: 52, SVCB: 64, HTTPS: 65 },
  ...{ IXFR: 251, AXFR: 252, ANY: 255, CAA: 257 },
})

const TYPE_NAMES = new Map(Object.entries(DNS_TYPES).map(([name, number]) => [number as number, name]))

export const CLASS_INTERNET = 1
/** Of mDNS: a question asks for an answer to itself alone; a record replaces what was known. @see RFC 6762 */
export const CLASS_TOP_BIT = 0x8000

export interface DnsQuestion {
  /** `example.org`; `.` is the root. Dots and backslashes in a label have a backslash, other bytes are `\DDD`. */
  name: string
  /** `A`, `MX`; those without a name are `TYPE99`. @see RFC 3597, section 5 */
  type: string
  /** 1: Internet. */
  class: number
}

export interface DnsRecord {
  name: string
  type: string
  /** 1: Internet. Of OPT: the longest UDP payload that the sender takes, in bytes. */
  class: number
  /** In seconds. Of OPT: upper bits of the response code, EDNS version, flags; 0x8000 is DNSSEC OK. */
  ttl: number
  data: DnsData
}

/** What a record says, by its type: `'address' in record.data`. */
export type DnsData =
  /** A, AAAA. */
  | { address: string }
  /** CNAME, NS, PTR. */
  | { name: string }
  /** MX. */
  | { preference: number; exchange: string }
  /** TXT: each as text in which bytes that are not printable ASCII are `\DDD`. */
  | { texts: string[] }
  | DnsStartOfAuthority
  /** SRV. */
  | { priority: number; weight: number; port: number; target: string }
  /** OPT: the options of EDNS. */
  | { options: DnsOption[] }
  /** CAA. */
  | { flags: number; tag: string; value: string }
  /** Other types, and data that are not as their type says. */
  | { hex: string }

/** SOA. Times are in seconds. */
export interface DnsStartOfAuthority {
  primaryServer: string
  responsible: string
  serial: number
  refresh: number
  retry: number
  expire: number
  minimum: number
}

export interface DnsOption {
  code: number
  hex: string
}

/** `A` of 1. */
export function dnsTypeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`
}

/** 1 of `A`; undefined for what is no type. */
export function dnsTypeNumber(name: string): number | undefined {
  if (Object.hasOwn(DNS_TYPES, name)) return DNS_TYPES[name as keyof typeof DNS_TYPES]
  const number = /^TYPE(\d{1,5})$/.exec(name)?.[1]
  return number === undefined || Number(number) > 0xffff ? undefined : Number(number)
}

/** Reads questions and records, one after the other; what is none ends it. */
export class DnsReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #names: DnsNames
  /** Those in data have a limit of their own: where it is exceeded, data are given as digits, and records go on. */
  readonly #dataNames: DnsNames
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#names = new DnsNames(bytes).open(start, end)
    this.#dataNames = new DnsNames(bytes).open(start, end)
    this.#end = end
    this.#at = start + DNS_HEADER
  }

  questions(count: number): DnsQuestion[] {
    return this.#list(count, () => this.#question())
  }

  records(count: number): DnsRecord[] {
    return this.#list(count, () => this.#record())
  }

  #list<Item>(count: number, read: () => Item | undefined): Item[] {
    const items: Item[] = []
    while (items.length < count) {
      const item = read()
      if (item === undefined) {
        this.#at = this.#end
        break
      }
      items.push(item)
    }
    return items
  }

  #question(): DnsQuestion | undefined {
    const name = this.#name()
    if (name === undefined || this.#at + 4 > this.#end) return undefined
    const at = this.#at
    this.#at += 4
    return { name, type: dnsTypeName(this.#view.getUint16(at)), class: this.#view.getUint16(at + 2) }
  }

  #record(): DnsRecord | undefined {
    const name = this.#name()
    if (name === undefined || this.#at + 10 > this.#end) return undefined
    const view = this.#view
    const at = this.#at
    const end = at + 10 + view.getUint16(at + 8)
    if (end > this.#end) return undefined
    this.#at = end
    const type = view.getUint16(at)
    const recordClass = view.getUint16(at + 2)
    const data = this.#data(type, recordClass, at + 10, end) ?? { hex: this.#hex(at + 10, end) }
    return { name, type: dnsTypeName(type), class: recordClass, ttl: view.getUint32(at + 4), data }
  }

  #name(): string | undefined {
    const labels: string[] = []
    const behind = this.#names.skip(this.#at, this.#end, labels)
    if (behind < 0) return undefined
    this.#at = behind
    return labels.length === 0 ? '.' : labels.join('.')
  }

  #data(type: number, recordClass: number, at: number, end: number): DnsData | undefined {
    const length = end - at
    const isInternet = (recordClass & ~CLASS_TOP_BIT) === CLASS_INTERNET
    switch (type) {
      case DNS_TYPES.A:
        if (length !== 4 || !isInternet) return undefined
        return { address: formatIpv4Address(this.#view.getUint32(at)) }
      case DNS_TYPES.AAAA:
        if (length !== 16 || !isInternet) return undefined
        return { address: formatIpv6Address(this.#bytes, at) }
      case DNS_TYPES.NS:
      case DNS_TYPES.CNAME:
      case DNS_TYPES.PTR: {
        const name = this.#nameUpTo(at, end)
        return name === undefined ? undefined : { name }
      }
      case DNS_TYPES.MX: {
        const exchange = this.#nameUpTo(at + 2, end)
        return exchange === undefined ? undefined : { preference: this.#view.getUint16(at), exchange }
      }
      case DNS_TYPES.TXT:
        return this.#texts(at, end)
      case DNS_TYPES.SOA:
        return this.#startOfAuthority(at, end)
      case DNS_TYPES.SRV:
        return this.#service(at, end)
      case DNS_TYPES.OPT:
        return this.#options(at, end)
      case DNS_TYPES.CAA:
        return this.#authorization(at, end)
      default:
        return undefined
    }
  }

  /** A name that is all that is left of a record. */
  #nameUpTo(at: number, end: number): string | undefined {
    const labels: string[] = []
    if (this.#dataNames.skip(at, end, labels) !== end) return undefined
    return labels.length === 0 ? '.' : labels.join('.')
  }

  #texts(from: number, end: number): DnsData | undefined {
    const texts: string[] = []
    for (let at = from; at < end; ) {
      const behind = at + 1 + (this.#bytes[at] as number)
      if (behind > end) return undefined
      texts.push(escapeText(this.#bytes, at + 1, behind))
      at = behind
    }
    return { texts }
  }

  #startOfAuthority(from: number, end: number): DnsStartOfAuthority | undefined {
    const second = this.#dataNames.skip(from, end)
    if (second < 0) return undefined
    const at = this.#dataNames.skip(second, end)
    if (at < 0 || at + 20 !== end) return undefined
    const primaryServer = this.#dataNames.read(from, end)
    const responsible = this.#dataNames.read(second, end)
    if (primaryServer === undefined || responsible === undefined) return undefined
    const [serial, refresh, retry, expire, minimum] = [0, 4, 8, 12, 16].map((offset) =>
      this.#view.getUint32(at + offset),
    ) as [number, number, number, number, number]
    return { primaryServer, responsible, serial, refresh, retry, expire, minimum }
  }

  #service(at: number, end: number): DnsData | undefined {
    const target = this.#nameUpTo(at + 6, end)
    if (target === undefined) return undefined
    const [priority, weight, port] = [0, 2, 4].map((offset) => this.#view.getUint16(at + offset)) as [
      number,
      number,
      number,
    ]
    return { priority, weight, port, target }
  }

  #options(from: number, end: number): DnsData | undefined {
    const options: DnsOption[] = []
    for (let at = from; at < end; ) {
      if (at + 4 > end) return undefined
      const behind = at + 4 + this.#view.getUint16(at + 2)
      if (behind > end) return undefined
      options.push({ code: this.#view.getUint16(at), hex: this.#hex(at + 4, behind) })
      at = behind
    }
    return { options }
  }

  #authorization(at: number, end: number): DnsData | undefined {
    if (at + 2 > end) return undefined
    const value = at + 2 + (this.#bytes[at + 1] as number)
    if (value > end) return undefined
    const text = (from: number, to: number) => escapeText(this.#bytes, from, to)
    return { flags: this.#bytes[at] as number, tag: text(at + 2, value), value: text(value, end) }
  }

  #hex(at: number, end: number): string {
    return Buffer.from(this.#bytes.subarray(at, end)).toString('hex')
  }
}
