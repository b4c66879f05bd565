// An Ethernet switch over any number of ports. It learns behind which port each station is, sends frames there, and
// floods those for everyone or for a station that nobody has heard yet.
//
//   node --import tsx examples/learning-bridge.ts -l 1 net_tap0,iface=a net_tap1,iface=b net_tap2,iface=c
//   node --import tsx examples/learning-bridge.ts 0000:01:00.0 0000:02:00.0 --ageing 60
//
// Learning, ageing and flooding are TypeScript: learning-bridge/. Frames between stations that are known do not come there:
// the lcores forward them by a table. A flooded frame is not copied.

import { parseArgs } from 'node:util'
import { AddressTable, bridge, Eal, handle, Port, type Program } from 'dpdk-node'
import { learnAndFlood } from './learning-bridge/handler.js'
import { macAddress, Stations } from './learning-bridge/stations.js'

const SWEEP_MILLISECONDS = 1000

const { values, positionals: devices } = parseArgs({
  allowPositionals: true,
  options: {
    /** CPUs that forward. */
    lcores: { type: 'string', short: 'l' },
    /** For how long a silent station is remembered, in seconds. */
    ageing: { type: 'string', default: '300' },
  },
})
if (devices.length < 2) {
  console.error('usage: learning-bridge [-l CPU,...] [--ageing SECONDS] DEVICE DEVICE...')
  process.exit(2)
}

await using eal = await Eal.init({
  ...(values.lcores !== undefined && { lcores: values.lcores.split(',').map(Number) }),
  pci: devices.filter((device) => /^[0-9a-f]{4}:/i.test(device)),
})
const ports = await Promise.all(devices.map((device) => Port.open(device, { promiscuous: true })))
const table = await AddressTable.create({ capacity: 16384 })
const stations = new Stations(table, Number(values.ageing))
const programs = await Promise.all(ports.map(run))
const sweep = setInterval(async () => {
  const forgotten = await stations.expire()
  if (forgotten > 0) console.log(`${forgotten} stations forgotten, ${stations.size} known`)
}, SWEEP_MILLISECONDS)
console.log(`bridging ${ports.map(({ name }) => name).join(', ')}`)

await eal.untilSignal()
clearInterval(sweep)
for (const program of programs) await program.stop()
for (const program of programs) console.log(program.explain())

/** Each port's frames may go to any port by its id, and to all others together. */
async function run(port: Port): Promise<Program> {
  const single = Object.fromEntries(ports.map((other) => [other.id, other]))
  const onLearn = (address: number) => console.log(`${macAddress(address)} is at ${port.name}`)
  const program = await port.rx.run(
    bridge({ table, to: ports }),
    handle(learnAndFlood(port, stations, onLearn), { outputs: { ...single, others: ports } }),
  )
  return program.on('error', (error) => console.error(error.message))
}
