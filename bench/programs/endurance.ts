/**
 * Forwards through a Worker for a long time, and prints a line of JSON for each interval. Needs `--expose-gc`. What it does
 * is said in JSON, its only argument.
 */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Eal, type EalOptions, HandlerWorker, handle, Port } from 'dpdk-node'
import type { HeapReport } from '../handlers/watched-mac-swap.js'

export interface EnduranceOptions {
  eal: EalOptions
  devices: readonly [string, string]
  warmUpSeconds: number
  seconds: number
}

/** From one report of the heap to the next. */
const INTERVAL_PACKETS = 100e6

export interface Interval extends HeapReport {
  packets: number
  /** Packets per second, of each second. */
  rates: number[]
}

const options: EnduranceOptions = JSON.parse(process.argv[2] ?? '')
const eal = await Eal.init(options.eal)
const [left, right] = await Promise.all([Port.open(options.devices[0]), Port.open(options.devices[1])])
const workers = [await HandlerWorker.start({ wait: 'spin' })]
const module = new URL('../handlers/watched-mac-swap.ts', import.meta.url)
const swap = (to: Port) => handle(module, { outputs: { to }, overflow: 'backpressure', workers })
const program = await left.rx.run(swap(right))
await right.rx.run(swap(left))

await delay(options.warmUpSeconds * 1000)
console.log(`warm: ${JSON.stringify({ ...(await reportHeap()), packets: 0, rates: [] } satisfies Interval)}`)
const end = performance.now() + options.seconds * 1000
while (performance.now() < end) {
  const { packets, rates } = await forwardSome()
  console.log(`interval: ${JSON.stringify({ ...(await reportHeap()), packets, rates } satisfies Interval)}`)
}
console.log('ended')
await eal.close()

async function reportHeap(): Promise<HeapReport> {
  const report = once(program, 'message')
  program.postMessage('report')
  const [heap] = (await report) as [HeapReport]
  return heap
}

async function forwardSome(): Promise<Pick<Interval, 'packets' | 'rates'>> {
  const rates: number[] = []
  const first = forwarded()
  let [before, time] = [first, performance.now()]
  while (before - first < INTERVAL_PACKETS && performance.now() < end) {
    await delay(1000)
    const [now, at] = [forwarded(), performance.now()]
    rates.push((now - before) / ((at - time) / 1000))
    ;[before, time] = [now, at]
  }
  return { packets: before - first, rates }
}

function forwarded(): number {
  return [left, right].reduce((sum, port) => sum + Number(port.counters().tx.accepted), 0)
}
