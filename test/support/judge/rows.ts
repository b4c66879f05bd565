// How a field of ours is read from what tshark says.

import type { JudgedField, JudgedLayer } from './tshark.js'

/** The value that our `toJSON()` must have, by what tshark says of the layer in this frame. */
export type Row = (layer: JudgedLayer, frame: Uint8Array) => unknown

export interface JudgedProtocol {
  /** tshark's names of the protocol. */
  tshark: readonly string[]
  /** A row for every field of `toJSON()`; one that says undefined says that it is absent. */
  fields: Readonly<Record<string, Row>>
  /** Those of the fields that only a getter has. */
  getters?: readonly string[]
}

/** A layer, or a field with others within it. */
type Judged = Pick<JudgedLayer, 'fields'>

export function first(layer: Judged, name: string): JudgedField | undefined {
  return layer.fields.find((field) => field.name === name)
}

export function all(layer: Judged, name: string): JudgedField[] {
  return layer.fields.filter((field) => field.name === name)
}

/** A number, as tshark shows it; undefined where there is none. The first of these names that is there. */
export function number(...names: string[]): Row {
  return (layer) => {
    const field = names.map((name) => first(layer, name)).find((found) => found !== undefined)
    return field === undefined ? undefined : Number(field.show)
  }
}

/** One bit. */
export function flag(...names: string[]): Row {
  return (layer) => {
    const field = names.map((name) => first(layer, name)).find((found) => found !== undefined)
    return field === undefined ? undefined : ['1', 'True'].includes(field.show)
  }
}

/** As tshark shows it: addresses. */
export function shown(...names: string[]): Row {
  return (layer) => names.map((name) => first(layer, name)).find((found) => found !== undefined)?.show
}

/** As tshark shows all of this name. */
export function allShown(layer: Judged, name: string): string[] {
  return all(layer, name).map(({ show }) => show)
}

/** A number as it stands in the packet, where tshark shows what it means. */
export function raw(...names: string[]): Row {
  return (layer) => {
    const field = names.map((name) => first(layer, name)).find((found) => found !== undefined)
    return field === undefined ? undefined : Number.parseInt(field.value, 16)
  }
}

/** The number that tshark shows, of what is always there. */
export function numberOf(layer: Judged, name: string): number {
  return Number(first(layer, name)?.show)
}

/** So many bytes of the frame in hexadecimal digits, for what tshark says no more of than where it is. */
export function bytesAt(frame: Uint8Array, position: number, length: number): string {
  return Buffer.from(frame.subarray(position, position + length)).toString('hex')
}

/** Bytes in hexadecimal digits; none where tshark shows nothing. */
export function bytes(name: string): Row {
  return (layer) => first(layer, name)?.value ?? ''
}

/** Text in UTF-8. */
export function textOf(field: JudgedField | undefined): string | undefined {
  return field === undefined ? undefined : Buffer.from(field.value, 'hex').toString()
}

/** Only of layers of which this is true. */
export function where(condition: (layer: JudgedLayer) => boolean, row: Row): Row {
  return (layer, frame) => (condition(layer) ? row(layer, frame) : undefined)
}
