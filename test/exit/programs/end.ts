// end.ts SITUATION END [OPTIONS]: opens EAL, gets busy as SITUATION says, prints `ending`, and does what END says.
import { drop, Eal, type EalOptions, Port, type WaitPolicy } from 'dpdk-node'
import { until } from '../../support/until.js'

const [situation, end, options = '{}'] = process.argv.slice(2) as [string, string, string?]

const situations: Record<string, () => Promise<void>> = {
  idle: async () => {},
  starting: async () => {},
  native: async () => {
    const port = await openBusyPort()
    await port.rx.run(drop())
  },
  handler: async () => {
    const port = await openBusyPort()
    await port.rx.handle(() => {})
  },
  'failing handler': async () => {
    const port = await openBusyPort()
    await port.rx.handle(() => {
      throw new Error('a handler failed')
    })
  },
  block: () => startWorker('block'),
  spin: () => startWorker('spin'),
  event: () => startWorker('event'),
  // Asleep in a native wait, most of the time.
  'without packets': async () => {
    const port = await Port.open('net_ring0')
    await port.rx.handle(worker, { wait: 'block' })
  },
  stuck: async () => {
    const port = await openBusyPort()
    const program = await port.rx.handle(worker, { data: 'stuck' })
    // It is reported that this handler does not answer; here it is meant not to.
    program.on('error', () => {})
  },
}

const ends: Record<string, (eal: Eal) => Promise<void> | void> = {
  nothing: () => {},
  close: (eal) => eal.close(),
  unref: (eal) => void eal.unref(),
  'unref and ref': (eal) => void eal.unref().ref(),
  exit: () => {
    setImmediate(() => process.exit(7))
  },
  throw: () => {
    setImmediate(() => {
      throw new Error('nobody caught this')
    })
  },
  signal: async (eal) => {
    console.log(await eal.untilSignal())
    await eal.close()
  },
  'one signal': async (eal) => {
    console.log(`first ${await eal.untilSignal('SIGUSR2', 'SIGTERM')}`)
  },
}

const worker = new URL('./worker.js', import.meta.url)

async function startWorker(wait: WaitPolicy): Promise<void> {
  const port = await openBusyPort()
  await port.rx.handle(worker, { wait })
}

async function openBusyPort(): Promise<Port> {
  return Port.open('net_null0,size=64')
}

const starting = Eal.init({
  memory: { kind: 'no-huge' },
  pci: 'none',
  ...(JSON.parse(options) as EalOptions),
})
if (situation === 'starting') {
  console.log('ending')
  process.exit(7)
}
const eal = await starting
await situations[situation]?.()
if (!['idle', 'without packets', 'failing handler'].includes(situation)) {
  await until('packets flow', () => eal.lcores.some((lcore) => lcore.counters().busyPolls > 1000n))
}
// Signals may come as soon as it has said so.
const ended = ends[end]?.(eal)
console.log('ending')
await ended
