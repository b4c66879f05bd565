// Packets at random: protocols of the table, one behind the other.

import fc, { type Arbitrary } from 'fast-check'
import { Frame, type Layer } from '../../../lib/packets.js'
import { PROTOCOLS } from './protocols.js'

export interface StackedLayer {
  name: string
  fields: object
}

export interface Stack {
  layers: StackedLayer[]
  payload: Uint8Array
}

const MOST_LAYERS = 12

/** Layers that can stand one behind the other, and a payload where there can be one. */
export const stacks: Arbitrary<Stack> = behind('start', [])

/** Layers up to one of this protocol, which is the last, in all the ways to it. */
export function stacksTo(name: string): Arbitrary<Stack> {
  return waysTo(name, 0).chain(ended)
}

function waysTo(name: string, length: number): Arbitrary<readonly string[]> {
  const { behind } = protocol(name)
  // Long ones go straight to the front.
  const shortest = Math.min(...behind.map((previous) => distance(previous)))
  const choices = length < 4 ? behind : behind.filter((previous) => distance(previous) === shortest)
  return fc
    .constantFrom(...choices)
    .chain((previous) => (previous === 'start' ? fc.constant([]) : waysTo(previous, length + 1)))
    .map((names) => [...names, name])
}

/** Layers from the front of a frame. */
function distance(name: string, visited: readonly string[] = []): number {
  if (name === 'start') return 0
  const others = protocol(name).behind.filter((previous) => !visited.includes(previous))
  return 1 + Math.min(...others.map((previous) => distance(previous, [...visited, name])))
}

function behind(name: string, names: readonly string[]): Arbitrary<Stack> {
  const choices = Object.keys(PROTOCOLS).filter((next) => PROTOCOLS[next]?.behind.includes(name))
  const canEnd = name !== 'start' && (choices.length === 0 || protocol(name).hasPayload)
  // The end is as likely as any protocol, and the only choice of a packet that is long already.
  const mustEnd = canEnd && names.length >= MOST_LAYERS
  const next = mustEnd ? [undefined] : [...choices, ...(canEnd ? [undefined] : [])]
  return fc
    .constantFrom(...next)
    .chain((chosen) => (chosen === undefined ? ended(names) : behind(chosen, [...names, chosen])))
}

function ended(names: readonly string[]): Arbitrary<Stack> {
  const layers = names.map((name, index) =>
    protocol(name)
      .fields(names[index + 1])
      .map((fields) => ({ name, fields })),
  )
  const hasPayload = protocol(names.at(-1) as string).hasPayload
  return fc.record({
    layers: fc.tuple(...layers),
    payload: hasPayload ? payloads : fc.constant(new Uint8Array()),
  })
}

/** No first byte of IPv4 or IPv6, which is how some tunnels know what they carry. */
const payloads = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => bytes.map((byte, index) => (index === 0 ? byte | 0x80 : byte)))

export function buildStack({ layers, payload }: Stack): Frame {
  const parts = layers.map(({ name, fields }) => protocol(name).build(fields as never))
  return payload.length > 0 ? Frame.build(...parts, payload) : Frame.build(...parts)
}

/** The same with other bytes in place of the last layer and its payload: those in front are as long as these need. */
export function buildWithLast({ layers }: Stack, bytes: Uint8Array): Frame {
  const parts = layers.map(({ name, fields }) => protocol(name).build(fields as never))
  const replaced = { ...(parts.at(-1) as Layer), encode: () => bytes, complete: () => {} }
  return Frame.build(...parts.slice(0, -1), replaced)
}

function protocol(name: string) {
  const found = PROTOCOLS[name]
  if (found === undefined) throw new Error(`there is no protocol ${name}`)
  return found
}
