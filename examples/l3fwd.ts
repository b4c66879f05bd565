// Layer 3 forwarding: a router. DPDK's l3fwd, with its command line, its rule files and its table.
//
//   node --import tsx examples/l3fwd.ts -l 1 -a 0000:01:00.0 -a 0000:02:00.0 -- -p 3 --config "(0,0,1),(1,0,1)"
//   node --import tsx examples/l3fwd.ts -l 1 --no-huge -m 512 --vdev net_tap0,iface=left --vdev net_tap1,iface=right -- \
//     -p 3 --rule_ipv4 routes4.txt --rule_ipv6 routes6.txt --eth-dest 0,02:00:00:00:00:0a --eth-dest 1,02:00:00:00:00:0b
//
// Without rule files, 198.18.<port>.0/24 and 2001:200:0:<port>::/64 are behind each port. A rule file has a route a line,
// `R192.0.2.0/24 1` for what is behind port 1; both families need one. Frames go to the MAC address that --eth-dest names,
// otherwise 02:00:00:00:00:<port>.
//
// What it does not do as DPDK's l3fwd does, because it is a router's duty: packets whose time to live is 0 or 1 are
// dropped, and packets without a route too, which DPDK's sends back where they came from, as it does with everything that
// is no IP. IPv6 hop limits are counted down. Header checksums and lengths are verified here, so no device needs to.
// Exact match (--lookup em, -E), access control (acl) and event devices (--mode eventdev) are not offered.
//
// https://doc.dpdk.org/guides/sample_app_ug/l3_forward.html

import { once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { Eal, l3fwd, Mempool, Port, type Program, RouteTable } from 'dpdk-node'
import { type Options, parseCommandLine } from './l3fwd/command-line.js'
import { FatalError, report } from './l3fwd/errors.js'
import { assignQueues } from './l3fwd/queues.js'
import { defaultRules, type Rule, readRules } from './l3fwd/rules.js'

const BURST = 32
const POOL_CACHE = 256
const SMALLEST_POOL = 8192
/** Of a frame, beside what the MTU counts: the Ethernet header and the frame check sequence. */
const OVERHEAD = 18

const LINK_CHECK_MILLISECONDS = 100
const LINK_CHECKS = 90

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv.slice(2))
  const ending = endBySignal()
  await using eal = await startEal(options)
  const ports = await openPorts(eal, options)
  const table = await makeTable(ports, options)
  await untilLinksAreUp([...ports.values()], ending.signal)

  const programs: Program[] = []
  for (const port of ports.values()) {
    programs.push(await port.rx.run(l3fwd({ table, to: [...ports.values()] })))
    for (const { queue, lcore } of port.configuration.rxQueues) {
      console.error(`L3FWD:  -- lcoreid=${lcore} portid=${port.id} rxqueueid=${queue}`)
    }
  }
  if (options.duration) setTimeout(() => ending.abort(), options.duration * 1000).unref()
  if (!ending.signal.aborted) await once(ending.signal, 'abort')

  await Promise.all(programs.map((program) => program.stop()))
  for (const program of programs) console.log(program.explain())
  for (const port of ports.values()) {
    process.stdout.write(`Closing port ${port.id}...`)
    await port.close()
    console.log(' Done')
  }
  await table.close()
  console.log('Bye...')
}

/** The first signal asks for the end, which is announced; the same one again ends the process at once. */
function endBySignal(): AbortController {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.log(`\n\nSignal ${constants.signals[signal]} received, preparing to exit...`)
      ending.abort()
    })
  }
  return ending
}

async function startEal({ eal }: Options): Promise<Eal> {
  try {
    return await Eal.init({ pci: 'all', echoLog: true, ...eal })
  } catch (error) {
    throw new FatalError('Invalid EAL parameters', { cause: error })
  }
}

async function openPorts(eal: Eal, options: Options): Promise<Map<number, Port>> {
  const present = (await Port.list()).map(({ id }) => id)
  const lcores = eal.lcores.map(({ id }) => id).sort((a, b) => a - b)
  const queues = assignQueues(present, lcores, options)
  const shared = options.perPortPool ? undefined : await createMempool('mbuf_pool', queues.size, options)
  const ports = new Map<number, Port>()
  for (const id of present) {
    const rxQueueLcores = queues.get(id)
    if (rxQueueLcores === undefined) {
      console.log(`\nSkipping disabled port ${id}`)
      continue
    }
    process.stdout.write(`Initializing port ${id} ... `)
    const port = await Port.open(id, {
      rxQueueLcores,
      rxDescriptors: options.rxQueueSize,
      txDescriptors: options.txQueueSize,
      promiscuous: options.promiscuous,
      mempool: shared ?? (await createMempool(`mbuf_pool_${id}`, 1, options)),
      sendRingSize: 0,
      ...(options.longestFrame !== undefined && { mtu: options.longestFrame - OVERHEAD }),
    })
    console.log(` Address:${port.macAddress.toUpperCase()}, Destination:${destinationOf(id, options)}`)
    ports.set(id, port)
  }
  return ports
}

/** As in DPDK's l3fwd: large enough for every queue, burst and cache to be full at once. */
function createMempool(name: string, ports: number, { rxQueueSize, txQueueSize, config }: Options) {
  const lcores = new Set(config?.map(({ lcore }) => lcore)).size || 1
  const queues = Math.max(1, ...(config ?? []).map(({ queue }) => queue + 1))
  const size = ports * (queues * rxQueueSize + lcores * (BURST + txQueueSize)) + lcores * POOL_CACHE
  return Mempool.create({ name, size: Math.max(size, SMALLEST_POOL), cacheSize: POOL_CACHE })
}

/** Routes to ports that are not used are left out. */
async function makeTable(ports: ReadonlyMap<number, Port>, options: Options): Promise<RouteTable> {
  const table = await RouteTable.create({ ipv4Lookup: options.lookup })
  const nextHops = new Map(
    [...ports].map(([id, port]) => [id, { port, mac: destinationOf(id, options) }] as const),
  )
  const used = (await rulesOf(options)).filter(({ port }) => nextHops.has(port))
  for (const { prefix, port } of used)
    console.log(`Adding route ${prefix} (${port}) [${ports.get(port)?.name}]`)
  await table.replace(used.map(({ prefix, port }) => ({ prefix, nextHop: nextHops.get(port) ?? [] })))
  return table
}

async function rulesOf({ ipv4Rules, ipv6Rules }: Options): Promise<Rule[]> {
  if (ipv4Rules !== undefined && ipv6Rules !== undefined) {
    return [...(await readRules(ipv4Rules, 4)), ...(await readRules(ipv6Rules, 6))]
  }
  console.error('L3FWD: Missing 1 or more rule files, using default instead')
  return defaultRules()
}

function destinationOf(port: number, { destinations }: Options): string {
  return destinations.get(port) ?? `02:00:00:00:00:${port.toString(16).padStart(2, '0')}`
}

/** Waits for up to nine seconds, with a dot for each look that finds one down. */
async function untilLinksAreUp(ports: readonly Port[], ending: AbortSignal): Promise<void> {
  process.stdout.write('\nChecking link status')
  const areAllUp = async () => (await Promise.all(ports.map((port) => port.link()))).every(({ up }) => up)
  for (let checks = 0; checks < LINK_CHECKS && !(await areAllUp()); checks++) {
    process.stdout.write('.')
    await delay(LINK_CHECK_MILLISECONDS)
    if (ending.aborted) return
  }
  console.log('done')
}

main().catch(report)
