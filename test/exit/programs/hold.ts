// hold.ts OPTIONS: opens EAL, says so, and closes it at SIGTERM.
import { Eal } from 'dpdk-node'

const eal = await Eal.init(JSON.parse(process.argv[2] as string))
const signal = eal.untilSignal('SIGTERM')
console.log('open')
console.log(await signal)
await eal.close()
console.log('closed')
