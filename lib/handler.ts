/**
 * Handlers: functions that decide about packets, a batch at a time.
 */

import { DpdkError } from './errors.js'
import type { Batch } from './packet/batch.js'
import { VERDICT_OUTPUT } from './ring/layout.js'
import { checkFunction } from './validate.js'

/** Where a handler may forward packets to. Made for one handler; `packet.forward` takes it. */
export interface HandlerOutput {
  readonly name: string
  /** @internal What the lcore reads. */
  readonly verdict: number
  /** @internal All outputs of the same handler. */
  readonly outputs: object
}

/** A handler's outputs by the names under which they were declared. */
export type HandlerOutputs<Name extends string = string> = { readonly [name in Name]: HandlerOutput }

/**
 * Looks at packets, changes them, decides on them. It is synchronous: what it has not decided when it returns is
 * `unhandled`, and its packets are then gone. When it throws, the packets it has not decided on are dropped and counted
 * as failed, the program emits `error`, and the next batch comes.
 */
export type Handler<Name extends string = string> = (batch: Batch, outputs: HandlerOutputs<Name>) => void

/** Any handler, for the code that runs them. */
export type HandlerFunction = (batch: Batch, outputs: HandlerOutputs) => unknown

/** What a handler module gets when it starts in a Worker. */
export interface HandlerContext<Name extends string = string, Data = unknown> {
  readonly outputs: HandlerOutputs<Name>
  /** A copy of the `data` option. */
  readonly data: Data
  /** Calls `listener` with what `program.postMessage()` sends. Between batches, on the Worker's event loop. */
  onMessage(listener: (message: unknown) => void): void
  /** Makes the program emit `message` with a copy of it. */
  postMessage(message: unknown): void
}

export type HandlerFactory<Name extends string = string, Data = unknown> = (
  context: HandlerContext<Name, Data>,
) => Handler<Name>

/** Global, because a Worker's handler module and the code that runs it may have loaded this file separately. */
const isFactory = Symbol.for('dpdk-node.handlerFactory')

/**
 * Makes a handler that runs in Workers; the default export of a module of its own.
 *
 * The factory runs once in each Worker and returns the handler. Modules in `.js` load everywhere; in `.ts` where the
 * program itself runs from TypeScript, for example with tsx.
 *
 * @typeParam Name The outputs' names.
 * @typeParam Data What the `data` option has; it is copied with the structured clone algorithm.
 *
 * @example
 * ```ts
 * // handler.ts
 * export default defineHandler<'right', { limit: number }>(({ outputs: { right }, data }) => (batch) => {
 *   for (const packet of batch) if (packet.length <= data.limit) packet.forward(right)
 * })
 *
 * // main.ts
 * await left.rx.handle(new URL('./handler.js', import.meta.url), { outputs: { right }, data: { limit: 128 } })
 * ```
 */
export function defineHandler<Name extends string = string, Data = unknown>(
  factory: HandlerFactory<Name, Data>,
): HandlerFactory<Name, Data> {
  checkFunction('factory', factory, 'a function that returns a handler')
  return Object.defineProperty(factory, isFactory, { value: true })
}

/** @internal */
export function isHandlerFactory(value: unknown): value is HandlerFactory {
  return typeof value === 'function' && isFactory in value
}

/** @internal The outputs with these names, as a handler uses them; the order is that of the lcore's table. */
export function makeOutputs(names: readonly string[]): HandlerOutputs {
  const outputs: Record<string, HandlerOutput> = {}
  names.forEach((name, index) => {
    outputs[name] = Object.freeze({ name, verdict: VERDICT_OUTPUT + index, outputs })
  })
  return Object.freeze(outputs)
}

/** @internal A handler that is visibly asynchronous is refused before it gets a packet. */
export function checkHandler(name: string, value: unknown): HandlerFunction {
  checkFunction(name, value, 'a function, or the URL of a module with one (see defineHandler)')
  if (['AsyncFunction', 'AsyncGeneratorFunction', 'GeneratorFunction'].includes(constructorName(value))) {
    throw asynchronous()
  }
  if (isHandlerFactory(value)) {
    throw new DpdkError(`${name} was made with defineHandler, which is for Workers`, {
      code: 'ERR_DPDK_HANDLER_MODULE',
      hint: "Pass its module's URL: new URL('./handler.js', import.meta.url).",
    })
  }
  return value as HandlerFunction
}

/** @internal */
export function asynchronous(): DpdkError {
  return new DpdkError('a handler must be synchronous; this one returns a promise or generator', {
    code: 'ERR_DPDK_ASYNCHRONOUS_HANDLER',
    hint:
      'A batch is decided when the handler returns, and its packets are gone then. Decide at once; start slow work ' +
      'without waiting for it, with copies of the bytes it needs.',
  })
}

function constructorName(value: unknown): string {
  return Object.getPrototypeOf(value)?.constructor?.name ?? ''
}
