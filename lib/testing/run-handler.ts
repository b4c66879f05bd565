import { forward } from '../actions/forward.js'
import { handle, type WorkerHandleOptions } from '../actions/handle.js'
import type { AuditReport } from '../audit.js'
import type { DpdkError } from '../errors.js'
import type { Handler } from '../handler.js'
import type { Verdict } from '../handler-observer.js'
import type { Port } from '../port.js'
import { checkArray, checkOneOf, checkOptions, checkString, invalidType } from '../validate.js'
import {
  AT_ONCE,
  type EndOptions,
  type FeedOptions,
  type TestNetworkOptions,
  testNetwork,
} from './network.js'
import { framesOf, type Packets } from './packets.js'

/** Options of `runHandler`; those of `rx.handle` mean the same here. */
export interface RunHandlerOptions
  extends Pick<
      WorkerHandleOptions,
      'unhandled' | 'onError' | 'batchLimit' | 'ringSize' | 'holdLimit' | 'data'
    >,
    TestNetworkOptions,
    FeedOptions,
    EndOptions {
  /** What the handler gets. */
  packets: Packets
  /** The name of the port that the packets come by, if an output is to be the same port. Default: `input`. */
  input?: string
  /**
   * What happens when the handler throws or returns a promise. `throw`: `runHandler` fails with that error. `collect`: it
   * goes on as it would outside of a test, and the result has the errors. Default: `throw`.
   */
  errors?: 'throw' | 'collect'
}

/** What a handler did. */
export interface HandlerRun<Name extends string = string> {
  /** The frames that were fed, in order. */
  readonly inputs: Uint8Array[]
  /** What the handler decided about each, in the same order. */
  readonly verdicts: Verdict[]
  /** The frames that left by each port, in order. */
  readonly outputs: { readonly [name in Name]: Uint8Array[] }
  /** The frames with which the program would have gone on behind the handler, in order. */
  readonly continued: Uint8Array[]
  /** What the lcore counted for the handler: `delivered`, `forwarded`, `dropped`, … */
  readonly counters: Readonly<Record<string, bigint>>
  /** With `errors: 'collect'`: at most ten a second, as of any program. */
  readonly errors: DpdkError[]
  /** Its laws hold: otherwise `runHandler` throws. */
  readonly audit: AuditReport
  /** The ports of each output by the name under which the handler has it. */
  readonly declared: { readonly [output: string]: readonly string[] }
}

const optionNames = [
  ...['packets', 'outputs', 'input', 'errors', 'atOnce', 'timeoutMs', 'port', 'pool'],
  ...['unhandled', 'onError', 'batchLimit', 'ringSize', 'holdLimit', 'data'],
]

/** What the handler lets through comes out here. */
const CONTINUED = '_continued'

/**
 * Runs a handler on packets: real ones, received by a port, decided about through the ring that an lcore shares with
 * JavaScript, and sent. It ends when every packet has been dealt with, and when what the handler holds has come back.
 *
 * All packets that are received at once (the option `atOnce`) are there before the handler gets the first; so batches
 * are the same in every run: as long as `batchLimit` allows.
 *
 * @param handler a function, which runs on the main thread, or the URL of a module, which runs in a Worker; see
 *   `defineHandler`.
 * @param options `outputs`: the names of the handler's outputs, each a port; or for each output its port, or ports.
 *
 * @throws {DpdkError} what the handler throws (`ERR_DPDK_HANDLER_THREW`, with `cause`), and as `TestNetwork.feed` and
 *   `end` do.
 *
 * @example
 * ```ts
 * const run = await runHandler((batch, { right }) => {
 *   for (const packet of batch) if (packet.ipv4) packet.forward(right)
 * }, { packets: [arp, ping], outputs: ['right'] })
 *
 * run.verdicts        // [{ kind: 'unhandled' }, { kind: 'forward', output: 'right' }]
 * run.outputs.right   // [ping]
 * ```
 */
