// A handler ring in ordinary memory, with the test in the lcore's place.

import type { NativeRing } from '../../lib/addon.js'
import { Arena } from '../../lib/arena.js'
import {
  ASLEEP,
  COMPLETED,
  DESCRIPTOR,
  DESCRIPTOR_LENGTH,
  DESCRIPTOR_OFFSET,
  DESCRIPTOR_VERDICT,
  FLAG_HASH,
  FLAG_VLAN,
  METADATA,
  METADATA_FLAGS,
  METADATA_HASH,
  METADATA_HEADROOM,
  METADATA_PACKET_TYPE,
  METADATA_VLAN,
  MORE_SEGMENTS,
  PRODUCED,
  RING_HEADER,
  SEGMENTED,
} from '../../lib/ring/layout.js'
import { SendRing } from '../../lib/ring/send-ring.js'

const RING_OFFSET = 4096
const SEND_OFFSET = 32768
const SEND_SIZE = 8
const PACKETS_OFFSET = 65536
const BUFFER = 2048

export class HandLaidRing {
  readonly arena: Arena
  readonly ring: NativeRing
  readonly sendRing: SendRing
  readonly packetsOffset: number
  readonly #view: DataView
  #produced: number

  /** @param start where the running counters begin: near 2³², wrapping is tested. */
  constructor({ size = 16, start = 0, packetsOffset = PACKETS_OFFSET } = {}) {
    this.packetsOffset = packetsOffset
    this.arena = new Arena({ buffer: new SharedArrayBuffer(PACKETS_OFFSET + (size + 1) * BUFFER) })
    this.#view = new DataView(this.arena.buffer)
    const send = { sendOffset: SEND_OFFSET, sendSize: SEND_SIZE }
    this.ring = { id: 7, offset: RING_OFFSET, size, ...send, lcore: 1, port: 3, queue: 2 }
    this.sendRing = new SendRing(this.arena, { offset: SEND_OFFSET, size: SEND_SIZE, lcore: 1 }, () => {})
    this.#produced = start
    this.#setCounter(PRODUCED, start)
    this.#setCounter(COMPLETED, start)
  }

  /** Delivers a packet; given several pieces, as a packet of as many segments. */
  deliver(...segments: Uint8Array[]): void {
    segments.forEach((segment, index) => {
      const slot = (this.#produced + index) % this.ring.size
      const offset = this.packetsOffset + slot * BUFFER
      this.arena.bytes.set(segment, offset)
      this.#view.setUint32(this.#descriptor(slot) + DESCRIPTOR_OFFSET, offset, true)
      this.#view.setUint16(this.#descriptor(slot) + DESCRIPTOR_LENGTH, segment.length, true)
      const verdict = index === segments.length - 1 ? 0 : MORE_SEGMENTS
      this.#view.setUint16(this.#descriptor(slot) + DESCRIPTOR_VERDICT, verdict, true)
    })
    this.#produced = (this.#produced + segments.length) >>> 0
    if (segments.length > 1) this.#setCounter(SEGMENTED, this.#produced)
    this.#setCounter(PRODUCED, this.#produced)
  }

  setMetadata(
    slot: number,
    values: { hash?: number; vlan?: number; packetType?: number; headroom?: number },
  ): void {
    const metadata = RING_OFFSET + RING_HEADER + this.ring.size * DESCRIPTOR + slot * METADATA
    const { hash, vlan, packetType = 0, headroom = 0 } = values
    const flags = (hash === undefined ? 0 : FLAG_HASH) | (vlan === undefined ? 0 : FLAG_VLAN)
    this.#view.setUint32(metadata + METADATA_HASH, hash ?? 0, true)
    this.#view.setUint32(metadata + METADATA_PACKET_TYPE, packetType, true)
    this.#view.setUint16(metadata + METADATA_VLAN, vlan ?? 0, true)
    this.#view.setUint16(metadata + METADATA_FLAGS, flags, true)
    this.#view.setUint16(metadata + METADATA_HEADROOM, headroom, true)
  }

  verdict(slot: number): number {
    return this.#view.getUint16(this.#descriptor(slot) + DESCRIPTOR_VERDICT, true)
  }

  verdicts(count: number): number[] {
    return Array.from({ length: count }, (_, slot) => this.verdict(slot))
  }

  /** The bytes that the packet in this slot has now. */
  bytes(slot: number): Uint8Array {
    const offset = this.#view.getUint32(this.#descriptor(slot) + DESCRIPTOR_OFFSET, true)
    const length = this.#view.getUint16(this.#descriptor(slot) + DESCRIPTOR_LENGTH, true)
    return this.arena.bytes.slice(offset, offset + length)
  }

  get completed(): number {
    return this.#view.getUint32(RING_OFFSET + COMPLETED, true)
  }

  set produced(value: number) {
    this.#produced = value
    this.#setCounter(PRODUCED, value)
  }

  set asleep(value: boolean) {
    this.#setCounter(ASLEEP, value ? 1 : 0)
  }

  #descriptor(slot: number): number {
    return RING_OFFSET + RING_HEADER + slot * DESCRIPTOR
  }

  #setCounter(at: number, value: number): void {
    this.#view.setUint32(RING_OFFSET + at, value, true)
  }
}
