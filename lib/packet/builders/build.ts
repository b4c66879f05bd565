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
  const payloadLengths: number[] = []
  let counted = 0
  let trailing = 0
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i] as Layer
    const header = layer.encode({ previous: layers[i - 1], next: layers[i + 1], payloadLength: counted })
    headers[i] = header
    payloadLengths[i] = counted
    if (layer.isTrailer) trailing += header.length
    else counted += header.length
    if (layer.name !== 'ethernet') continue
    // A tunnel carries the whole frame, also what pads it.
    counted += trailing
    trailing = 0
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
    const start = starts[i] as number
    const end = start + (headers[i] as Uint8Array).length + (payloadLengths[i] as number)
    layers[i]?.complete?.(memory, {
      start,
      end,
      network: networkBefore(layers, starts, i),
      next: layers[i + 1],
    })
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
