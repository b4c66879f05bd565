import { Eal, Port, Meter, sink, drop } from 'dpdk-node'
import { ethernet, ipv4, udp, ipv6, tcp, vlanTag } from 'dpdk-node/packets'
import { readCaptureFile } from 'dpdk-node/pcap'
import { setTimeout as delay } from 'node:timers/promises'
const eal = await Eal.init({ memory: { kind: 'no-huge' }, lcores: [1] })
const out = '/tmp/gen-scratch/out.pcap'
const port = await Port.open(`net_pcap0,rx_pcap=/work/wt/generator/examples/captures/office.pcap,tx_pcap=${out}`)
const g = await port.generate({
  streams: [
    { frame: [ethernet(), ipv4(), udp()], size: 'imix', fields: { 'ipv4.source': { minimum: '10.0.0.1', maximum: '10.0.0.254' }, 'udp.sourcePort': { random: true }, 'ethernet.source': {random: true}, 'ipv4.ttl': {list: [3,4,5]} }, probe: true, weight: 3 },
    { frame: [ethernet(), vlanTag(), ipv6(), tcp()], size: 101, fields: { 'ipv6.source': { random: true }, 'tcp.sourcePort': { minimum: 5, maximum: 9, step: -1 }, 'vlanTag.id': {list: [7, 9]} }, probe: true },
  ],
  packets: 1200, rate: { packetsPerSecond: 10000 },
})
console.log(await g.finished())
console.log(await eal.audit())
await port.close()
const ring = await Port.open('net_ring0')
const meter = await Meter.create()
await ring.rx.run(sink({ meter }))
const g2 = await ring.generate({ streams: [{ frame: [ethernet(), ipv4(), udp()], probe: true }], rate: { packetsPerSecond: 100000 }, seconds: 1 })
console.log(await g2.finished())
await delay(20)
console.log((await meter.read()).streams[0])
console.log(ring.rx.program?.explain())
console.log(await eal.audit())
await eal.close()
