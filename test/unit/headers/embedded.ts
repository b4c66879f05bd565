// A packet in the midst of other bytes, as in the arena: who reads outside of it reads what the test has put there.

import { expect } from 'vitest'
import type { Header } from '../../../lib/packet/headers/header.js'
import { Layers } from '../../../lib/packet/layers.js'
import { allocatePacketMemory } from '../../../lib/packet/memory.js'
import { summarize } from '../../../lib/packet/summary.js'

const AROUND = 256

class EmbeddedPacket extends Layers {
  readonly #length: number

  constructor(frame: Uint8Array, around: number) {
    const memory = allocatePacketMemory(frame.length + 2 * AROUND)
    memory.bytes.fill(around)
    memory.bytes.set(frame, AROUND)
    super(memory)
    this.#length = frame.length
  }

  protected get frameStart(): number {
    return AROUND
  }

  protected get frameEnd(): number {
    return AROUND + this.#length
  }

  protected get frameExtent(): number {
    return this.frameEnd
  }
}

/**
 * Reads everything that can be read of a packet, by every getter of every header; `more` names methods, as text for
 * people. It must be the same whatever lies around the packet, and nothing may throw.
 */
export function expectNoAccessOutside(frame: Uint8Array, more: (header: Header) => unknown = () => 0): void {
  const [zeros, ones, mixed] = [0x00, 0xff, 0x41].map((around) => everythingOf(frame, around, more))
  expect(ones).toEqual(zeros)
  expect(mixed).toEqual(zeros)
}

function everythingOf(frame: Uint8Array, around: number, more: (header: Header) => unknown): unknown {
  const packet = new EmbeddedPacket(frame, around)
  const headers = packet
    .headers()
    .map((header) => [
      header.name,
      ...getters(header).map((name) => [name, plain(header[name as keyof Header])]),
      header.toJSON(),
      String(header),
      more(header),
    ])
  return [packet.malformed, summarize(packet), headers]
}

function getters(header: object): string[] {
  const names: string[] = []
  for (let at = Object.getPrototypeOf(header); at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(at))
    names.push(...descriptors.filter(([, { get }]) => get !== undefined).map(([name]) => name))
  }
  return names
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}

/** The frame cut off at every length, with IP's and UDP's lengths as they were and made to fit. */
export function truncations(frame: Uint8Array): Uint8Array[] {
  const cut = Array.from({ length: frame.length }, (_, length) => frame.subarray(0, length))
  return [...cut, ...cut.filter(({ length }) => length >= 42).map(fitted)]
}

/** An Ethernet frame of IPv4 whose lengths say where it ends; UDP's too. */
function fitted(frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame)
  const view = new DataView(copy.buffer)
  view.setUint16(16, frame.length - 14)
  if (copy[23] === 17) view.setUint16(38, frame.length - 34)
  return copy
}

/** The frame with some bytes changed, behind the Ethernet header; a generator of its own, so that failures come again. */
export function flips(frame: Uint8Array, count: number, from = 14): Uint8Array[] {
  let state = 1
  const random = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return Array.from({ length: count }, () => {
    const copy = Uint8Array.from(frame)
    for (let i = random(4); i >= 0; i--) copy[from + random(frame.length - from)] = random(256)
    return copy
  })
}
