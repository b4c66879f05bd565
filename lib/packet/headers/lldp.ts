import { point } from '../flyweight.js'
import { Header, locate } from './header.js'
import {
  LLDP_CHASSIS_ID,
  LLDP_END,
  LLDP_PORT_ID,
  LLDP_SYSTEM_NAME,
  LLDP_TIME_TO_LIVE,
  type LldpIdentifier,
  type LldpTlv,
  readIdentifier,
  readTlv,
} from './lldp-tlv.js'

const TLV_HEADER = 2

export interface LldpFields {
  /** Who sends it. */
  chassisId: LldpIdentifier
  /** Which of its ports sends it. */
  portId: LldpIdentifier
  /** For how many seconds the neighbour may believe it; 0 takes it back at once. */
  timeToLive: number
  /** What follows the first three, in its order. */
  tlvs: LldpTlv[]
  /** Whether the list ends with a TLV that says so, or with the frame. */
  hasEnd: boolean
}

/**
 * The LLDP data unit of a frame, in place: what a neighbour says about itself.
 *
 * `packet.lldp` gives it only where it begins with chassis id, port id and time to live, as it must, and no TLV exceeds
 * the frame. It has no payload.
 *
 * @see IEEE 802.1AB-2016, clauses 8 and 9
 */
export class LldpHeader extends Header {
  readonly name = 'lldp'
  /** Where the second and third TLV, and those behind them, start. */
  #portId = 0
  #timeToLive = 0
  #optional = 0
  #hasEnd = false

  /** In bytes, all TLVs and the end's. */
  get headerLength(): number {
    return this.end - this.start
  }

  /** Who sends it. Makes an object. */
  get chassisId(): LldpIdentifier {
    return readIdentifier(LLDP_CHASSIS_ID, this.#value(this.start))
  }

  /** Which of its ports sends it. Makes an object. */
  get portId(): LldpIdentifier {
    return readIdentifier(LLDP_PORT_ID, this.#value(this.#portId))
  }

  /** For how many seconds the neighbour may believe it; 0 takes it back at once. */
  get timeToLive(): number {
    return this.read16(this.#timeToLive + TLV_HEADER - this.start)
  }

  set timeToLive(value: number) {
    this.write16(this.#timeToLive + TLV_HEADER - this.start, value)
  }

  /** What follows the first three, in its order: a new list. */
  get tlvs(): LldpTlv[] {
    const list: LldpTlv[] = []
    for (let at = this.#optional; at + TLV_HEADER <= this.end; at += TLV_HEADER + this.#length(at)) {
      if (this.#type(at) === LLDP_END || at + TLV_HEADER + this.#length(at) > this.end) break
      list.push(readTlv(this.#type(at), this.#value(at)))
    }
    return list
  }

  /** Whether the list ends with a TLV that says so, or with the frame. */
  get hasEnd(): boolean {
    return this.#hasEnd
  }

  /** The text of the first TLV of type 5, where there is one. Makes a string. */
  get systemName(): string | undefined {
    const tlv = this.tlvs.find(({ type }) => type === LLDP_SYSTEM_NAME)
    return tlv !== undefined && 'text' in tlv ? tlv.text : undefined
  }

  toJSON(): LldpFields {
    const { chassisId, portId, timeToLive, tlvs, hasEnd } = this
    return { chassisId, portId, timeToLive, tlvs, hasEnd }
  }

  toString(): string {
    const { systemName } = this
    return `LLDP, length ${this.headerLength}${systemName === undefined ? '' : `: ${systemName}`}`
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    this.#portId = this.#behind(start, end)
    this.#timeToLive = this.#behind(this.#portId, end)
    this.#optional = this.#behind(this.#timeToLive, end)
    if (this.#optional < 0) return 'the frame ends within the first three TLVs of LLDP'
    if (!this.#isMandatory(start))
      return 'the LLDP data unit does not begin with chassis id, port id and time to live'
    let at = this.#optional
    this.#hasEnd = false
    while (at + TLV_HEADER <= end && !this.#hasEnd) {
      this.#hasEnd = this.#type(at) === LLDP_END
      if (this.#hasEnd && this.#length(at) !== 0) return 'the end of the LLDP data unit has a length'
      at = this.#behind(at, end)
      if (at < 0) return 'an LLDP TLV exceeds the frame'
    }
    this[point](start, at)
    return undefined
  }

  /** Identifiers have a subtype and 1 to 255 bytes, the time has at least two. */
  #isMandatory(start: number): boolean {
    return (
      this.#type(start) === LLDP_CHASSIS_ID &&
      isIdentifierLength(this.#length(start)) &&
      this.#type(this.#portId) === LLDP_PORT_ID &&
      isIdentifierLength(this.#length(this.#portId)) &&
      this.#type(this.#timeToLive) === LLDP_TIME_TO_LIVE &&
      this.#length(this.#timeToLive) === 2
    )
  }

  /** Where the TLV behind that at `at` starts; -1 when it is not there as a whole. */
  #behind(at: number, end: number): number {
    if (at < 0 || at + TLV_HEADER > end) return -1
    const next = at + TLV_HEADER + this.#length(at)
    return next <= end ? next : -1
  }

  #type(at: number): number {
    return (this.bytes[at] as number) >> 1
  }

  #length(at: number): number {
    return (((this.bytes[at] as number) & 1) << 8) | (this.bytes[at + 1] as number)
  }

  #value(at: number): Uint8Array {
    return this.bytes.subarray(at + TLV_HEADER, at + TLV_HEADER + this.#length(at))
  }
}

function isIdentifierLength(length: number): boolean {
  return length >= 2 && length <= 256
}
