// Layer 2 forwarding: what comes in at one port of a pair goes out at the other. DPDK's first sample application, with
// its command line, its table and its rules; in native code or in TypeScript, as --mode says.
//
//   npm run l2fwd                                          a first look, without privileges
//   node --import tsx examples/l2fwd.ts -l 1 -a 0000:01:00.0 -a 0000:02:00.0 -- -p 3 -q 2 --mode handler
//
// https://doc.dpdk.org/guides/sample_app_ug/l2_forward_real_virtual.html

import { once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { Eal, type Link, l2fwd, MacAddress, Mempool, Port, type Program } from 'dpdk-node'
import { type Options, parseCommandLine } from './l2fwd/command-line.js'
import { FatalError, report } from './l2fwd/errors.js'
import { type Addresses, forwardAll } from './l2fwd/handler.js'
import { type Office, openOffice, untilForwarded } from './l2fwd/office.js'
import { assignLcores, pairPorts, type Route } from './l2fwd/port-pairs.js'
import { addUp, countPackets, type Forwarding, formatTable } from './l2fwd/statistics.js'

const DESCRIPTORS = 1024
const BURST = 32
const HANDLER_RING = 1024
const POOL_CACHE = 256

const LINK_CHECK_MILLISECONDS = 100
const LINK_CHECKS = 90

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv.slice(2))
  const ending = endBySignal()
  if (options.showcase) {
    await using office = await openOffice()
    await forward({ ...options, eal: office.eal, portMask: 3, portsPerLcore: 2 }, ending, office)
  } else {
    // As every DPDK program: it takes the PCI devices that it may, and shows what EAL and the drivers say.
    await forward({ ...options, eal: { pci: 'all', echoLog: true, ...options.eal } }, ending)
  }
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

async function forward(options: Options, ending: AbortController, office?: Office): Promise<void> {
  await using eal = await startEal(options)
  console.log(`MAC updating ${options.macUpdating ? 'enabled' : 'disabled'}`)
  const routes = await openPorts(eal, options)
  const ports = [...routes.keys()]
  await showLinks(ports, ending.signal)

  showLcores(eal, ports)
  const ended = office ? untilForwarded(ports, office.frames, ending.signal) : untilAborted(ending.signal)
  const forwardings = await startForwarding(routes, options)
  const tables = showTables(forwardings, options)
  if (options.duration) setTimeout(() => ending.abort(), options.duration * 1000).unref()
  const milliseconds = await ended
  clearInterval(tables)

  await stopForwarding(forwardings)
  console.log(formatTable(forwardings.map(countPackets)))
  if (milliseconds) showSpeed(forwardings, milliseconds, options)
}

