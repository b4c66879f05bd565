// What pktgen is asked for, out of words.

import { parseArgs } from 'node:util'
import type { FieldValue, FieldValues, RateOptions, SizeOptions } from 'dpdk-node'

/** Something is wrong with the arguments; the message says what. */
export class UsageError extends Error {}

/** One value, or values that differ from packet to packet. */
export type Spread<Value> = { fixed: Value } | { values: FieldValues }

export interface Options {
  lcores: number[] | undefined
  transmit: string
  receive: string | undefined
  /** Forward from one to the other in this process. */
  forward: boolean
  replay: { file: string; speed: number; loops: number } | undefined
  throughput:
    | { sizes: number[]; highest: number; seconds: number; settle: number; resolution: number }
    | undefined
  rate: RateOptions | undefined
  /** Undefined: as short as they can be. */
  sizes: SizeOptions | undefined
  packets: number | undefined
  seconds: number | undefined
  burst: number
  seed: number
  vlan: Spread<number> | undefined
  source: Spread<string>
  destination: Spread<string>
  sourcePort: Spread<number>
  destinationPort: Spread<number>
  destinationMac: string
}

export const usage = `pktgen.ts --tx DEVICE [--rx DEVICE] [options]
  -l CPU,...             CPUs that send and receive
  --tx, --rx DEVICE      for example net_tap0,iface=left or 0000:01:00.0; --rx measures what arrives; it may be the same
  --forward              forward from --tx to --rx in this process: a device under test, where both are net_ring
 packets
  --size SIZE            bytes without frame check sequence: 60, 60,590,1514 by turns, or imix (default: the shortest)
  --source, --destination ADDRESS[-ADDRESS]   IPv4 or IPv6, one or a range
  --source-port, --destination-port PORT[-PORT] | random
  --vlan ID[-ID]         with a VLAN tag
  --mac ADDRESS          destination (default: 02:00:00:00:00:02)
  --seed NUMBER          of what is random (default: 0)
 pace
  --rate RATE            10kpps, 1.5Mpps, 200Mbps (frames), 1Gbps, 50% of the line (default: as fast as it goes)
  --burst N              packets that go together (default: 1)
  --seconds N, --packets N   (default: until Ctrl-C)
 instead of packets that are made
  --replay FILE          pcap or pcapng; with --rate, or --speed N (1: as recorded, inf: as fast as it goes); --loops N
 instead of one run
  --throughput           RFC 2544, section 26.1: the highest rate without loss, for each of
  --sizes 60,124,...     (default: 60,124,252,508,1020,1276,1514: 64 to 1518 with frame check sequence)
  --highest RATE         where the search begins, in packets (default: 10Mpps)
  --trial N              seconds of a trial (default: 10; the RFC wants 60)
  --settle N             seconds to wait for what is still on its way (default: 2)
  --resolution N         percent at which the search ends (default: 1)
Without arguments: a look at all of it, without privileges.
`

const options = {
  lcores: { type: 'string', short: 'l' },
  tx: { type: 'string' },
  rx: { type: 'string' },
  forward: { type: 'boolean', default: false },
  size: { type: 'string' },
  source: { type: 'string', default: '192.0.2.1' },
  destination: { type: 'string', default: '198.51.100.1' },
  'source-port': { type: 'string', default: '49152' },
  'destination-port': { type: 'string', default: '9' },
  vlan: { type: 'string' },
  mac: { type: 'string', default: '02:00:00:00:00:02' },
  seed: { type: 'string', default: '0' },
  rate: { type: 'string' },
  burst: { type: 'string', default: '1' },
  seconds: { type: 'string' },
  packets: { type: 'string' },
  replay: { type: 'string' },
  speed: { type: 'string', default: '1' },
  loops: { type: 'string', default: '1' },
  throughput: { type: 'boolean', default: false },
  sizes: { type: 'string', default: '60,124,252,508,1020,1276,1514' },
  highest: { type: 'string', default: '10Mpps' },
  trial: { type: 'string', default: '10' },
  settle: { type: 'string', default: '2' },
  resolution: { type: 'string', default: '1' },
} as const

export function parseCommandLine(args: readonly string[]): Options {
  const { values } = read(args)
  if (values.tx === undefined) throw new UsageError('--tx is missing: the device that sends')
  const isIpv6 = [values.source, values.destination].some((address) => address.includes(':'))
  const fallback = (address: string, ipv4: string, ipv6: string) =>
    isIpv6 && address === ipv4 ? ipv6 : address
  return {
    lcores: values.lcores?.split(',').map((cpu) => number('-l', cpu)),
    transmit: values.tx,
    receive: values.rx,
    forward: values.forward,
    replay:
      values.replay === undefined
        ? undefined
        : {
            file: values.replay,
            speed: number('--speed', values.speed),
            loops: number('--loops', values.loops),
          },
    throughput: values.throughput
      ? {
          sizes: values.sizes.split(',').map((size) => number('--sizes', size)),
          highest: packetsPerSecond(values.highest),
          seconds: number('--trial', values.trial),
          settle: number('--settle', values.settle),
          resolution: number('--resolution', values.resolution),
        }
      : undefined,
    rate: values.rate === undefined ? undefined : parseRate(values.rate),
    sizes: values.size === undefined ? undefined : sizes(values.size),
    packets: values.packets === undefined ? undefined : number('--packets', values.packets),
    seconds: values.seconds === undefined ? undefined : number('--seconds', values.seconds),
    burst: number('--burst', values.burst),
    seed: number('--seed', values.seed),
    vlan: values.vlan === undefined ? undefined : numbers('--vlan', values.vlan),
    source: addresses(fallback(values.source, '192.0.2.1', '2001:db8::1')),
    destination: addresses(fallback(values.destination, '198.51.100.1', '2001:db8:1::1')),
    sourcePort: numbers('--source-port', values['source-port']),
    destinationPort: numbers('--destination-port', values['destination-port']),
    destinationMac: values.mac,
  }
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function number(name: string, text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY
  const value = Number(text)
  if (text === '' || Number.isNaN(value)) throw new UsageError(`${name}: '${text}' is not a number`)
  return value
}

/** `A-B`, or one. */
function spread<Value extends FieldValue>(text: string, parse: (text: string) => Value): Spread<Value> {
  const [first = '', last] = text.split('-')
  return last === undefined
    ? { fixed: parse(first) }
    : { values: { minimum: parse(first), maximum: parse(last) } }
}

function sizes(text: string): SizeOptions {
  return text === 'imix' ? text : text.split(',').map((size) => number('--size', size))
}

function addresses(text: string): Spread<string> {
  return spread(text, (address) => address)
}

function numbers(name: string, text: string): Spread<number> {
  return text === 'random' ? { values: { random: true } } : spread(text, (each) => number(name, each))
}

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 }

function parseRate(text: string): RateOptions {
  const [, digits, factor = '', unit] = /^([\d.]+)(?:([kMG]?)(pps|bps)|(%))$/.exec(text) ?? []
  const value = Number(digits) * (FACTORS[factor] ?? 1)
  if (digits === undefined || Number.isNaN(value)) {
    throw new UsageError(`--rate: '${text}' is not a rate such as 10kpps, 200Mbps or 50%`)
  }
  if (unit === 'pps') return { packetsPerSecond: value }
  return unit === 'bps' ? { bitsPerSecond: value } : { percent: value }
}

function packetsPerSecond(text: string): number {
  const rate = parseRate(text)
  if ('packetsPerSecond' in rate) return rate.packetsPerSecond
  throw new UsageError(`--highest: '${text}' is not a rate of packets such as 1Mpps`)
}
