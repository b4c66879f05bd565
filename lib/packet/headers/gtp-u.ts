import { point } from '../flyweight.js'
import type { InnerPacket } from '../layers.js'
import type { PacketMemory } from '../memory.js'
import { linkOfIp } from '../walker.js'
import { Header, locate } from './header.js'

/** Bytes that every GTP-U header has. */
export const GTP_U_HEADER = 8
/** Sequence number, N-PDU number, next extension header: all are there if one of them is. */
export const GTP_U_OPTIONAL = 4
/** Version 1, protocol type GTP. */
export const GTP_U_VERSION = 0x30
export const GTP_U_EXTENSION = 0x04
export const GTP_U_SEQUENCE = 0x02
export const GTP_U_NPDU = 0x01
/** The message type of a packet that the tunnel carries. */
export const GTP_U_G_PDU = 255

const MESSAGES: Readonly<Record<number, string>> = {
  1: 'echo request',
  2: 'echo response',
  26: 'error indication',
  31: 'supported extension headers notification',
  253: 'tunnel status',
  254: 'end marker',
  255: 'G-PDU',
}

export interface GtpUExtensionHeader {
  /** 0x85 is the PDU session container of 5G. */
  type: number
  /** Its content in hexadecimal digits: a multiple of four bytes, less two. */
  hex: string
}

export interface GtpUFields {
  /** 255 is a packet that the tunnel carries (G-PDU), 1 and 2 are echo request and response. */
  messageType: number
  /** In bytes, of what follows the header's first 8. */
  length: number
  /** Tunnel endpoint identifier, 32 bits. */
  teid: number
  /** 16 bits, absent where there is none. */
  sequenceNumber?: number
  /** 8 bits, absent where there is none. */
  npduNumber?: number
  /** Absent where the flag E is not set. */
  extensionHeaders?: GtpUExtensionHeader[]
}

/**
 * The GTP-U header of a packet, in place: behind UDP with port 2152. The packet that it carries is in `inner`.
 *
 * `packet.gtpU` gives it only in version 1, with a length that does not exceed the UDP datagram, and with all of its
 * extension headers.
 *
 * @see 3GPP TS 29.281, section 5
 */
export class GtpUHeader extends Header {
  readonly name = 'gtpU'
  readonly #inner: InnerPacket | undefined
  #headerLength = GTP_U_HEADER
  #extent = 0

  /** @internal */
  constructor(memory: PacketMemory, inner: InnerPacket | undefined) {
    super(memory)
    this.#inner = inner
  }

  /** In bytes, with the optional fields and the extension headers. */
  get headerLength(): number {
    return this.#headerLength
  }

  /** The first byte's low bits: 4 extension headers, 2 sequence number, 1 N-PDU number. */
  get flags(): number {
    return this.read8(0) & 7
  }

  get hasExtensionHeaders(): boolean {
    return this.#has(GTP_U_EXTENSION)
  }

  get hasSequenceNumber(): boolean {
    return this.#has(GTP_U_SEQUENCE)
  }

  get hasNpduNumber(): boolean {
    return this.#has(GTP_U_NPDU)
  }

  /** 255 is a packet that the tunnel carries (G-PDU), 1 and 2 are echo request and response. */
  get messageType(): number {
    return this.read8(1)
  }

  set messageType(value: number) {
    this.write8(1, value)
  }

  /** In bytes, of what follows the header's first 8. */
  get length(): number {
    return this.read16(2)
  }

  /** Tunnel endpoint identifier, 32 bits. */
  get teid(): number {
    return this.read32(4)
  }

  set teid(value: number) {
    this.write32(4, value)
  }

  /** 0 where there is none: see `hasSequenceNumber`. */
  get sequenceNumber(): number {
    return this.hasSequenceNumber ? this.read16(8) : 0
  }

  /** Does nothing where there is no sequence number. */
  set sequenceNumber(value: number) {
    if (this.hasSequenceNumber) this.write16(8, value)
  }

