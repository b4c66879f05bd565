/** How fast a generator sends. */

import type { NativePace } from '../addon.js'
import { DpdkError } from '../errors.js'
import { checkNumber, checkOneOf, checkOptions, invalidValue } from '../validate.js'

/**
 * - `packetsPerSecond`
 * - `bitsPerSecond` of `frame`s, as their lengths are counted everywhere here, without the frame check sequence; or on the
 *   `wire`: with it, padding to the shortest frame, preamble and the gap between frames, 24 bytes a frame. Default: `frame`.
 * - `percent` of what the line takes, on the wire. `lineBitsPerSecond` defaults to the speed of the port's link.
 */
export type RateOptions =
  | { packetsPerSecond: number }
  | { bitsPerSecond: number; layer?: 'frame' | 'wire' }
  | { percent: number; lineBitsPerSecond?: number }

type Cost = Pick<NativePace, 'unitsPerSecond' | 'unitsPerPacket' | 'unitsPerByte' | 'shortestBytes'>

/** Preamble and start delimiter, frame check sequence, gap. @see IEEE 802.3, clauses 3 and 4.4.2 */
const WIRE_OVERHEAD = 8 + 4 + 12
const SHORTEST_FRAME = 60
const UNKNOWN_SPEED = 0xffffffff

/** @param linkSpeed asks the port, in Mbit/s */
export async function resolveRate(
  name: string,
  rate: RateOptions | undefined,
  linkSpeed: () => Promise<number>,
): Promise<Cost> {
  if (rate === undefined) return { unitsPerSecond: 0, unitsPerPacket: 1, unitsPerByte: 0, shortestBytes: 0 }
  checkOptions(name, rate, ['packetsPerSecond', 'bitsPerSecond', 'layer', 'percent', 'lineBitsPerSecond'])
  const kinds = ['packetsPerSecond', 'bitsPerSecond', 'percent'].filter((kind) => kind in rate)
  if (kinds.length !== 1) {
    throw invalidValue(name, 'one of { packetsPerSecond }, { bitsPerSecond } and { percent }', rate)
  }
  if ('packetsPerSecond' in rate) {
    const limits = { minimum: 0.001, maximum: 1e9, unit: 'packets' }
    const unitsPerSecond = checkNumber(`${name}.packetsPerSecond`, rate.packetsPerSecond, limits)
    return { unitsPerSecond, unitsPerPacket: 1, unitsPerByte: 0, shortestBytes: 0 }
  }
  const bits = { minimum: 1, maximum: 1e12, unit: 'bits' }
  if ('bitsPerSecond' in rate) {
    const layer = checkOneOf(`${name}.layer`, rate.layer ?? 'frame', ['frame', 'wire'])
    const bitsPerSecond = checkNumber(`${name}.bitsPerSecond`, rate.bitsPerSecond, bits)
    if (layer === 'wire') return onTheWire(bitsPerSecond)
    return { unitsPerSecond: bitsPerSecond / 8, unitsPerPacket: 0, unitsPerByte: 1, shortestBytes: 0 }
  }
  const percent = checkNumber(`${name}.percent`, rate.percent, { minimum: 0.0001, maximum: 100 })
  const line =
    rate.lineBitsPerSecond === undefined
      ? await lineSpeed(name, linkSpeed)
      : checkNumber(`${name}.lineBitsPerSecond`, rate.lineBitsPerSecond, bits)
  return onTheWire((line * percent) / 100)
}

function onTheWire(bitsPerSecond: number): Cost {
  return {
    unitsPerSecond: bitsPerSecond / 8,
    unitsPerPacket: WIRE_OVERHEAD,
    unitsPerByte: 1,
    shortestBytes: SHORTEST_FRAME,
  }
}

async function lineSpeed(name: string, linkSpeed: () => Promise<number>): Promise<number> {
  const megabits = await linkSpeed()
  if (megabits !== 0 && megabits !== UNKNOWN_SPEED) return megabits * 1e6
  throw new DpdkError("the port's link does not say how fast it is", {
    code: 'ERR_DPDK_LINK_SPEED_UNKNOWN',
    hint: `Say it: ${name}.lineBitsPerSecond, for example 10e9.`,
  })
}
