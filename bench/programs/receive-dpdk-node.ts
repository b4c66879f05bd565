/** Reads the IPv4 destination of every frame of an interface with this library: net_af_packet, a handler on the event loop. */
import { Eal, Port } from 'dpdk-node'
import { answerCounts } from './receiver.js'

export interface ReceiveOptions {
  interface: string
  filePrefix: string
  lcore: number
  idle: 'spin' | 'sleep'
}

/** What the kernel may have in its ring: each frame has 2 kB, whatever its length. */
const RING = 'blocksz=1048576,framesz=2048,framecnt=131072'

const options: ReceiveOptions = JSON.parse(process.argv[2] ?? '')
const received = answerCounts()
const eal = await Eal.init({
  lcores: [options.lcore],
  memory: { kind: 'no-huge' },
  pci: 'none',
  idle: options.idle,
  filePrefix: options.filePrefix,
})
const port = await Port.open(`net_af_packet0,iface=${options.interface},${RING}`)
await port.rx.handle(
  (batch) => {
    for (const packet of batch) {
      const ip = packet.ipv4
      if (ip !== undefined) received.count(ip.destinationNumber)
    }
  },
  { overflow: 'backpressure' },
)
console.log('ready')
await eal.untilSignal()
await eal.close()
