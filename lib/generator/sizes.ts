/** How long a stream's packets are. */

import { checkArray, checkInteger, checkOptions, invalidType, invalidValue } from '../validate.js'
import { checkWeight } from './weights.js'

/** Bytes of a frame, from the destination MAC address to the end of the payload; the frame check sequence is not counted. */
export interface WeightedSize {
  size: number
  /** Default: 1. */
  weight?: number
}

/**
 * One size; several by turns; several with weights; or the mix `imix`: of 12 packets, 7 of 60 bytes, 4 of 590 and 1 of
 * 1514, that is, IP packets of at most 46, 576 and 1500 bytes.
 */
export type SizeOptions = number | 'imix' | readonly (number | WeightedSize)[]

const IMIX: readonly Required<WeightedSize>[] = [
  { size: 60, weight: 7 },
  { size: 590, weight: 4 },
  { size: 1514, weight: 1 },
]

/** @param longest bytes that fit into a buffer */
export function resolveSizes(name: string, sizes: unknown, longest: number): Required<WeightedSize>[] {
  const limits = { minimum: 14, maximum: longest, unit: 'bytes' }
  const check = (argument: string, size: unknown) => checkInteger(argument, size, limits)
  if (sizes === 'imix') return IMIX.map(({ size, weight }) => ({ size: check(name, size), weight }))
  if (typeof sizes === 'number') return [{ size: check(name, sizes), weight: 1 }]
  if (!Array.isArray(sizes)) throw invalidType(name, "a number of bytes, 'imix', or an array", sizes)
  if (sizes.length === 0) throw invalidValue(name, 'at least one size', sizes)
  return checkArray(name, sizes, (argument, each) => {
    if (typeof each === 'number') return { size: check(argument, each), weight: 1 }
    checkOptions(argument, each, ['size', 'weight'])
    const { size, weight = 1 } = each as WeightedSize
    return { size: check(`${argument}.size`, size), weight: checkWeight(`${argument}.weight`, weight) }
  })
}
