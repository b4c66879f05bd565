/** Matchers for `expect.extend`: vitest's, and others that work like it. */

import type { Verdict } from '../handler-observer.js'
import { Frame } from '../packet/frame.js'
import { invalidType, invalidValue } from '../validate.js'
import { frameDifference } from './frame-difference.js'
import { bytesOf, type FrameLike, framesOf } from './packets.js'
import type { HandlerRun } from './run-handler.js'

/** The answer of a matcher. The message is read when the expectation fails, also one with `.not`. */
export interface MatcherResult {
  pass: boolean
  message(): string
}

/** What differs; undefined when nothing does. */
type Difference = string | undefined

/** How many packets are told apart in a message. */
const TOLD = 5

export const matchers = {
  /**
   * Every packet of a run was forwarded to that output, and if frames are given, these left there, in their order. Of a
   * single verdict: it is to forward to that output.
   */
  toForwardTo(received: unknown, output: string, frames?: FrameLike | Iterable<FrameLike>): MatcherResult {
    const toOutput = (verdict: Verdict) => verdict.kind === 'forward' && verdict.output === output
    const goal = `to be forwarded to ${output}`
    if (isVerdict(received)) {
      if (frames !== undefined) throw invalidValue('frames', 'left out: a verdict has none', frames)
      return result(toOutput(received) ? undefined : `the verdict is ${text(received)}`, `the packet ${goal}`)
    }
    const run = checkRun(received)
    const ports = run.declared[output]
    if (ports === undefined) {
      const known = Object.keys(run.declared).join(', ') || 'none, there are no outputs'
      throw invalidValue('output', `one of the handler's outputs: ${known}`, output)
    }
    const expected = frames === undefined ? undefined : framesOf('frames', frames)
    return result(
      verdictDifference(run, toOutput) ?? (expected && portDifference(run, ports, expected)),
      `every packet ${goal}${expected === undefined ? '' : `, as ${expected.length} frames`}`,
    )
  },

  /**
   * Every packet of a run, or that of a single verdict, was dropped by the handler: it said so, or decided nothing and its
   * option `unhandled` is `drop`. What is dropped because the handler threw does not count.
   */
  toDrop(received: unknown): MatcherResult {
    const goal = 'to be dropped'
    const isDropped = ({ kind }: Verdict) => kind === 'drop' || kind === 'unhandled'
    if (isVerdict(received)) {
      return result(
        isDropped(received) ? undefined : `the verdict is ${text(received)}`,
        `the packet ${goal}`,
      )
    }
    const run = checkRun(received)
    const wentOn =
      run.continued.length === 0 ? undefined : `${run.continued.length} went on behind the handler`
    return result(verdictDifference(run, isDropped) ?? wentOn, `every packet ${goal}`)
  },

  /** The frame has the bytes of the other. */
  toEqualFrame(received: unknown, expected: FrameLike): MatcherResult {
    return result(
      frameDifference(checkFrame('received', received), checkFrame('expected', expected)),
      'the frame to have these bytes',
    )
  },

  /** The frames are those expected, in that order. */
  toEqualFrames(received: unknown, expected: Iterable<FrameLike>): MatcherResult {
    const frames = framesOf('received', received)
    return result(framesDifference(frames, framesOf('expected', expected)), 'the frames to be these')
  },
}

function result(difference: Difference, what: string): MatcherResult {
  return difference === undefined
    ? { pass: true, message: () => `expected that this is not so: ${what}` }
    : { pass: false, message: () => `expected ${what}\n\n${difference}` }
}

function verdictDifference(run: HandlerRun, isRight: (verdict: Verdict) => boolean): Difference {
  if (run.verdicts.length === 0) {
    throw invalidValue('received', 'a run with packets', run.inputs, 'About no packets, nothing can be said.')
  }
  const wrong = run.verdicts.flatMap((verdict, index) => (isRight(verdict) ? [] : [index]))
  if (wrong.length === 0) return undefined
  const lines = wrong.slice(0, TOLD).map((index) => {
    return `packet ${index + 1}: ${text(run.verdicts[index] as Verdict)}; it has ${summaryOf(run.inputs[index] as Uint8Array)}`
  })
  if (wrong.length > TOLD) lines.push(`and ${wrong.length - TOLD} more of ${run.verdicts.length}`)
  return [...lines, ...run.errors.map((error) => error.message)].join('\n')
}

function portDifference(run: HandlerRun, ports: readonly string[], expected: Uint8Array[]): Difference {
  for (const port of ports) {
    const difference = framesDifference(run.outputs[port] ?? [], expected)
    if (difference !== undefined) return ports.length === 1 ? difference : `at ${port}: ${difference}`
  }
  return undefined
}

function framesDifference(actual: readonly Uint8Array[], expected: readonly Uint8Array[]): Difference {
  const count = Math.max(actual.length, expected.length)
  const counts = `${expected.length} frames are expected, and ${actual.length} came`
  for (let index = 0; index < count; index++) {
    const [came, wanted] = [actual[index], expected[index]]
    if (came === undefined) return `${counts}; missing, the first: ${summaryOf(wanted as Uint8Array)}`
    if (wanted === undefined) return `${counts}; too many, the first: ${summaryOf(came)}`
    const difference = frameDifference(came, wanted)
    if (difference !== undefined) return `${counts}; frame ${index + 1} differs:\n${difference}`
  }
  return undefined
}

function text(verdict: Verdict): string {
  return verdict.kind === 'forward' ? `forward to ${verdict.output}` : verdict.kind
}

function isVerdict(value: unknown): value is Verdict {
  return typeof (value as Partial<Verdict> | null | undefined)?.kind === 'string'
}

function checkRun(value: unknown): HandlerRun {
  const run = value as Partial<HandlerRun> | null | undefined
  if (Array.isArray(run?.verdicts) && Array.isArray(run.continued)) return value as HandlerRun
  throw invalidType('received', 'what runHandler() resolves with, or a verdict of it', value)
}

function checkFrame(name: string, value: unknown): Uint8Array {
  const bytes = bytesOf(value)
  if (bytes !== undefined) return bytes
  throw invalidType(name, 'a frame (Uint8Array)', value)
}

/** `60 bytes: IP 192.0.2.1.9 > 198.51.100.2.9: UDP, length 18`. */
function summaryOf(frame: Uint8Array): string {
  return `${frame.length} bytes: ${new Frame(frame).summary()}`
}
