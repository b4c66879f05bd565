// close-early.ts TURNS: closes EAL so many turns of the event loop after it has asked for everything at once, and prints
// how each request was settled.
import { drop, Eal, HandlerWorker, Mempool, Port } from 'dpdk-node'

const eal = await Eal.init({ memory: { kind: 'no-huge' } })
const mempool = await Mempool.create({ size: 1024 })
const open = await Port.open('net_null0,size=64', { mempool })

const requests: Record<string, Promise<unknown>> = {
  'open a port': Port.open('net_null1', { mempool }),
  'open a port with the default pool': Port.open('net_null2'),
  'make a pool': Mempool.create({ size: 2048 }),
  'run a program': open.rx.run(drop()),
  'read statistics': open.statistics(),
  'start a Worker': HandlerWorker.start(),
}
for (let turn = 0; turn < Number(process.argv[2]); turn++)
  await new Promise((resolve) => setImmediate(resolve))
requests.close = eal.close()

const outcomes = await Promise.allSettled(Object.values(requests))
for (const [index, name] of Object.keys(requests).entries()) {
  const outcome = outcomes[index] as PromiseSettledResult<unknown>
  console.log(`${name}: ${outcome.status === 'fulfilled' ? 'done' : outcome.reason.code}`)
}
