import { Eal, Port } from 'dpdk-node'
import { startRouter } from './router.js'

const eal = await Eal.init()
const [left, right] = await Promise.all([
  Port.open('net_tap0,iface=left', { promiscuous: true }),
  Port.open('net_tap1,iface=right', { promiscuous: true }),
])
await startRouter(left, right)
await eal.untilSignal()
await eal.close()
