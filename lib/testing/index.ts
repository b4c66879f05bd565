/**
 * Tests for packet handlers and programs: on real devices, through the real data path, without privileges. For every test
 * runner; matchers for vitest are in `dpdk-node/testing/vitest`.
 */

export type { Verdict } from '../handler-observer.js'
export { testEal } from './environment.js'
export { frameDifference } from './frame-difference.js'
export { type MatcherResult, matchers } from './matchers.js'
export {
  type EndOptions,
  type FeedOptions,
  type NetworkResult,
  type TestNetwork,
  type TestNetworkOptions,
  testNetwork,
} from './network.js'
export type { FrameLike, Packets } from './packets.js'
export { type HandlerRun, type RunHandlerOptions, runHandler } from './run-handler.js'
export { type ProgramRun, type RunProgramOptions, runProgram } from './run-program.js'
