import type { NativeAction } from '../addon.js'
import {
  checkArray,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkPowerOfTwo,
  invalidValue,
} from '../validate.js'
import type { WorkerOptions } from '../worker.js'
import { checkOutput, type Output } from './action.js'

export interface HandleOptions<Name extends string = string> {
  /**
   * The ports that the handler may forward to, by the names under which it gets them. An array is a set to flood: a
   * packet goes to each port of it but the one that it came from. Default: none.
   *
   * @example
   * ```ts
   * { outputs: { right, others: [left, right, uplink] } }
   * ```
   */
  outputs?: { readonly [name in Name]: Output | readonly Output[] }
  /**
   * What happens to packets that come while the handler has as many as the ring holds. All are counted. Default: `drop`.
   *
   * - `drop`: they are dropped.
   * - `{ bypass: port }`: they are sent to a port, and may overtake earlier ones there that the handler still has.
   * - `backpressure`: they stay in the receive queue, and what does not fit there is counted by the device, as
   *   `missedPackets` where it can. For the first action of a program only.
   */
  overflow?: 'drop' | 'backpressure' | { readonly bypass: Output }
  /** What happens to packets that the handler does not decide on. Both are counted. Default: `drop`. */
  unhandled?: 'drop' | 'continue'
  /** What happens to packets that it has not decided on when it throws. Both are counted. Default: `drop`. */
  onError?: 'drop' | 'continue'
  /** Packets that the handler can have at a time, for each ring: a power of two, 64 to 32768. Default: 1024. */
  ringSize?: number
  /**
   * Packets that the handler can hold, and buffers for copies that it has at hand, for each ring: a power of two up to
   * 2048, or 0 for none. That many buffers are taken out of the pool. Default: 64.
   */
  holdLimit?: number
  /** Packets in a batch, at most. Default: 64. */
  batchLimit?: number
}

const names: readonly (keyof HandleOptions)[] = [
  'outputs',
  'overflow',
  'unhandled',
  'onError',
  'ringSize',
  'holdLimit',
  'batchLimit',
]
const workerNames: readonly (keyof WorkerOptions)[] = ['workers', 'data', 'wait', 'cpus', 'stallTimeoutMs']

export interface HandleSettings {
  outputNames: string[]
  batchLimit: number
  description: string
  /** What the lcore is told when the action runs on a port's queue, with so many rings. */
  place(port: number | undefined, rings: number): NativeAction
}

/** Checks the options and fills in what is not given. */
export function resolveHandleOptions(options: HandleOptions, inWorkers: boolean): HandleSettings {
  checkOptions('options', options, inWorkers ? [...names, ...workerNames] : names)
  const outputs = Object.entries(options.outputs ?? {}).map(([name, output]) => checkOutputs(name, output))
  const { overflow = 'drop' } = options
  const bypass = typeof overflow === 'object' ? checkBypass(overflow) : undefined
  const native = {
    kind: 'handle',
    overflow:
      bypass !== undefined
        ? 'bypass'
        : checkOneOf('options.overflow', overflow, ['drop', 'backpressure'], 'or { bypass: port }'),
    bypass,
    unhandled: checkOneOf('options.unhandled', options.unhandled ?? 'drop', ['drop', 'continue']),
    onError: checkOneOf('options.onError', options.onError ?? 'drop', ['drop', 'continue']),
    ringSize: checkPowerOfTwo('options.ringSize', options.ringSize ?? 1024, {
      minimum: 64,
      maximum: 32768,
    }),
    sendSize: checkHoldLimit(options.holdLimit ?? 64),
  } as const
  return {
    outputNames: outputs.map(({ name }) => name),
    batchLimit: checkInteger('options.batchLimit', options.batchLimit ?? 64, { minimum: 1, maximum: 32768 }),
    description: outputs.map(({ name, text }) => `${name} to ${text}`).join(', ') || 'no outputs',
    place: (port, rings) => ({ ...native, outputs: outputs.map((output) => output.from(port)), rings }),
  }
}

function checkOutputs(name: string, value: unknown) {
  const path = `options.outputs.${name}`
  if (!Array.isArray(value)) {
    const port = checkOutput(path, value)
    return { name, text: (value as Output).name, from: () => [port] }
  }
  const ports = [...new Set(checkArray(path, value, checkOutput))]
  if (ports.length === 0) throw invalidValue(path, 'a Port, or several', value)
  return {
    name,
    text: `[${(value as Output[]).map((output) => output.name).join(', ')}]`,
    from: (ingress: number | undefined) => ports.filter((port) => port !== ingress),
  }
}

function checkBypass(overflow: object): number {
  checkOptions('options.overflow', overflow, ['bypass'])
  return checkOutput('options.overflow.bypass', (overflow as { bypass?: unknown }).bypass)
}

function checkHoldLimit(value: unknown): number {
  if (value === 0) return 0
  return checkPowerOfTwo('options.holdLimit', value, { minimum: 1, maximum: 2048, unit: 'packets' })
}
