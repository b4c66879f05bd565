/**
 * Matchers for vitest: import this file once, in the test or in a setup file (`setupFiles`).
 *
 * @example
 * ```ts
 * import 'dpdk-node/testing/vitest'
 *
 * expect(run).toForwardTo('right', frame)
 * expect(run.verdicts[2]).toDrop()
 * expect(run.outputs.right[0]).toEqualFrame(frame)
 * ```
 */

import { expect } from 'vitest'
import { matchers } from './matchers.js'
import type { FrameLike } from './packets.js'

expect.extend(matchers)

interface FrameMatchers {
  /**
   * Every packet of a run (`runHandler`) was forwarded to that output of the handler; if frames are given, they left there
   * in this order, and no others. Also for one verdict of a run, without frames.
   */
  toForwardTo(output: string, frames?: FrameLike | Iterable<FrameLike>): void
  /**
   * Every packet of a run was dropped by the handler: it said so, or decided nothing and its option `unhandled` is `drop`.
   * What is dropped because the handler threw does not count. Also for one verdict of a run.
   */
  toDrop(): void
  /** The frame has the same bytes. */
  toEqualFrame(expected: FrameLike): void
  /** The frames are the same, in the same order. */
  toEqualFrames(expected: Iterable<FrameLike>): void
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: a declaration that is merged must have vitest's own type parameters
  interface Matchers<T = any> extends FrameMatchers {}
}
