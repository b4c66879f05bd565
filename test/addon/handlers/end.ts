// A process that ends when it gets SIGUSR2, with two Workers under traffic.

import { Eal, Port, type WaitPolicy } from 'dpdk-node'

await Eal.init({ memory: { kind: 'no-huge' } })
const [source, sink] = [await Port.open('net_null0,size=64'), await Port.open('net_null1')]
await source.rx.handle(new URL('./forward.js', import.meta.url), {
  outputs: { out: sink },
  workers: 2,
  wait: process.argv[2] as WaitPolicy,
})
process.on('SIGUSR2', () => process.exit(7))
console.log('running')
