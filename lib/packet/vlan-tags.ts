import { checkBoolean, checkInteger, checkOptions } from '../validate.js'
import { VLAN_TAG, type VlanFields } from './headers/vlan.js'
import { ETHER_TYPE_VLAN } from './protocol-numbers.js'

/** A tag to push. Without more than `id`, it is one of 802.1Q with priority 0. */
export type VlanTagToPush = Pick<VlanFields, 'id'> & Partial<Omit<VlanFields, 'etherType'>>

/** Both MAC addresses: they stay in front of the tags. */
const ADDRESSES = 12

/** The four bytes of a tag as a number, checked. */
export function checkTag(tag: VlanTagToPush): number {
  checkOptions('tag', tag, ['tagProtocol', 'priority', 'dropEligible', 'id'])
  const { tagProtocol = ETHER_TYPE_VLAN, priority = 0, dropEligible = false, id } = tag
  checkInteger('tag.tagProtocol', tagProtocol, { minimum: 0x600, maximum: 0xffff })
  checkInteger('tag.priority', priority, { minimum: 0, maximum: 7 })
  checkInteger('tag.id', id, { minimum: 0, maximum: 4095 })
  const dropEligibleBit = checkBoolean('tag.dropEligible', dropEligible) ? 0x1000 : 0
  return ((tagProtocol << 16) | (priority << 13) | dropEligibleBit | id) >>> 0
}

/** Puts a tag behind the addresses of a frame that got four bytes of room in front. */
export function insertTag(bytes: Uint8Array, start: number, tag: number): void {
  bytes.copyWithin(start, start + VLAN_TAG, start + VLAN_TAG + ADDRESSES)
  const at = start + ADDRESSES
  bytes[at] = tag >>> 24
  bytes[at + 1] = tag >>> 16
  bytes[at + 2] = tag >>> 8
  bytes[at + 3] = tag
}

/** Moves the addresses over the outermost tag. The frame then starts four bytes later. */
export function removeTag(bytes: Uint8Array, start: number): void {
  bytes.copyWithin(start + VLAN_TAG, start, start + ADDRESSES)
}
