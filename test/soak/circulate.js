// Sends everything on, by verdict or as held packets, with random pauses between: busy ones, and ones that give the CPU away.

import { defineHandler } from 'dpdk-node'

const nothing = new Int32Array(new SharedArrayBuffer(4))

/** xorshift32: one seed, one run. @param {number} seed */
export function randomNumbers(seed) {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** @param {() => number} random */
export function pauseSometimes(random) {
  const choice = random() % 32
  if (choice === 0) Atomics.wait(nothing, 0, 0, (random() % 200) / 1000)
  if (choice === 1) for (const end = performance.now() + (random() % 100) / 1000; performance.now() < end; );
}

/** @type {import('dpdk-node').HandlerFactory<'out', { seed: number }>} */
const factory = ({ outputs: { out }, data: { seed } }) => {
  const random = randomNumbers(seed)
  return (batch) => {
    pauseSometimes(random)
    for (const packet of batch) {
      if (random() % 8 === 0) packet.hold().forward(out)
      else packet.forward(out)
    }
    pauseSometimes(random)
  }
}
export default defineHandler(factory)
