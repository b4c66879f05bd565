import type { Layer } from './layer.js'

const encoder = new TextEncoder()

/** Bytes as they are, or text in UTF-8. `Frame.build` makes it of a Uint8Array or a string. */
export function payload(content: Uint8Array | string): Layer {
  const bytes = typeof content === 'string' ? encoder.encode(content) : Uint8Array.from(content)
  return { name: 'payload', fields: { bytes }, encode: () => bytes }
}

/** Bytes at a frame's end that no length counts, as Ethernet pads short frames. */
export function trailer(content: Uint8Array): Layer {
  const bytes = Uint8Array.from(content)
  return { name: 'trailer', fields: { bytes }, isTrailer: true, encode: () => bytes }
}
