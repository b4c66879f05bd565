import { invalidValue } from '../../validate.js'
import type { DnsData, DnsOption, DnsStartOfAuthority } from '../headers/dns-records.js'
import { parseIpv4Address, parseIpv6Address } from '../ip-address.js'
import { type DnsWriter, textOf } from './dns-writer.js'
import { Fields } from './fields.js'

/** What data of all types have. */
interface DataFields extends DnsStartOfAuthority {
  address: string
  name: string
  preference: number
  exchange: string
  texts: string[]
  priority: number
  weight: number
  port: number
  target: string
  options: DnsOption[]
  flags: number
  tag: string
  value: string
  hex: string
}

class DataWriter {
  readonly #writer: DnsWriter
  readonly #path: string
  readonly #data: Partial<DataFields>

  constructor(writer: DnsWriter, path: string, data: Partial<DataFields>) {
    this.#writer = writer
    this.#path = path
    this.#data = data
  }

  /** The fields, of which there are these and no others. */
  fields(...known: (keyof DataFields)[]): Fields<DataFields> {
    return new Fields<DataFields>(this.#path, this.#data, known)
  }

  ipv4(): void {
    this.fields('address')
    this.#writer.uint32(parseIpv4Address(this.#data.address as string, `${this.#path}.address`))
  }

  ipv6(): void {
    this.fields('address')
    this.#writer.raw(parseIpv6Address(this.#data.address as string, `${this.#path}.address`))
  }

  name(): void {
    this.fields('name')
    this.#name('name')
  }

  mailExchange(): void {
    this.#writer.uint16(this.fields('preference', 'exchange').uint('preference', 16, 0))
    this.#name('exchange')
  }

  texts(): void {
    this.fields('texts').list('texts', (place, text) => this.#writer.text(place, text))
  }

  startOfAuthority(): void {
    const numbers = ['serial', 'refresh', 'retry', 'expire', 'minimum'] as const
    const given = this.fields('primaryServer', 'responsible', ...numbers)
    this.#name('primaryServer')
    this.#name('responsible')
    for (const number of numbers) this.#writer.uint32(given.uint(number, 32, 0))
  }

  service(): void {
    const given = this.fields('priority', 'weight', 'port', 'target')
    for (const number of ['priority', 'weight', 'port'] as const) {
      this.#writer.uint16(given.uint(number, 16, 0))
    }
    this.#writer.name(`${this.#path}.target`, this.#data.target, false)
  }

  options(): void {
    this.fields('options').list('options', (place, option) => {
      const given = new Fields<DnsOption>(place, option as DnsOption, ['code', 'hex'])
      this.#writer.uint16(given.uint('code', 16, 0))
      this.#writer.counted(() => this.#writer.raw(given.bytes('hex', 0xffff)))
    })
  }

  authorization(): void {
    this.#writer.uint8(this.fields('flags', 'tag', 'value').uint('flags', 8, 0))
    this.#writer.text(`${this.#path}.tag`, this.#data.tag)
    this.#writer.raw(textOf(`${this.#path}.value`, this.#data.value))
  }

  get isHex(): boolean {
    return (this.#data as Partial<DataFields> | null | undefined)?.hex !== undefined
  }

  hex(): void {
    this.#writer.raw(this.fields('hex').bytes('hex', 0xffff))
  }

  #name(field: 'name' | 'exchange' | 'primaryServer' | 'responsible'): void {
    this.#writer.name(`${this.#path}.${field}`, this.#data[field])
  }
}

const WRITERS: Readonly<Record<string, (data: DataWriter) => void>> = {
  A: (data) => data.ipv4(),
  AAAA: (data) => data.ipv6(),
  CNAME: (data) => data.name(),
  NS: (data) => data.name(),
  PTR: (data) => data.name(),
  MX: (data) => data.mailExchange(),
  TXT: (data) => data.texts(),
  SOA: (data) => data.startOfAuthority(),
  SRV: (data) => data.service(),
  OPT: (data) => data.options(),
  CAA: (data) => data.authorization(),
}

/** Writes what a record says; in hexadecimal digits, whatever its type. */
export function writeDnsData(writer: DnsWriter, path: string, type: string, data: DnsData): void {
  const fields = new DataWriter(writer, path, data as Partial<DataFields>)
  const write = Object.hasOwn(WRITERS, type) ? WRITERS[type] : undefined
  if (fields.isHex) fields.hex()
  else if (write === undefined) throw invalidValue(path, `{ hex } for a record of type ${type}`, data)
  else write(fields)
}
