/**
 * Starts as a user's program does, with all the library's defaults but its devices, and forwards. What it needs is in its
 * only argument, in JSON. It prints how long `Eal.init` took, in milliseconds.
 */
import { Eal, type EalOptions, l2fwd, Port } from 'dpdk-node'

const options: EalOptions = JSON.parse(process.argv[2] ?? '')
const before = performance.now()
const eal = await Eal.init(options)
const milliseconds = performance.now() - before
const [left, right] = await Promise.all([Port.open('net_null0'), Port.open('net_null1')])
await left.rx.run(l2fwd({ to: right }))
await right.rx.run(l2fwd({ to: left }))
console.log(`Eal.init: ${milliseconds} ms`)
await eal.untilSignal()
await eal.close()
