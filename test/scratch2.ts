import { Eal, Port, Meter, sink, drop, Mempool } from 'dpdk-node'
import { ethernet, ipv4, udp } from 'dpdk-node/packets'
import { setTimeout as delay } from 'node:timers/promises'
const eal = await Eal.init({ memory: { kind: 'no-huge' }, lcores: [1], idle: 'spin' })
const frame = [ethernet(), ipv4(), udp(), new Uint8Array(18)]
const src = { minimum: '10.0.0.1', maximum: '10.0.0.254' }
const cases: any = {
  'fixed': { frame },
  'flowgen-like: ip.dst': { frame, fields: { 'ipv4.destination': src } },
  'random src+ports': { frame, fields: { 'ipv4.source': { random: true }, 'udp.sourcePort': { random: true } } },
  'probe': { frame: frame.slice(0, 3), probe: true },
  '1514': { frame: frame.slice(0, 3), size: 1514 },
}
const only = process.argv[2]
for (const layout of ['isolated', 'direct'] as const) {
  const mempool = await Mempool.create({ layout, size: 8192 })
  const port = await Port.open('net_null0,no-rx=1', { mempool, sendRingSize: 0 })
  for (const [name, stream] of Object.entries<any>(cases)) {
    const g = await port.generate({ streams: [stream], seconds: 0.7 })
    const s = await g.finished()
    console.log(layout, name, (Number(s.accepted) / s.seconds / 1e6).toFixed(2), 'Mpps', s.rejectedFull)
  }
  await port.close()
}
await eal.close()
