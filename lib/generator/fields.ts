/** From a field's name and values to what an lcore executes. */

import type { NativeField } from '../addon.js'
import type { Frame } from '../packet/frame.js'
import { checkInteger, invalidValue, outOfRange } from '../validate.js'
import { type Checksums, coverage, type Range, startOf } from './checksums.js'
import { FIELD_NAMES, type FieldName, type FieldShape, fieldPlace, findHeader } from './field-names.js'
import type { Seeds } from './seeds.js'
import { type FieldValues, resolveValues, type Values } from './values.js'

/** Values by the names of fields. */
export type Fields = { readonly [name in FieldName]?: FieldValues }

/** Values for any bytes of a frame. */
export type Patch = FieldValues & {
  /** Of the first byte, in the frame. */
  offset: number
  /** Bytes, in network order: 1, 2, 4 or 8. */
  width: 1 | 2 | 4 | 8
  /** The bits that change; the others stay. Values are as wide as they. Default: all. */
  mask?: number | bigint
}

const WORD = 2n ** 64n
const LAST_WORD = WORD - 1n

/** A field of at most eight bytes. */
type Piece = NativeField & { name: string }

export function compileFields(
  name: string,
  frame: Frame,
  fields: Fields,
  patches: readonly Patch[],
  seeds: Seeds,
): Piece[] {
  const named = Object.entries(fields).flatMap(([field, values]) => {
    const argument = `${name}.fields['${field}']`
    const shape = fieldPlace(field)
    if (shape === undefined) {
      throw invalidValue(
        `${name}.fields`,
        `named by ${FIELD_NAMES.join(', ')}, or any of them behind 'inner.'`,
        field,
      )
    }
    const header = findHeader(field, frame)
    if (header === undefined) {
      throw invalidValue(argument, 'a field of a header that the frame has', frame.summary())
    }
    const resolved = resolveValues(argument, values, shape.kind, bitsOf(shape.mask))
    return pieces(argument, { ...shape, at: startOf(frame, header) + shape.at }, resolved, seeds)
  })
  const patched = patches.flatMap((patch, index) => {
    const argument = `${name}.patches[${index}]`
    const shape = patchShape(argument, patch, frame.length)
    const { offset, width, mask, ...values } = patch
    const resolved = resolveValues(argument, values as FieldValues, 'number', bitsOf(shape.mask))
    return pieces(argument, shape, resolved, seeds)
  })
  const all = [...named, ...patched]
  refuseOverlaps(all)
  return all
}

/** Which checksums each field counts in. */
export function cover(pieces: readonly Piece[], { following, fixed }: Checksums): NativeField[] {
  return pieces.map(({ name, ...piece }) => {
    const range = changedRange(piece)
    for (const { offset, name: checksum } of following) {
      if (touches(piece, offset) || touches(piece, offset + 1)) {
        throw invalidValue(name, `no part of the checksum of ${checksum}, which is computed`, piece.offset)
      }
    }
    for (const { name: checksum, covers } of fixed) {
      if (changedBytes(piece).some((at) => at >= covers.start && at < covers.end)) {
        throw invalidValue(
          name,
          'outside of SCTP, whose checksum cannot follow what changes',
          `a field of ${checksum}`,
        )
      }
    }
    return { ...piece, ...coverage(range, following, (checksum) => straddles(name, checksum)) }
  })
}

function straddles(name: string, checksum: string): never {
  throw invalidValue(name, `within or outside of what the checksum of ${checksum} covers`, 'both')
}

/** Of the bytes that change. A wide field may have others around them. */
function changedRange(piece: NativeField): Range & { numberEnd: number } {
  const changed = changedBytes(piece)
  return {
    start: changed[0] as number,
    end: (changed.at(-1) as number) + 1,
    numberEnd: piece.offset + piece.width,
  }
}

/** The bytes in which a bit may change. */
function changedBytes({ offset, width, mask }: NativeField): number[] {
  return Array.from({ length: width }, (_, index) => index)
    .filter((index) => ((mask >> BigInt(8 * (width - 1 - index))) & 0xffn) !== 0n)
    .map((index) => offset + index)
}

function touches(piece: NativeField, at: number): boolean {
  return changedBytes(piece).includes(at)
}