async function startEal({ eal }: Options): Promise<Eal> {
  try {
    return await Eal.init(eal)
  } catch (error) {
    throw new FatalError('Invalid EAL arguments', { cause: error })
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

/** Opens every port that is to forward, and returns for each the port that it forwards to. */
async function openPorts(eal: Eal, options: Options): Promise<Map<Port, Port>> {
  const present = (await Port.list()).map(({ id }) => id)
  if (present.length === 0) throw new FatalError('No Ethernet ports - bye')
  const lcores = eal.lcores.map(({ id }) => id).sort((a, b) => a - b)
  const pairs = pairPorts(present, options.portMask, options.portMap)
  const routes = assignLcores(pairs, lcores, options.portsPerLcore)

  const mempool = await createMempool(routes, options)
  const ports = new Map<number, Port>()
  for (const id of present) {
    const route = routes.get(id)
    if (route) ports.set(id, await openPort(id, route, mempool, options))
    else console.log(`Skipping disabled port ${id}`)
  }
  if (ports.size === 0) throw new FatalError('All available ports are disabled. Please set portmask.')
  const portOf = (id: number) => ports.get(id) as Port
  return new Map([...routes].map(([id, { to }]) => [portOf(id), portOf(to)]))
}

/** Large enough for every queue, burst, cache and ring to be full at once. */
async function createMempool(routes: ReadonlyMap<number, Route>, { mode }: Options): Promise<Mempool> {
  const lcores = new Set([...routes.values()].map(({ lcore }) => lcore)).size
  const rings = mode === 'native' ? 0 : HANDLER_RING
  const size = routes.size * (2 * DESCRIPTORS + rings + BURST + lcores * POOL_CACHE)
  return Mempool.create({ name: 'mbuf_pool', size: Math.max(size, 8192), cacheSize: POOL_CACHE })
}

async function openPort(
  id: number,
  { lcore }: Route,
  mempool: Mempool,
  { promiscuous }: Options,
): Promise<Port> {
  process.stdout.write(`Initializing port ${id}... `)
  const port = await Port.open(id, {
    rxQueueLcores: [lcore],
    rxDescriptors: DESCRIPTORS,
    txDescriptors: DESCRIPTORS,
    promiscuous,
    mempool,
    sendRingSize: 0,
  })
  console.log(`done: \nPort ${id}, MAC address: ${port.macAddress.toUpperCase()}\n`)
  return port
}

/** Waits for up to nine seconds until all links are up, with a dot for each look that finds one down. */
async function showLinks(ports: readonly Port[], ending: AbortSignal): Promise<void> {
  process.stdout.write('\nChecking link status')
  for (let checks = 0; checks < LINK_CHECKS && !(await areAllUp(ports)); checks++) {
    process.stdout.write('.')
    await delay(LINK_CHECK_MILLISECONDS)
    if (ending.aborted) return
  }
  console.log('done')
  for (const port of ports) console.log(`Port ${port.id} ${formatLink(await port.link())}`)
}

async function areAllUp(ports: readonly Port[]): Promise<boolean> {
  const links = await Promise.all(ports.map((port) => port.link()))
  return links.every(({ up }) => up)
}

function formatLink({ up, speed, fullDuplex, autonegotiated }: Link): string {
  if (!up) return 'Link down'
  const rate = speed >= 1000 ? `${speed / 1000} Gbps` : `${speed} Mbps`
  const known = speed === 0 ? 'None' : speed === 0xffffffff ? 'Unknown' : rate
  return `Link up at ${known} ${fullDuplex ? 'FDX' : 'HDX'} ${autonegotiated ? 'Autoneg' : 'Fixed'}`
}

function showLcores(eal: Eal, ports: readonly Port[]): void {
  for (const { id } of eal.lcores) {
    const served = ports.filter(({ configuration }) =>
      configuration.rxQueues.some(({ lcore }) => lcore === id),
    )
    console.error(
      `L2FWD: ${served.length > 0 ? `entering main loop on lcore ${id}` : `lcore ${id} has nothing to do`}`,
    )
    for (const port of served) console.error(`L2FWD:  -- lcoreid=${id} portid=${port.id}`)
  }
}

async function startForwarding(ports: ReadonlyMap<Port, Port>, options: Options): Promise<Forwarding[]> {
  return Promise.all(
    [...ports].map(async ([port, to]) => {
      const program = await startProgram(port, to, options)
      program.on('error', (error) => console.error(error))
      return { port, program }
    }),
  )
}

function startProgram(port: Port, to: Port, { mode, macUpdating }: Options): Promise<Program> {
  const addresses = macUpdating ? newAddresses(to) : undefined
  // A handler that is slow for a while must not lose packets: they wait in the device.
  const handling = { outputs: { to }, overflow: 'backpressure', ringSize: HANDLER_RING } as const
  switch (mode) {
    case 'native':
      return port.rx.run(l2fwd({ to, macUpdating }))
    case 'handler':
      return port.rx.handle(forwardAll(addresses), handling)
    case 'workers':
      return port.rx.handle(new URL('./l2fwd/handler.js', import.meta.url), { ...handling, data: addresses })
  }
}

/** 02:00:00:00:00:<port>, and the port's own. */
function newAddresses(to: Port): Addresses {
  return {
    destination: Uint8Array.of(2, 0, 0, 0, 0, to.id),
    source: new MacAddress(to.macAddress).bytes,
  }
}

/** The first at once. */
function showTables(forwardings: readonly Forwarding[], { period }: Options): NodeJS.Timeout | undefined {
  if (period === 0) return undefined
  const clear = process.stdout.isTTY ? '\x1b[2J\x1b[1;1H' : ''
  const show = () => console.log(clear + formatTable(forwardings.map(countPackets)))
  show()
  return setInterval(show, period * 1000).unref()
}

/** First all programs, so that nothing is sent to a closed port; closing then waits for what is still to be sent. */
async function stopForwarding(forwardings: readonly Forwarding[]): Promise<void> {
  await Promise.all(forwardings.map(({ program }) => program.stop()))
  for (const { port } of forwardings) {
    process.stdout.write(`Closing port ${port.id}...`)
    await port.close()
    console.log(' Done')
  }
}

function showSpeed(forwardings: readonly Forwarding[], milliseconds: number, { mode }: Options): void {
  const { sent } = addUp(forwardings.map(countPackets))
  const rate = (Number(sent) / milliseconds / 1000).toFixed(2)
  console.log(`Moved ${sent} packets in ${milliseconds.toFixed(0)} ms: ${rate} Mpps (--mode ${mode})`)
}

main().catch(report)
