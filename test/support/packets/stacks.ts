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

/** Those that a packet can end with: VXLAN is not without an Ethernet header. */
const LAST = Object.entries(PROTOCOLS).flatMap(([name, { payload }]) => {
  const isCarrier = Object.values(PROTOCOLS).some(({ behind }) => behind.includes(name))
  return payload !== undefined || !isCarrier ? [name] : []
})

/** Layers that can stand one behind the other, and a payload where there can be one. */
export const stacks: Arbitrary<Stack> = fc.constantFrom(...LAST).chain(stacksTo)

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

/** How many layers it takes from the front of a frame to each protocol. */
const DISTANCES = new Map([['start', 0]])
while (DISTANCES.size <= Object.keys(PROTOCOLS).length) {
  const reached = [...DISTANCES]
  for (const [name, { behind }] of Object.entries(PROTOCOLS)) {
    const before = reached.filter(([previous]) => behind.includes(previous)).map(([, length]) => length)
    if (!DISTANCES.has(name) && before.length > 0) DISTANCES.set(name, Math.min(...before) + 1)
  }
  if (DISTANCES.size === reached.length) throw new Error('there are protocols that no way leads to')
}

function distance(name: string): number {
  return DISTANCES.get(name) ?? Number.POSITIVE_INFINITY
}

function ended(names: readonly string[]): Arbitrary<Stack> {
  const layers = names.map((name, index) =>
    protocol(name)
      .fields(names[index + 1])
      .map((fields) => ({ name, fields })),
  )
  return fc.tuple(...layers).chain((layers) => {
    const { name, fields } = layers.at(-1) as StackedLayer
    const payload = protocol(name).payload?.(fields) ?? fc.constant(new Uint8Array())
    return payload.map((payload) => ({ layers, payload }))
  })
}

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