function refuseOverlaps(pieces: readonly Piece[]): void {
  const owners = new Map<number, string>()
  for (const piece of pieces) {
    for (const at of changedBytes(piece)) {
      const byte = Number((piece.mask >> BigInt(8 * (piece.offset + piece.width - 1 - at))) & 0xffn)
      for (let bit = 0; bit < 8; bit++) {
        if (((byte >> bit) & 1) === 0) continue
        const key = 8 * at + bit
        const owner = owners.get(key)
        if (owner !== undefined) throw invalidValue(piece.name, `other bits than ${owner}`, 'the same')
        owners.set(key, piece.name)
      }
    }
  }
}

function patchShape(name: string, patch: Patch, length: number): FieldShape {
  const { offset, width, mask } = patch
  const widths = [1, 2, 4, 8]
  if (!widths.includes(checkInteger(`${name}.width`, width, { minimum: 1, maximum: 8, unit: 'bytes' }))) {
    throw outOfRange(`${name}.width`, '1, 2, 4 or 8', width)
  }
  const limits = { minimum: 0, maximum: length - width, unit: 'bytes' }
  const at = checkInteger(`${name}.offset`, offset, limits)
  const all = 2n ** BigInt(8 * width) - 1n
  const bits = mask === undefined ? all : BigInt(mask)
  if (bits <= 0n || bits > all) throw outOfRange(`${name}.mask`, `from 1 to ${all}`, mask)
  const shift = bits.toString(2).match(/0*$/)?.[0].length ?? 0
  if (((bits >> BigInt(shift)) & ((bits >> BigInt(shift)) + 1n)) !== 0n) {
    throw invalidValue(`${name}.mask`, 'bits that are next to each other', mask)
  }
  return { at, width, mask: bits, shift, kind: 'number' }
}

function bitsOf(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length
}

function pieces(
  name: string,
  { at, width, mask, shift, kind }: FieldShape,
  values: Values,
  seeds: Seeds,
): Piece[] {
  const common = { name, covered: 0, swapped: 0, repeat: values.repeat }
  if (width !== 16) {
    // Random addresses of stations, not of groups, and none that a manufacturer gave: the first byte's last bits stay.
    const isAnyStation = kind === 'mac' && values.kind === 'random' && values.bounds === undefined
    const place = { ...common, offset: at, width, shift, mask: isAnyStation ? mask & ~(3n << 56n) : mask }
    return [{ ...place, ...within(values, 2n ** BigInt(bitsOf(mask)) - 1n, seeds) }]
  }
  // Sixteen bytes are two pieces.
  const half = { ...common, width: 8, shift: 0, mask: LAST_WORD }
  const [high, low] = [
    { ...half, offset: at },
    { ...half, offset: at + 8 },
  ]
  if (values.kind === 'list') {
    return [
      { ...high, kind: 'list', list: BigUint64Array.from(values.list, (value) => value >> 64n) },
      { ...low, kind: 'list', list: BigUint64Array.from(values.list, (value) => value & LAST_WORD) },
    ]
  }
  const bounds = values.kind === 'range' ? values : values.bounds
  if (bounds === undefined) {
    return [high, low].map((piece) => ({ ...piece, ...within(values, LAST_WORD, seeds) }))
  }
  const prefix = bounds.minimum >> 64n
  if (prefix !== bounds.maximum >> 64n) {
    throw outOfRange(name, 'from one address to another with the same first 64 bits', 'others', 'Use a list.')
  }
  const lowBounds = { minimum: bounds.minimum & LAST_WORD, maximum: bounds.maximum & LAST_WORD }
  const lowValues: Values =
    values.kind === 'range'
      ? { ...values, ...lowBounds, start: values.start & LAST_WORD }
      : { ...values, bounds: lowBounds }
  return [
    { ...high, kind: 'list', list: BigUint64Array.of(prefix) },
    { ...low, ...within(lowValues, LAST_WORD, seeds) },
  ]
}

type Way =
  | Pick<NativeField & { kind: 'range' }, 'kind' | 'minimum' | 'maximum' | 'start' | 'step' | 'descending'>
  | Pick<NativeField & { kind: 'random' }, 'kind' | 'minimum' | 'maximum' | 'seed'>
  | Pick<NativeField & { kind: 'list' }, 'kind' | 'list'>

function within(values: Values, last: bigint, seeds: Seeds): Way {
  switch (values.kind) {
    case 'list':
      return { kind: 'list', list: BigUint64Array.from(values.list) }
    case 'random':
      return { kind: 'random', ...(values.bounds ?? { minimum: 0n, maximum: last }), seed: seeds.next() }
    case 'range': {
      const { minimum, maximum, start, step } = values
      return { kind: 'range', minimum, maximum, start, step: step < 0n ? -step : step, descending: step < 0n }
    }
  }
}