  /** 0 where there is none: see `hasNpduNumber`. */
  get npduNumber(): number {
    return this.hasNpduNumber ? this.read8(10) : 0
  }

  /** The extension headers, in their order: a new list. */
  get extensionHeaders(): GtpUExtensionHeader[] {
    const list: GtpUExtensionHeader[] = []
    if (!this.hasExtensionHeaders) return list
    const end = this.start + this.#headerLength
    let at = this.start + GTP_U_HEADER + GTP_U_OPTIONAL
    while (at < end) {
      const next = at + (this.bytes[at] as number) * 4
      if (next === at || next > end) break
      const hex = Buffer.from(this.bytes.subarray(at + 1, next - 1)).toString('hex')
      list.push({ type: this.bytes[at - 1] as number, hex })
      at = next
    }
    return list
  }

  /** The packet that it carries, where that is IP; undefined also in the last of more tunnels than are followed. */
  get inner(): InnerPacket | undefined {
    const start = this.start + this.#headerLength
    if (this.messageType !== GTP_U_G_PDU || start >= this.end) return undefined
    const link = linkOfIp(this.bytes[start] as number)
    if (link === undefined) return undefined
    return this.#inner?.[point](link, start, this.end, this.#extent)
  }

  toJSON(): GtpUFields {
    const { messageType, length, teid, sequenceNumber, npduNumber, extensionHeaders } = this
    return {
      ...{ messageType, length, teid },
      ...(this.hasSequenceNumber && { sequenceNumber }),
      ...(this.hasNpduNumber && { npduNumber }),
      ...(this.hasExtensionHeaders && { extensionHeaders }),
    }
  }

  toString(): string {
    const message = MESSAGES[this.messageType] ?? `message ${this.messageType}`
    const sequenceNumber = this.hasSequenceNumber ? `, seq ${this.sequenceNumber}` : ''
    return `GTP-U ${message}, teid 0x${this.teid.toString(16)}${sequenceNumber}, length ${this.length}`
  }

  /** @internal */
  [locate](start: number, end: number, extent: number): string | undefined {
    if (start + GTP_U_HEADER > end) return 'the packet ends within the GTP-U header'
    const { bytes } = this
    const first = bytes[start] as number
    const length = ((bytes[start + 2] as number) << 8) | (bytes[start + 3] as number)
    if ((first & 0xf0) !== GTP_U_VERSION) return 'the GTP-U header has another version'
    if (start + GTP_U_HEADER + length > extent) return 'the GTP-U length exceeds the UDP payload'
    const limit = Math.min(start + GTP_U_HEADER + length, end)
    const payload = payloadStart(bytes, start, limit)
    if (payload < 0) return 'a GTP-U extension header has no length'
    if (payload > limit) return 'the GTP-U header exceeds its length, or the packet'
    this.#headerLength = payload - start
    this.#extent = start + GTP_U_HEADER + length
    this[point](start, limit)
    return undefined
  }

  #has(flag: number): boolean {
    return (this.read8(0) & flag) !== 0
  }
}

/** Behind the optional fields and the extension headers; more than `limit` if they exceed it; -1 for one without length. */
function payloadStart(bytes: Uint8Array, start: number, limit: number): number {
  const flags = bytes[start] as number
  let at = start + GTP_U_HEADER
  if ((flags & (GTP_U_EXTENSION | GTP_U_SEQUENCE | GTP_U_NPDU)) === 0) return at
  at += GTP_U_OPTIONAL
  if ((flags & GTP_U_EXTENSION) === 0) return at
  // The byte in front of an extension header is its type; 0 is the end.
  while (at <= limit && bytes[at - 1] !== 0) {
    if (at === limit) return limit + 1
    const length = (bytes[at] as number) * 4
    if (length === 0) return -1
    at += length
  }
  return at
}
