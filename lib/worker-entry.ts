/**
 * What runs in a Worker: loads handler modules, and serves the rings that the main thread attaches to them.
 */

import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { loadAddon, type NativeRing } from './addon.js'
import { Arena } from './arena.js'
import { DpdkError } from './errors.js'
import {
  checkHandler,
  type HandlerFactory,
  type HandlerFunction,
  type HandlerOutputs,
  isHandlerFactory,
  makeOutputs,
} from './handler.js'
import { HandlerFailures } from './handler-failures.js'
import { observe } from './handler-observer.js'
import { Consumer } from './ring/consumer.js'
import { HandlerRing } from './ring/handler-ring.js'
import {
  type FromWorker,
  type HandlerModule,
  packError,
  type ToWorker,
  type WorkerRequest,
  type WorkerStart,
} from './worker-protocol.js'

interface LoadedHandler {
  handler: HandlerFunction
  outputs: HandlerOutputs
  batchLimit: number
  failures: HandlerFailures
  rings: HandlerRing[]
  listeners: ((message: unknown) => void)[]
}

const { memory, wait, cpus } = workerData as WorkerStart
const addon = loadAddon()
addon.setThreadAffinity([...cpus])
const arena = new Arena(memory)
const consumer = new Consumer(addon, wait)
// The Worker lives until it is told to end; whether the process does is not its affair.
consumer.reference(true)
const handlers = new Map<number, LoadedHandler>()
const parent = parentPort as NonNullable<typeof parentPort>

parent.on('message', (message: ToWorker) => {
  if (message.kind === 'request') void reply(message.id, message.request)
  else for (const listener of handlers.get(message.handler)?.listeners ?? []) listener(message.message)
})
process.on('exit', () => consumer.close())
post({ kind: 'ready', consumer: consumer.id, cpus: addon.threadAffinity() })

function post(message: FromWorker): void {
  parent.postMessage(message)
}

async function reply(id: number, request: WorkerRequest): Promise<void> {
  try {
    await perform(request)
    post({ kind: 'reply', id })
  } catch (error) {
    post({ kind: 'reply', id, error: packError(error) })
  }
  if (request.kind === 'stop') process.exit()
}

async function perform(request: WorkerRequest): Promise<void> {
  switch (request.kind) {
    case 'load':
      handlers.set(request.handler, await load(request.handler, request))
      return
    case 'attach':
      attach(handlers.get(request.handler) as LoadedHandler, request.rings, request.observed)
      return
    case 'unload':
      unload(request.handler)
      return
    case 'stop':
      for (const id of handlers.keys()) unload(id)
      consumer.close()
      return
    case 'ping': // the answer is all that is wanted
  }
}

async function load(
  id: number,
  { module, outputs: names, batchLimit, data }: HandlerModule,
): Promise<LoadedHandler> {
  const factory = await importFactory(module)
  const outputs = makeOutputs(names)
  const listeners: LoadedHandler['listeners'] = []
  const handler = factory({
    outputs,
    data,
    onMessage: (listener) => void listeners.push(listener),
    postMessage: (message) => post({ kind: 'message', handler: id, message }),
  })
  return {
    handler: checkHandler(`the handler of ${module}`, handler),
    outputs,
    batchLimit,
    failures: new HandlerFailures((error) => post({ kind: 'error', handler: id, error: packError(error) })),
    rings: [],
    listeners,
  }
}

async function importFactory(module: string): Promise<HandlerFactory> {
  const exports = await importModule(sourceOf(module)).catch((cause: Error & { code?: string }) => {
    throw new DpdkError(`${module} cannot be loaded in a Worker: ${cause.message}`, {
      code: 'ERR_DPDK_HANDLER_MODULE',
      hint:
        cause.code === 'ERR_UNKNOWN_FILE_EXTENSION'
          ? 'Compile it with tsc, or run the program with tsx: node --import tsx.'
          : undefined,
      cause,
    })
  })
  if (isHandlerFactory(exports.default)) return exports.default
  throw new DpdkError(`${module} has no handler`, {
    code: 'ERR_DPDK_HANDLER_MODULE',
    hint: 'Its default export must come from defineHandler().',
  })
}

async function importModule(url: string): Promise<{ default?: unknown }> {
  if (
    /\.[cm]?ts$/.test(url.split('?')[0] as string) &&
    process.execArgv.some((argument) => argument.includes('tsx'))
  ) {
    // On Node 20, Workers inherit `--import tsx`, but it does nothing there.
    const { register } = await import('tsx/esm/api')
    register()
  }
  return import(url)
}

/** Where nothing has been compiled, `handler.js` means its source, as it does in an import. */
function sourceOf(module: string): string {
  const source = module.replace(/\.([cm]?)js(?=$|[?#])/, '.$1ts')
  return module.startsWith('file:') && !existsSync(new URL(module)) && existsSync(new URL(source))
    ? source
    : module
}

function attach(loaded: LoadedHandler, rings: readonly NativeRing[], observed: boolean): void {
  for (const native of rings) {
    const { port } = native
    const handler = observed
      ? observe(loaded.handler, (decisions) => post({ kind: 'decided', port, decisions }))
      : loaded.handler
    const ring = new HandlerRing({
      arena,
      ring: native,
      handler,
      outputs: loaded.outputs,
      batchLimit: loaded.batchLimit,
      wakeLcore: addon.lcoreWake,
      onFailure: (failure) => loaded.failures.add(failure),
    })
    consumer.attach(ring)
    loaded.rings.push(ring)
  }
}

function unload(id: number): void {
  for (const ring of handlers.get(id)?.rings ?? []) {
    consumer.detach(ring)
    ring.close()
  }
  handlers.delete(id)
}
