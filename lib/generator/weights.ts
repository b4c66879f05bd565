/** Weights become an order that is repeated: exact after every turn, and even within it. */

import { checkInteger, outOfRange } from '../validate.js'

const LONGEST_TURN = 65535

export function checkWeight(name: string, weight: unknown): number {
  return checkInteger(name, weight, { minimum: 1, maximum: LONGEST_TURN })
}

/**
 * Indexes of the weights, each as often as its weight over the greatest common divisor, as far apart as they can be:
 * `[7, 4, 1]` gives 0 1 0 0 1 0 2 0 1 0 1 0.
 *
 * The way is that of nginx's smooth weighted round robin: each gains its weight in every step, the one that has most goes
 * and pays what all gained.
 */
export function orderByWeight(name: string, weights: readonly number[]): Uint16Array {
  const divisor = weights.reduce(greatestCommonDivisor)
  const steps = weights.map((weight) => weight / divisor)
  const turn = steps.reduce((sum, step) => sum + step, 0)
  if (turn > LONGEST_TURN) {
    throw outOfRange(
      name,
      `weights whose sum, divided by what all can be divided by, is at most ${LONGEST_TURN}`,
      turn,
    )
  }
  const credits = steps.map(() => 0)
  return Uint16Array.from({ length: turn }, () => {
    let best = 0
    steps.forEach((step, index) => {
      credits[index] = (credits[index] as number) + step
      if ((credits[index] as number) > (credits[best] as number)) best = index
    })
    credits[best] = (credits[best] as number) - turn
    return best
  })
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
