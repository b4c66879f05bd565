/**
 * The real clock and timers, for the library's own waiting. Tests may put others in the place of the global ones (fake
 * timers): then the handlers' time stands still, and packets flow on.
 */

import { performance } from 'node:perf_hooks'

export const { setImmediate, setInterval, setTimeout, clearInterval, clearTimeout } = globalThis

/** Milliseconds, as `performance.now()`. */
export const now: () => number = performance.now.bind(performance)
