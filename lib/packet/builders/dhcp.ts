import { checkInteger, invalidType, invalidValue, outOfRange } from '../../validate.js'
import { unescapeText } from '../escaped-text.js'
import { OPERATION_REPLY } from '../headers/bootp.js'
import { DHCP_FIXED, DHCP_MAGIC_COOKIE, type DhcpFields } from '../headers/dhcp.js'
import { DHCP_OPTIONS, type DhcpOption, OPTION_END } from '../headers/dhcp-options.js'
import { parseIpv4Address } from '../ip-address.js'
import { PORT_DHCP_CLIENT, PORT_DHCP_SERVER } from '../protocol-numbers.js'
import { bytesOf, Fields } from './fields.js'
import type { Layer } from './layer.js'

const LONGEST_VALUE = 255

const KNOWN = [
  ...(['operation', 'hardwareType', 'hardwareAddressLength', 'hops', 'transactionId', 'seconds'] as const),
  ...(['flags', 'clientAddress', 'yourAddress', 'serverAddress', 'relayAddress'] as const),
  ...(['hardwareAddress', 'serverName', 'bootFile', 'options'] as const),
]

/**
 * A DHCP message: a request of 02:00:00:00:00:01 for Ethernet, unless it is said otherwise. The list of options gets an
 * end where it has none. A value of more than 255 bytes is split into several options: RFC 3396.
 *
 * @example
 * ```ts
 * dhcp({ options: [{ code: 'messageType', value: DHCP_MESSAGE_TYPES.discover }] })
 * ```
 */
export function dhcp(fields: Partial<DhcpFields> = {}): Layer {
  const given = new Fields<DhcpFields>('dhcp', fields, KNOWN)
  const isReply = given.uint('operation', 8, 1) === OPERATION_REPLY
  const hardwareAddress = hardwareAddressOf(fields.hardwareAddress)
  const options = given.list('options', encodeOption).flatMap((bytes) => [...bytes])
  const last = fields.options?.at(-1)?.code
  if (last !== 'end' && last !== 'malformed') options.push(OPTION_END)
  return {
    name: 'dhcp',
    fields,
    port: isReply ? PORT_DHCP_CLIENT : PORT_DHCP_SERVER,
    sourcePort: isReply ? PORT_DHCP_SERVER : PORT_DHCP_CLIENT,
    encode() {
      const message = new Uint8Array(DHCP_FIXED + options.length)
      const view = new DataView(message.buffer)
      view.setUint8(0, given.uint('operation', 8, 1))
      view.setUint8(1, given.uint('hardwareType', 8, 1))
      view.setUint8(2, given.uint('hardwareAddressLength', 8, 6))
      view.setUint8(3, given.uint('hops', 8, 0))
      view.setUint32(4, given.uint('transactionId', 32, 0))
      view.setUint16(8, given.uint('seconds', 16, 0))
      view.setUint16(10, given.uint('flags', 16, 0))
      view.setUint32(12, given.ipv4('clientAddress', '0.0.0.0'))
      view.setUint32(16, given.ipv4('yourAddress', '0.0.0.0'))
      view.setUint32(20, given.ipv4('serverAddress', '0.0.0.0'))
      view.setUint32(24, given.ipv4('relayAddress', '0.0.0.0'))
      message.set(hardwareAddress, 28)
      message.set(textOf('dhcp.serverName', fields.serverName, 64), 44)
      message.set(textOf('dhcp.bootFile', fields.bootFile, 128), 108)
      view.setUint32(236, DHCP_MAGIC_COOKIE)
      message.set(options, DHCP_FIXED)
      return message
    },
  }
}

/** In hexadecimal digits, also with colons between the bytes. */
function hardwareAddressOf(value: unknown = '02:00:00:00:00:01'): Uint8Array {
  const bytes = bytesOf('dhcp.hardwareAddress', typeof value === 'string' ? value.replaceAll(':', '') : value)
  if (bytes.length <= 16) return bytes
  throw outOfRange('dhcp.hardwareAddress', '16 bytes long at most', `${bytes.length} bytes`)
}

function encodeOption(name: string, option: unknown): Uint8Array {
  const read = (...known: ('value' | 'hex' | 'length')[]) =>
    new Fields<OptionShape>(name, option as Partial<OptionShape>, ['code', ...known])
  const code = (option as DhcpOption | null | undefined)?.code
  if (code === 'end') {
    read()
    return Uint8Array.of(OPTION_END)
  }
  if (code === 'pad') return new Uint8Array(read('length').uint('length', 16, 1))
  if (code === 'malformed') return read('hex').bytes('hex', 0xffff)
  if (typeof code === 'string' && Object.hasOwn(DHCP_OPTIONS, code)) {
    read('value')
    const { code: number, form } = DHCP_OPTIONS[code]
    return split(number, encodeValue(`${name}.value`, form, (option as OptionShape).value))
  }
  const expected = "an option's name, or a number from 1 to 254"
  if (typeof code === 'string') throw invalidValue(`${name}.code`, expected, code)
  const given = read('hex')
  if (typeof code !== 'number') throw invalidType(`${name}.code`, expected, code)
  return split(checkInteger(`${name}.code`, code, { minimum: 1, maximum: 254 }), given.bytes('hex', 0xffff))
}

interface OptionShape {
  code: string | number
  value: unknown
  hex: string
  length: number
}

function encodeValue(name: string, form: string, value: unknown): Iterable<number> {
  switch (form) {
    case 'uint8':
      return [checkInteger(name, value, { minimum: 0, maximum: 0xff })]
    case 'uint32':
      return words(checkInteger(name, value, { minimum: 0, maximum: 0xffffffff }))
    case 'address':
      return words(parseIpv4Address(value as string, name))
    case 'addresses':
      return listOf(name, value).flatMap((each, index) =>
        words(parseIpv4Address(each as string, `${name}[${index}]`)),
      )
    case 'codes':
      return listOf(name, value).map((each, index) =>
        checkInteger(`${name}[${index}]`, each, { minimum: 0, maximum: 0xff }),
      )
    case 'text':
      return textOf(name, value, 0xffff)
    default:
      return bytesOf(name, value)
  }
}

/** As many options as it takes, at least one. */
function split(code: number, value: Iterable<number>): Uint8Array {
  const bytes = [...value]
  const pieces: number[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += LONGEST_VALUE) {
    const piece = bytes.slice(at, at + LONGEST_VALUE)
    pieces.push(code, piece.length, ...piece)
  }
  return Uint8Array.from(pieces)
}

function listOf(name: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw invalidType(name, 'an array', value)
  return value
}

function textOf(name: string, value: unknown = '', maximum: number): Uint8Array {
  if (typeof value !== 'string') throw invalidType(name, 'a string', value)
  const bytes = unescapeText(name, value)
  if (bytes.length <= maximum) return bytes
  throw outOfRange(name, `${maximum} bytes long at most`, `${bytes.length} bytes`)
}

function words(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}
