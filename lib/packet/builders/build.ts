import { invalidType } from '../../validate.js'
import { allocatePacketMemory } from '../memory.js'
import type { Layer } from './layer.js'
import { payload } from './raw.js'

/** What a packet can be built of: layers, bytes, and text. */
export type BuildPart = Layer | Uint8Array | string

/** Lays the layers one behind the other. Headers are made from the last to the first, as each needs the next's length. */
export function build(parts: readonly BuildPart[]): Uint8Array {
  const layers = parts.map(layerOf)
  const headers: Uint8Array[] = []
  let counted = 0
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i] as Layer
    const next = layers[i + 1]
    const header = layer.encode({ previous: layers[i - 1], next, payloadLength: counted })
    headers[i] = header
    if (!layer.isTrailer) counted += header.length
  }
  const length = headers.reduce((sum, header) => sum + header.length, 0)
  const memory = allocatePacketMemory(length)
  const starts: number[] = []
  let at = 0
  for (const header of headers) {
    memory.bytes.set(header, at)
    starts.push(at)
    at += header.length
  }
  for (let i = layers.length - 1; i >= 0; i--) {
    const place = { start: starts[i] as number, end: counted, network: networkBefore(layers, starts, i) }
    layers[i]?.complete?.(memory, place)
  }
  return memory.bytes.subarray(0, length)
}

function networkBefore(layers: readonly Layer[], starts: readonly number[], index: number): number {
  for (let i = index - 1; i >= 0; i--) {
    const name = layers[i]?.name
    if (name === 'ipv4' || name === 'ipv6') return starts[i] as number
  }
  return -1
}

function layerOf(part: BuildPart, index: number): Layer {
  if (part instanceof Uint8Array || typeof part === 'string') return payload(part)
  if (typeof (part as Partial<Layer> | null)?.encode === 'function') return part
  throw invalidType(`layers[${index}]`, 'a layer such as ipv4(), bytes, or text', part)
}