export function runHandler<Name extends string = never>(
  handler: Handler<Name> | URL,
  options: RunHandlerOptions & { outputs?: readonly Name[] },
): Promise<HandlerRun<Name>>
export function runHandler<Name extends string, PortName extends string>(
  handler: Handler<Name> | URL,
  options: RunHandlerOptions & { outputs: { readonly [name in Name]: PortName | readonly PortName[] } },
): Promise<HandlerRun<PortName>>
export async function runHandler(
  handler: Handler | URL,
  options: RunHandlerOptions & { outputs?: unknown },
): Promise<HandlerRun> {
  checkOptions('options', options, optionNames)
  const { batchLimit, ringSize = ringFor(batchLimit), unhandled, onError, holdLimit, data } = options
  const { port, pool, timeoutMs, input = 'input' } = options
  const atOnce = options.atOnce ?? wholeBatches(batchLimit)
  const onErrors = checkOneOf('options.errors', options.errors ?? 'throw', ['throw', 'collect'])
  const declared = checkOutputs(options.outputs ?? [])
  const inputs = framesOf('options.packets', options.packets)
  const outputs = [...new Set(Object.values(declared).flat())]

  const names = [...new Set([checkString('options.input', input), ...outputs, CONTINUED])]
  // Nobody sends by these ports but the handler.
  const ports = { port: { sendRingSize: 0, ...port }, ...given({ pool }) }
  await using network = await testNetwork(names, ports)
  const portOf = (name: string) => network.ports[name] as Port
  const settings = given({
    outputs: mapValues(declared, (to) => (typeof to === 'string' ? portOf(to) : to.map(portOf))),
    // So that every packet gets its verdict.
    overflow: 'backpressure' as const,
    ...{ unhandled, onError, batchLimit, ringSize, holdLimit, data },
  })
  const program = await portOf(input).rx.run(
    // One call for both kinds of handlers: `handle` looks which it is.
    handle(handler as URL, settings),
    forward({ to: portOf(CONTINUED) }),
  )
  const errors: DpdkError[] = []
  program.on('error', (error) => errors.push(error))

  await network.feed(input, inputs, { atOnce })
  const end = await network.end(given({ timeoutMs }))
  if (onErrors === 'throw' && errors[0] !== undefined) throw errors[0]
  return {
    inputs,
    verdicts: end.verdicts[input] ?? [],
    outputs: Object.fromEntries(outputs.map((name) => [name, end.outputs[name] ?? []])),
    continued: end.outputs[CONTINUED] ?? [],
    counters: end.programs[input]?.actions[0]?.counters ?? {},
    errors,
    audit: end.audit,
    declared: mapValues(declared, (to) => [to].flat()),
  }
}

/** As many packets at once as usual, but whole batches: so the last of all is the only one that is shorter. */
function wholeBatches(batchLimit = 64): number {
  return Math.min(Math.max(1, Math.floor(AT_ONCE / batchLimit)) * batchLimit, 4096)
}

/** A ring that has room for whole batches. */
function ringFor(batchLimit = 0): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1024, Math.min(batchLimit, 32768))))
}

/** The port of each output, or its ports where it is a set. */
function checkOutputs(outputs: unknown): Record<string, string | string[]> {
  const name = 'options.outputs'
  if (typeof outputs !== 'object' || outputs === null) {
    throw invalidType(name, "the outputs' names, or an object with the port or ports of each", outputs)
  }
  if (Array.isArray(outputs)) {
    return Object.fromEntries(checkArray(name, outputs, checkString).map((output) => [output, output]))
  }
  return mapValues(outputs as Record<string, unknown>, (to, output) =>
    Array.isArray(to)
      ? checkArray(`${name}.${output}`, to, checkString)
      : checkString(`${name}.${output}`, to, "a port's name, or several"),
  )
}

function mapValues<From, To>(
  values: Record<string, From>,
  map: (value: From, name: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]))
}

/** Without what is undefined: an option that is not given. */
function given<Options extends object>(options: Options) {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [name in keyof Options]?: Exclude<Options[name], undefined> }
}
