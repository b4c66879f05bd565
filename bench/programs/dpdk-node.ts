/**
 * The contender that is this library: forwards between two devices, in both directions, until it is told to end. What it
 * does is said in JSON, its only argument. `ready` on standard output: traffic runs. `report` on standard input: what
 * the programs have counted.
 */
import { createInterface } from 'node:readline'
import {
  Eal,
  type EalOptions,
  forward,
  HandlerWorker,
  handle,
  l2fwd,
  Mempool,
  macSwap,
  Port,
  type Program,
} from 'dpdk-node'
import { type HandlerName, handlers } from '../handlers/index.js'

export interface DpdkNodeOptions {
  eal: EalOptions
  devices: readonly [string, string]
  layout: 'isolated' | 'direct'
  action: 'forward' | 'macSwap' | 'l2fwd' | HandlerName
  /** For handlers: on the main thread's event loop, or in a Worker that waits or spins. Default: `spin`. */
  thread?: 'event' | 'block' | 'spin'
  batchLimit?: number
}

const options: DpdkNodeOptions = JSON.parse(process.argv[2] ?? '')
const eal = await Eal.init({ idle: 'spin', telemetry: true, ...options.eal })
const mempool = await Mempool.create({ layout: options.layout })
const left = await Port.open(options.devices[0], { mempool })
const right = await Port.open(options.devices[1], { mempool })
const action = await makeAction()
const programs: Program[] = [await left.rx.run(action(right)), await right.rx.run(action(left))]
process.stdout.write('ready\n')

const commands = createInterface({ input: process.stdin })
commands.on('line', () => {
  const report = {
    programs: programs.map((program) => program.stats()),
    lcores: eal.lcores.map((lcore) => lcore.counters()),
    ports: [left, right].map((port) => port.counters()),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
})
await eal.untilSignal()
commands.close()
await eal.close()

/** Both directions do the same; of handlers, on the same thread. */
async function makeAction() {
  const { action: kind, thread = 'spin', batchLimit } = options
  if (kind === 'forward') return (to: Port) => forward({ to })
  if (kind === 'macSwap') return (to: Port) => macSwap({ to })
  if (kind === 'l2fwd') return (to: Port) => l2fwd({ to })
  const common = { overflow: 'backpressure', ...(batchLimit !== undefined && { batchLimit }) } as const
  if (thread === 'event') return (to: Port) => handle(handlers[kind], { ...common, outputs: { to } })
  const module = new URL(`../handlers/${kind}.ts`, import.meta.url)
  const workers = [await HandlerWorker.start({ wait: thread })]
  return (to: Port) => handle(module, { ...common, outputs: { to }, workers })
}
