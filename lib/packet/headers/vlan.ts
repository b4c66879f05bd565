import { point } from '../flyweight.js'
import { bound } from '../memory.js'
import { ETHER_TYPE_SERVICE_VLAN, ETHER_TYPE_VLAN } from '../protocol-numbers.js'
import { Header, locate } from './header.js'

/** Bytes that a tag adds to a frame. */
export const VLAN_TAG = 4

const PRIORITY_SHIFT = 13
const DROP_ELIGIBLE = 0x1000
const ID_MASK = 0x0fff

export interface VlanFields {
  /** What announces the tag: 0x8100 of 802.1Q, 0x88a8 of 802.1ad. */
  tagProtocol: number
  /** 0 to 7. */
  priority: number
  /** May be dropped first. */
  dropEligible: boolean
  /** 0 to 4095. */
  id: number
  /** What follows: as in the Ethernet header. */
  etherType: number
}

/**
 * A VLAN tag of a packet, in place: tag control information and the EtherType behind it.
 *
 * `packet.vlanTag` is the outermost one, `inner` the next. A tag that the device took off is in `packet.vlan`.
 *
 * @see IEEE 802.1Q, clause 9
 */
export class VlanTag extends Header {
  readonly name = 'vlanTag'
  #inner: VlanTag | undefined

  get headerLength(): number {
    return VLAN_TAG
  }

  /** The EtherType that announces it: 0x8100 of 802.1Q, 0x88a8 of 802.1ad. */
  get tagProtocol(): number {
    return this.read16(-2)
  }

  set tagProtocol(value: number) {
    this.write16(-2, value)
  }

  /** 0 to 7. */
  get priority(): number {
    return this.read16(0) >> PRIORITY_SHIFT
  }

  set priority(value: number) {
    this.write16(0, (this.read16(0) & 0x1fff) | ((value & 7) << PRIORITY_SHIFT))
  }

  get dropEligible(): boolean {
    return (this.read16(0) & DROP_ELIGIBLE) !== 0
  }

  set dropEligible(value: boolean) {
    this.write16(0, (this.read16(0) & ~DROP_ELIGIBLE) | (value ? DROP_ELIGIBLE : 0))
  }

  /** The VLAN: 0 to 4095; 0 is none, only a priority. */
  get id(): number {
    return this.read16(0) & ID_MASK
  }

  set id(value: number) {
    this.write16(0, (this.read16(0) & ~ID_MASK) | (value & ID_MASK))
  }

  /** What follows: as in the Ethernet header. */
  get etherType(): number {
    return this.read16(2)
  }

  set etherType(value: number) {
    this.write16(2, value)
  }

  /** The next tag, if one follows. */
  get inner(): VlanTag | undefined {
    if (!isVlanEtherType(this.etherType) || this.payloadLength < VLAN_TAG) return undefined
    this.#inner ??= new (bound(VlanTag, this.memory))(this.memory)
    return this.#inner[point](this.start + VLAN_TAG, this.end)
  }

  toJSON(): VlanFields {
    const { tagProtocol, priority, dropEligible, id, etherType } = this
    return { tagProtocol, priority, dropEligible, id, etherType }
  }

  toString(): string {
    return `vlan ${this.id}, p ${this.priority}${this.dropEligible ? ', DEI' : ''}`
  }

  /** @internal */
  [locate](start: number, end: number): string | undefined {
    if (start + VLAN_TAG > end) return 'the frame ends within a VLAN tag'
    this[point](start, end)
    return undefined
  }
}

/** Whether this EtherType announces a tag. */
export function isVlanEtherType(etherType: number): boolean {
  return etherType === ETHER_TYPE_VLAN || etherType === ETHER_TYPE_SERVICE_VLAN
}
