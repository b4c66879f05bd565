// On the same capture, examples/l3fwd.ts sends the same frames in the same order as DPDK's l3fwd, except where that is no
// router: it sends on what has lived too long, what is damaged, and back where it came from what it has no route for or
// does not know; it leaves IPv6 hop limits as they are; and it lets a checksum overflow.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { readCaptureFile } from 'dpdk-node/pcap'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildExample, canBuildExamples } from '../reference/l2fwd.js'
import { type Routed, routeCapture, routeWithReference } from '../reference/l3fwd.js'
import { useTemporaryFolder } from '../support/eal.js'
import { hex, internetChecksum, patched } from '../support/frames.js'
import { ipv4Frame, numberedPayload, withChecksum } from '../support/ip-frames.js'
import { run, startScript } from '../support/program.js'

const PORTS = 3
const ETHERNET = 14
const folder = useTemporaryFolder()
const reference = canBuildExamples()
const ipv4Rules = path.join(folder, 'ipv4.rules')
const ipv6Rules = path.join(folder, 'ipv6.rules')
const frames = new Map<number, Uint8Array[]>()

/** Addresses of the random captures are 198.18.x.x and 2001:db8::x:y: a quarter of them has no route. */
beforeAll(async () => {
  writeFileSync(
    ipv4Rules,
    '# IPv4\n\nR198.18.0.0/18 0\nR198.18.64.0/18 1\nR198.18.128.0/18 2\nR198.18.200.7/32 9\n',
  )
  writeFileSync(ipv6Rules, '# IPv6\nR2001:db8::/98 0\nR2001:db8::4000:0/98 1\nR2001:db8::8000:0/98 2\n')
  const script = fileOf('../support/random-capture.py')
  await buildExample('l3fwd')
  for (const seed of [1, 2, 3]) {
    const file = path.join(folder, `random-${seed}.pcap`)
    await run('/usr/bin/python3', [script, file, '2000', String(seed)], { timeoutMs: 60_000 })
    frames.set(
      seed,
      readCaptureFile(file).map(({ bytes }) => bytes),
    )
  }
}, 360_000)

function fileOf(name: string): string {
  return new URL(name, import.meta.url).pathname
}

const last = Array.from({ length: PORTS }, (_, port) =>
  ipv4Frame(numberedPayload(0xeeee, 40), { destination4: `198.18.${64 * port}.1`, identification: 0xeeee }),
)

type Fate = 'forwarded' | 'passed' | 'badHeader' | 'badChecksum' | 'ttlExceeded' | 'noRoute'

/** What RFC 1812 and RFC 8200 want, in other words than the library's. */
function fateOf(frame: Uint8Array): Fate {
  const type = (frame[12] ?? 0) * 256 + (frame[13] ?? 0)
  const packet = frame.subarray(ETHERNET)
  const word = (at: number) => (packet[at] ?? 0) * 256 + (packet[at + 1] ?? 0)
  if (type === 0x0800) {
    const headerLength = ((packet[0] ?? 0) & 15) * 4
    const isBad =
      packet.length < 20 ||
      (packet[0] ?? 0) >> 4 !== 4 ||
      headerLength < 20 ||
      word(2) < headerLength ||
      word(2) > packet.length
    if (isBad) return 'badHeader'
    if (internetChecksum(packet.subarray(0, headerLength)) !== 0) return 'badChecksum'
    const [first = 0, , third = 0] = packet.subarray(16, 20)
    if (first >= 224) return 'passed'
    if ((packet[8] ?? 0) < 2) return 'ttlExceeded'
    return first === 198 && third < 192 ? 'forwarded' : 'noRoute'
  }
  if (type === 0x86dd) {
    if (packet.length < 40 || (packet[0] ?? 0) >> 4 !== 6 || 40 + word(4) > packet.length) return 'badHeader'
    if (packet[24] === 0xff || (packet[8] === 0xfe && ((packet[9] ?? 0) & 0xc0) === 0x80)) return 'passed'
    if ((packet[7] ?? 0) < 2) return 'ttlExceeded'
    return word(24) === 0x2001 && word(36) < 0xc000 ? 'forwarded' : 'noRoute'
  }
  return 'passed'
}

/** What a frame keeps on its way. */
function keyOf(frame: Uint8Array): string {
  const changed = frame[12] === 0x86 ? [7] : [8, 10, 11]
  const kept = Uint8Array.from(frame.subarray(ETHERNET))
  for (const at of changed) kept[at] = 0
  return hex([kept])[0] as string
}

/** What a router would have sent where DPDK's l3fwd sends this. */
function corrected(frame: Uint8Array, received: Uint8Array): Uint8Array {
  if (frame[12] === 0x86) return patched(frame, ETHERNET + 7, [(received[ETHERNET + 7] as number) - 1])
  const overflows = (received[ETHERNET + 10] as number) >= 0xfe && received[ETHERNET + 11] === 0xff
  return overflows ? withChecksum(frame) : frame
}

function expectedOf({ sent }: Routed, received: readonly Uint8Array[]): string[][] {
  const byKey = new Map(received.map((frame) => [keyOf(frame), frame]))
  return sent.map((frames) =>
    hex(
      frames.flatMap((frame) => {
        const origin = byKey.get(keyOf(frame))
        return origin && fateOf(origin) === 'forwarded' ? [corrected(frame, origin)] : []
      }),
    ),
  )
}

/** What the program says that it did with what port 0 received, the last frames included. */
function countsOf(stdout: string): Record<string, number> {
  const line = stdout.match(/^net_pcap0, .*\n.*\n +(.*)$/m)?.[1] ?? ''
  return Object.fromEntries(
    [...line.matchAll(/(\w+) (\d+)/g)].map(([, name, count]) => [name, Number(count)]),
  )
}

describe.skipIf(!reference.usable)(`the frames of DPDK's l3fwd ${reference.reason}`, () => {
  it.each([
    { seed: 1, args: '--lookup lpm' },
    { seed: 2, args: '--lookup=fib' },
    { seed: 3, args: '-L --eth-dest 0,02:00:00:aa:bb:cc --eth-dest=2,0a:0b:0c:0d:0e:0f -P --ipv6' },
  ])(
    'capture $seed: -- -p 7 $args',
    async ({ seed, args }) => {
      const received = frames.get(seed) as Uint8Array[]
      const rules = ['--rule_ipv4', ipv4Rules, `--rule_ipv6=${ipv6Rules}`]
      const options = { frames: received, last, args: ['-p', '7', ...args.split(' '), ...rules] }
      const theirs = await routeWithReference(options)
      const ours = await routeCapture(
        (args, settings) => startScript('examples/l3fwd.ts', args, settings),
        options,
      )
      const expected = expectedOf(theirs, received)
      expect(Math.min(...expected.map(({ length }) => length))).toBeGreaterThan(100)
      expect(ours.sent.map(hex)).toEqual(expected)

      const fates: Record<string, number> = { forwarded: PORTS }
      for (const frame of received) {
        const fate = fateOf(frame)
        fates[fate] = (fates[fate] ?? 0) + 1
      }
      expect(countsOf(ours.stdout)).toEqual(fates)
      for (const reason of ['badHeader', 'badChecksum', 'ttlExceeded', 'noRoute', 'passed']) {
        expect(fates[reason], reason).toBeGreaterThan(0)
      }
    },
    150_000,
  )
})
