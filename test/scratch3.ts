import { Eal, Port, Mempool } from 'dpdk-node'
import { ethernet, ipv4, udp } from 'dpdk-node/packets'
const eal = await Eal.init({ memory: { kind: 'no-huge' }, lcores: [1], idle: 'spin' })
const frame = [ethernet(), ipv4(), udp(), new Uint8Array(18)]
const mempool = await Mempool.create({ layout: 'isolated', size: 8192 })
const port = await Port.open('net_null0,no-rx=1', { mempool, sendRingSize: 0 })
const g = await port.generate({ streams: [{ frame }], seconds: 4 })
const s = await g.finished()
console.log((Number(s.accepted) / s.seconds / 1e6).toFixed(2), 'Mpps', s.rejectedFull)
await eal.close()
