import { checkHandler, type Handler, makeOutputs } from '../handler.js'
import { HandlerFailures } from '../handler-failures.js'
import { MainThreadHost } from '../handler-host.js'
import { checkWorkers, type WorkerOptions, WorkersHost } from '../worker.js'
import type { Action, HandlerStart } from './action.js'
import { type HandleOptions, type HandleSettings, resolveHandleOptions } from './handle-options.js'

export interface WorkerHandleOptions<Name extends string = string>
  extends HandleOptions<Name>,
    WorkerOptions {}

/**
 * Lets TypeScript decide about packets: a function on the main thread, or a module in Workers; see `defineHandler`.
 *
 * @throws {DpdkError} `ERR_DPDK_ASYNCHRONOUS_HANDLER` for an async function.
 *
 * @example
 * ```ts
 * await left.rx.handle((batch, { right }) => {
 *   for (const packet of batch) {
 *     const ip = packet.ipv4
 *     if (ip && ip.ttl > 1) {
 *       ip.decrementTtl()
 *       packet.forward(right)
 *     }
 *   }
 * }, { outputs: { right } })
 * ```
 */
export function handle<Name extends string = never>(
  handler: Handler<Name>,
  options?: HandleOptions<Name>,
): Action
export function handle<Name extends string = never>(module: URL, options?: WorkerHandleOptions<Name>): Action
export function handle(handlerOrModule: unknown, options: WorkerHandleOptions = {}): Action {
  const inWorkers = handlerOrModule instanceof URL
  const settings = resolveHandleOptions(options, inWorkers)
  const start = inWorkers
    ? startInWorkers(handlerOrModule, settings, options)
    : startOnMainThread(handlerOrModule, settings)
  const where = inWorkers ? handlerOrModule.pathname.split('/').at(-1) : 'on the main thread'
  return {
    native: settings.place(undefined, 1),
    description: `handle ${where}, ${settings.description}`,
    handler: { place: settings.place, start },
  }
}

function startOnMainThread(value: unknown, settings: HandleSettings): HandlerStart['start'] {
  const handler = checkHandler('handler', value)
  const { outputNames, batchLimit } = settings
  return async (reports) => {
    const failures = new HandlerFailures((error) => reports.error(error))
    return new MainThreadHost({ handler, outputs: makeOutputs(outputNames), batchLimit, failures })
  }
}

function startInWorkers(
  module: URL,
  settings: HandleSettings,
  options: WorkerOptions,
): HandlerStart['start'] {
  const workers = checkWorkers(options)
  const { outputNames: outputs, batchLimit } = settings
  return (reports, queueCount) =>
    WorkersHost.start(
      { module: module.href, outputs, batchLimit, data: options.data },
      workers,
      reports,
      queueCount,
    )
}
