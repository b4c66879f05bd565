// Everything that can be read of a packet, as plain values: to see that two packets look the same.

import { inspect } from 'node:util'
import { Header } from '../../../lib/packet/headers/header.js'
import { Layers } from '../../../lib/packet/layers.js'
import { allocatePacketMemory } from '../../../lib/packet/memory.js'
import { summarize } from '../../../lib/packet/summary.js'

/** A packet amid other bytes, as packets lie in the arena. */
export class SurroundedPacket extends Layers {
  readonly #start: number
  readonly #end: number

  /** @param fill the bytes around it */
  constructor(bytes: Uint8Array, fill: number, start = 64) {
    const memory = allocatePacketMemory(start + bytes.length + 64)
    super(memory)
    memory.bytes.fill(fill)
    memory.bytes.set(bytes, start)
    this.#start = start
    this.#end = start + bytes.length
  }

  protected get frameStart(): number {
    return this.#start
  }

  protected get frameEnd(): number {
    return this.#end
  }

  protected get frameExtent(): number {
    return this.#end
  }

  /** The bytes around it. */
  get surroundings(): Uint8Array {
    const { bytes } = this.memory
    return Uint8Array.from([...bytes.subarray(0, this.#start), ...bytes.subarray(this.#end)])
  }
}

/** All getters of the packet and of its headers, and what they say in text. */
export function observe(packet: Layers): object {
  return {
    malformed: packet.malformed,
    summary: summarize(packet),
    getters: readGetters(packet),
    headers: packet.headers().map(observeHeader),
  }
}

function observeHeader(header: Header): object {
  return {
    ...readGetters(header),
    json: header.toJSON(),
    text: String(header),
    inspected: inspect(header),
    ...('hasValidChecksum' in header && { isValid: (header.hasValidChecksum as () => boolean)() }),
  }
}

function readGetters(object: object): Record<string, unknown> {
  const names = accessors(object).flatMap(([name, { get }]) => (get === undefined ? [] : [name]))
  return Object.fromEntries(names.map((name) => [name, plain(object[name as keyof typeof object])]))
}

/** Other headers and packets are observed themselves: of them, only that they are there. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Header || value instanceof Layers) return value.constructor.name
  return value
}

/** Those of all its classes. */
export function accessors(object: object): [string, PropertyDescriptor][] {
  const found: [string, PropertyDescriptor][] = []
  let prototype = Object.getPrototypeOf(object)
  while (prototype !== Object.prototype) {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    // What is of the test or says where the packet lies, is not of the packet.
    const skipped = ['surroundings', 'frameStart', 'frameEnd', 'frameExtent']
    found.push(...descriptors.filter(([name, { get, set }]) => (get ?? set) && !skipped.includes(name)))
    prototype = Object.getPrototypeOf(prototype)
  }
  return found
}
