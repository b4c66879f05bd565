// How a field of ours is read from what tshark says.

import type { JudgedField, JudgedLayer } from './tshark.js'

/** The value that our `toJSON()` must have, by what tshark says of the layer in this frame. */
export type Row = (layer: JudgedLayer, frame: Uint8Array) => unknown

export interface JudgedProtocol {
  /** tshark's names of the protocol. */
  tshark: readonly string[]
  /** A row for every field of `toJSON()`; one that says undefined says that it is absent. */
  fields: Readonly<Record<string, Row>>
}

export function first(layer: JudgedLayer, name: string): JudgedField | undefined {
  return layer.fields.find((field) => field.name === name)
}

export function all(layer: JudgedLayer, name: string): JudgedField[] {
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
export function shown(name: string): Row {
  return (layer) => first(layer, name)?.show
}

/** Bytes in hexadecimal digits. */
export function bytes(name: string): Row {
  return (layer) => first(layer, name)?.value
}

/** Text in UTF-8. */
export function textOf(field: JudgedField | undefined): string | undefined {
  return field === undefined ? undefined : Buffer.from(field.value, 'hex').toString()
}
