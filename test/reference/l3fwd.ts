// DPDK's own l3fwd, and a capture for it: what ours must do with the same frames.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readCaptureFile, writeCaptureFile } from 'dpdk-node/pcap'
import { Program, type ProgramOptions } from '../support/program.js'
import { until } from '../support/until.js'
import { buildExample } from './l2fwd.js'

/** Long, because sanitizers on a busy machine are slow. */
const FORWARD_MS = 60_000

export interface RouteOptions {
  /** What port 0 receives; the others receive nothing, so that the order of what is sent does not depend on time. */
  frames: readonly Uint8Array[]
  /** For each port a frame that is sent there: when all of them are out, everything is. */
  last: readonly Uint8Array[]
  /** What follows `--`. */
  args: readonly string[]
}

export interface Routed {
  /** What each port sent, without the last frame. */
  sent: Uint8Array[][]
  stdout: string
}

/** What DPDK's l3fwd does. It is built without its demand for checksum offload, see build-example. */
export async function routeWithReference(options: RouteOptions): Promise<Routed> {
  const program = await buildExample('l3fwd')
  return routeCapture((args, settings) => new Program(program, args, settings), {
    ...options,
    args: [...options.args, '--parse-ptype'],
  })
}

/** Lets any l3fwd forward the frames, and ends it when all is out. */
export async function routeCapture(
  start: (args: readonly string[], settings: ProgramOptions) => Program,
  { frames, last, args }: RouteOptions,
): Promise<Routed> {
  const folder = mkdtempSync(path.join(tmpdir(), 'l3fwd-captures-'))
  try {
    const outputs = last.map((_, port) => path.join(folder, `out${port}.pcap`))
    const devices = outputs.flatMap((output, port) => {
      const input = path.join(folder, `in${port}.pcap`)
      const received = port === 0 ? [...frames, ...last] : []
      const records = received.map((bytes) => ({ bytes, timestamp: 0n }))
      writeCaptureFile(input, records, { format: 'pcap' })
      return ['--vdev', `net_pcap${port},rx_pcap=${input},tx_pcap=${output}`]
    })
    const eal = ['-l', '1', '--no-huge', '--no-pci', '-m', '512', '--no-telemetry', ...devices]
    const config = last.map((_, port) => `(${port},0,1)`).join(',')
    await using l3fwd = start([...eal, '--', '--config', config, ...args], {
      env: { RUNTIME_DIRECTORY: folder },
    })
    const sentBy = (output: string) => readCaptureFile(output).map(({ bytes }) => bytes)
    // It says nothing when a capture is used up; but net_pcap writes each burst to its file at once.
    const isOut = () => outputs.every((output, port) => endsWith(output, last[port] as Uint8Array))
    await until('all frames are out', isOut, FORWARD_MS)
    l3fwd.signal('SIGINT')
    const { stdout } = await l3fwd.success()
    return { sent: outputs.map((output) => sentBy(output).slice(0, -1)), stdout }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What is in front of the addresses has changed on the way. */
function endsWith(capture: string, last: Uint8Array): boolean {
  return (
    existsSync(capture) &&
    readFileSync(capture)
      .subarray(26 - last.length)
      .equals(last.subarray(26))
  )
}
