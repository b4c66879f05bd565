// A thread that writes where it must not: into every byte of rings and packets that JavaScript can reach.

import { workerData } from 'node:worker_threads'

/**
 * @typedef {{ offset: number, size: number, sendOffset: number, sendSize: number }} Ring
 * @type {{
 *   memory: { buffer: SharedArrayBuffer }, zones: { offset: number, length: number, use: string }[], rings: Ring[],
 *   mode: 'random' | 'replay' | 'change', seed: number, rounds: number
 * }}
 */
const { memory, zones, rings, mode, seed, rounds } = workerData
const bytes = new Uint8Array(memory.buffer)
const words16 = new Uint16Array(memory.buffer)
const words32 = new Int32Array(memory.buffer)

let state = seed | 1
/** @param {number} limit */
function random(limit) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % limit
}
/** @template T @param {readonly T[]} list @returns {T} */
const pick = (list) => /** @type {T} */ (list[random(list.length)])

const HEADER = 256
const COMPLETED = 128
const [DROP, CONTINUE, OUTPUT, HOLD, RESIZED, HELD_NAME] = [1, 2, 8, 0x800, 1 << 15, 0x8000]
const verdicts = [
  0,
  DROP,
  CONTINUE,
  3,
  OUTPUT,
  OUTPUT + 1,
  OUTPUT + 2,
  OUTPUT + 500,
  HOLD,
  HOLD + 5,
  0xfff,
  0xffff,
]

/** Anything, anywhere. */
function writeAnything() {
  const { offset, length } = pick(zones)
  bytes[offset + random(length)] = random(256)
}

/** Verdicts and names that look right, again and again; and counters that move. */
function replay() {
  const { offset, size, sendOffset, sendSize } = pick(rings)
  const descriptor = offset + HEADER + random(size) * 8
  words16[(descriptor + 6) >> 1] = pick(verdicts)
  if (random(16) === 0) words32[(offset + COMPLETED) >> 2] = (words32[offset >> 2] ?? 0) - random(3)
  const submission = sendOffset + HEADER + sendSize * 8 + random(2 * sendSize) * 16
  words16[(submission + 6) >> 1] = (random(2) * HELD_NAME) | random(sendSize + 1)
  words16[(submission + 8) >> 1] = pick(verdicts)
  if (random(4) === 0) Atomics.add(words32, (sendOffset + COMPLETED) >> 2, random(3))
}

/** Other values between a check and a use: start, length and verdict of packets on their way. */
function change() {
  const { offset, size } = pick(rings)
  const descriptor = offset + HEADER + random(size) * 8
  for (let i = 0; i < 20; i++) {
    words32[descriptor >> 2] = (words32[descriptor >> 2] ?? 0) + pick([-200, -1, 1, 200, 1 << 20])
    words16[(descriptor + 4) >> 1] = pick([0, 13, 14, 60, 2048, 2177, 65535])
    words16[(descriptor + 6) >> 1] = RESIZED | pick(verdicts)
  }
}

const attack = { random: writeAnything, replay, change }[mode]
for (let round = 0; round < rounds; round++) attack()
