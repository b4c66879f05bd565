// Sends everything on, by verdict or as held packets, with random pauses between: busy ones, and ones that give the CPU away.

import { defineHandler } from 'dpdk-node'

const nothing = new Int32Array(new SharedArrayBuffer(4))

/** xorshift32: one seed, one run. @param {number} seed */
function randomNumbers(seed) {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** @param {() => number} random */
function pauseSometimes(random) {
  const choice = random() % 32
  if (choice === 0) Atomics.wait(nothing, 0, 0, (random() % 200) / 1000)
  if (choice === 1) for (const end = performance.now() + (random() % 100) / 1000; performance.now() < end; );
}

/**
 * The handler, for the main thread as it is.
 * @param {number} seed
 * @returns {import('dpdk-node').Handler<'out'>}
 */
export function circulate(seed) {
  const random = randomNumbers(seed)
  return (batch, { out }) => {
    pauseSometimes(random)
    for (const packet of batch) {
      if (random() % 8 === 0) packet.hold().forward(out)
      else packet.forward(out)
    }
    pauseSometimes(random)
  }
}

/** @type {import('dpdk-node').HandlerFactory<'out', { seed: number }>} */
const factory = ({ outputs, data: { seed } }) => {
  const handler = circulate(seed)
  return (batch) => handler(batch, outputs)
}
export default defineHandler(factory)
