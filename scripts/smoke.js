// Does the installed package work, and which addon does it load? smoke.js PATTERN: the addon's path must contain
// the pattern. A port is opened too, because a static DPDK can lack its drivers and load all the same.
import { readFileSync } from 'node:fs'
import { Eal, Port } from 'dpdk-node'

const pattern = process.argv[2] ?? ''
const eal = await Eal.init({ memory: { kind: 'no-huge' }, pci: 'none' })
const port = await Port.open('net_null0')
await port.close()
await eal.close()

const addon = readFileSync('/proc/self/maps', 'utf8').match(/\/\S*\.node$/m)?.[0] ?? 'none'
console.log(`loaded ${addon}`)
if (!addon.includes(pattern)) {
  console.error(`expected ${pattern}`)
  process.exitCode = 1
}
