// A packet generator: sends UDP packets that it makes, or a recording, at a rate; measures what comes back; and searches
// for the highest rate without loss, as RFC 2544 wants it.
//
//   npm run pktgen                                                     a first look, without privileges
//   node --import tsx examples/pktgen.ts --tx net_tap0,iface=left --rate 10kpps --source 10.0.0.1-10.0.0.254 --seconds 10
//   node --import tsx examples/pktgen.ts --tx 0000:01:00.0 --rx 0000:02:00.0 --rate 50% --size imix
//   node --import tsx examples/pktgen.ts --tx net_tap0,iface=left --replay office.pcap --speed 10 --loops 3
//   node --import tsx examples/pktgen.ts --tx net_ring0 --rx net_ring1 --forward --throughput --trial 2
//
// A device under test in another process, DPDK's l2fwd in TypeScript, over memif:
//
//   node --import tsx examples/l2fwd.ts -l 0 --no-huge --no-pci --vdev net_memif0,role=server,id=0,socket=/run/dut.sock \
//     --vdev net_memif1,role=server,id=1,socket=/run/dut.sock -- -p 3 -q 2
//   node --import tsx examples/pktgen.ts -l 1 --tx net_memif0,id=0,socket=/run/dut.sock \
//     --rx net_memif1,id=1,socket=/run/dut.sock --throughput --highest 1Mpps
//
// It prints a line every second, and at the end what was sent, what arrived of it, and how long that took:
//
//      1 s  sending 100.00 kpps, 48.00 Mbps; received 99952, missing 0; latency 212 ns, p99 2310 ns
//   sent        1000000 packets, 60000000 bytes in 10.000 s: 100.00 kpps
//   not sent    0 that the device did not take
//   received    1000000 packets, 0 lost, 0 reordered, 0 twice
//   latency     minimum 98 ns, mean 301 ns, median 212 ns, p99 2310 ns, p99.9 13 us, maximum 51 us
//
// and of a search, a line for each trial:
//
//      60 bytes    5.00 Mpps  sent 10000000  lost 1202133 (12.021 %)

import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type ArgumentError,
  DpdkError,
  Eal,
  type GeneratorStatistics,
  l2fwd,
  Meter,
  Port,
  sink,
  type TrafficGenerator,
} from 'dpdk-node'
import { type Options, parseCommandLine, UsageError, usage } from './pktgen/command-line.js'
import { progressLine, rate, summary, total, trialLine } from './pktgen/report.js'
import { makeStream } from './pktgen/streams.js'
import { findThroughput, type Trial } from './pktgen/throughput.js'

const OFFICE = fileURLToPath(new URL('./captures/office.pcap', import.meta.url))
const RINGS = '--tx net_ring0 --rx net_ring1 --forward'

/** Without arguments: what is done, one after the other. */
const SHOWCASE = [
  `${RINGS} --rate 100kpps --seconds 3 --size imix --source 10.0.0.1-10.0.0.254 --source-port random`,
  `${RINGS} --replay ${OFFICE} --speed 100`,
  `${RINGS} --throughput --sizes 60,1514 --highest 50Mpps --trial 0.5 --settle 0.1 --resolution 5`,
]

/** What sends, and where it arrives. */
interface Bench {
  transmit: Port
  receive: Port | undefined
  meter: Meter | undefined
}

const ending = new AbortController()
let running: TrafficGenerator | undefined
ending.signal.addEventListener('abort', () => void running?.stop())

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) return void console.log(usage)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort())
  const runs =
    args.length > 0 ? [parseCommandLine(args)] : SHOWCASE.map((line) => parseCommandLine(line.split(' ')))
  const devices = runs.flatMap(({ transmit, receive = '' }) => [transmit, receive])
  await using _eal = await Eal.init({
    ...(runs[0]?.lcores && { lcores: runs[0].lcores }),
    pci: devices.filter((device) => /^[0-9a-f]{4}:/i.test(device)),
  })
  for (const [index, options] of runs.entries()) {
    if (args.length === 0) console.log(`\npktgen.ts ${SHOWCASE[index]}\n`)
    const opened: AsyncDisposable[] = []
    try {
      const bench = await open(options, opened)
      if (options.throughput) await searchAll(bench, options, options.throughput)
      else await runOnce(bench, options)
    } finally {
      for (const each of opened.reverse()) await each[Symbol.asyncDispose]()
    }
  }
}

/** What it opens goes into `opened`, to be closed from the last to the first. */
async function open(options: Options, opened: AsyncDisposable[]): Promise<Bench> {
  const use = <Kind extends AsyncDisposable>(each: Kind): Kind => {
    opened.push(each)
    return each
  }
  const { transmit, receive, forward } = options
  const sending = use(await Port.open(transmit, { promiscuous: true }))
  if (receive === undefined) return { transmit: sending, receive: undefined, meter: undefined }
  const receiving = receive === transmit ? sending : use(await Port.open(receive, { promiscuous: true }))
  const meter = use(await Meter.create({ streams: 1 }))
  if (forward) use(await sending.rx.run(l2fwd({ to: receiving })))
  use(await receiving.rx.run(sink({ meter })))
  await Promise.all([sending.waitForLink(), receiving.waitForLink()])
  return { transmit: sending, receive: receiving, meter }
}

async function runOnce(bench: Bench, options: Options): Promise<void> {
  const { meter } = bench
  const generator = await start(bench, options)
  running = generator
  const began = performance.now()
  let before: GeneratorStatistics | undefined
  const timer = setInterval(async () => {
    const now = generator.stats()
    const seconds = (performance.now() - began) / 1000
    console.log(progressLine(seconds, now, before, await meter?.read()))
    before = now
  }, 1000)
  const sent = await generator.finished()
  clearInterval(timer)
  await arrived(bench, sent.accepted, 1)
  console.log(summary(sent, await meter?.read()))
}

function start({ transmit }: Bench, options: Options): Promise<TrafficGenerator> {
  const { rate, burst, packets, seconds, seed, replay } = options
  const limits = {
    burst,
    ...(packets !== undefined && { packets }),
    ...(seconds !== undefined && { seconds }),
  }
  const pace = { ...limits, ...(rate !== undefined && { rate }) }
  if (replay === undefined) return transmit.generate({ ...pace, streams: [makeStream(options)], seed })
  const { file, speed, loops } = replay
  return transmit.replay(file, { ...pace, loops, ...(rate === undefined && { speed }) })
}

/** Waits until all have arrived, and at the longest so many seconds. */
async function arrived({ receive }: Bench, count: bigint, seconds: number): Promise<void> {
  const end = performance.now() + 1000 * seconds
  const received = () => receive?.rx.program?.stats().received ?? count
  while (received() < count && performance.now() < end) await delay(5)
}

async function searchAll(
  bench: Bench,
  options: Options,
  { sizes, ...search }: NonNullable<Options['throughput']>,
): Promise<void> {
  if (bench.meter === undefined) throw new UsageError('--throughput needs --rx, to see what arrives')
  const results: string[] = []
  for (const size of sizes) {
    const best = await findThroughput({
      ...search,
      trial: (packetsPerSecond) => measure(bench, options, size, packetsPerSecond, search),
      onTrial: (trial) => console.log(trialLine(size, trial)),
    })
    const speed = best?.packetsPerSecond ?? 0
    // As on an Ethernet: frame check sequence, preamble and gap included.
    results.push(
      `${String(size).padStart(5)} bytes  ${rate(speed)}pps  ${rate(speed * 8 * (Math.max(size, 60) + 24))}bps on the wire`,
    )
  }
  console.log(
    `\nthroughput, to within ${search.resolution} % of ${rate(search.highest)}pps\n${results.join('\n')}`,
  )
}

async function measure(
  bench: Bench,
  options: Options,
  size: number,
  packetsPerSecond: number,
  { seconds, settle }: { seconds: number; settle: number },
): Promise<Trial> {
  ending.signal.throwIfAborted()
  const { transmit, meter } = bench as Bench & { meter: Meter }
  await meter.reset()
  const generator = await transmit.generate({
    streams: [makeStream(options, size)],
    rate: { packetsPerSecond },
    seconds,
    seed: options.seed,
  })
  running = generator
  const { accepted } = await generator.finished()
  await delay(1000 * settle)
  const { received, duplicates, tooOld } = total(await meter.read())
  const wanted = BigInt(Math.floor(packetsPerSecond * seconds))
  const unsent = wanted > accepted ? wanted - accepted : 0n
  return { packetsPerSecond, sent: accepted, received: received - duplicates - tooOld, unsent }
}

main().catch((error: unknown) => {
  process.exitCode = 1
  if (ending.signal.aborted && error === ending.signal.reason) return
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`)
  else if (error instanceof DpdkError) console.error([error.message, error.hint].filter(Boolean).join('\n'))
  else if ((error as Partial<ArgumentError>).code?.startsWith('ERR_')) console.error((error as Error).message)
  else throw error
})
