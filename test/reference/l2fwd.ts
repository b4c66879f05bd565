// DPDK's own l2fwd, and captures for it: what ours must do with the same frames.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CaptureRecord, readCaptureFile } from 'dpdk-node/pcap'
import { Program, type ProgramOptions, run } from '../support/program.js'

const FILE_HEADER_LENGTH = 24
const BUILD_MS = 300_000
/** For a start, or for the captures; long, because sanitizers on a busy machine are slow. */
const FORWARD_MS = 60_000

/** Whether DPDK's examples can be built here, and if not, why. */
export function canBuildExamples(): { usable: boolean; reason: string } {
  const usable = spawnSync('dpkg-query', ['-W', 'libdpdk-dev']).status === 0
  return { usable, reason: usable ? '' : "DPDK's l2fwd is built from Debian's source of libdpdk-dev" }
}

/** The path of DPDK's program, built where it is not yet. */
export async function buildExample(name: string): Promise<string> {
  const output = await run(fileURLToPath(new URL('build-example', import.meta.url)), [name], {
    timeoutMs: BUILD_MS,
  })
  return output.trim().split('\n').at(-1) as string
}

export interface ForwardOptions {
  /** One capture a port; each is received once. */
  captures: readonly string[]
  /** As in `-l`. */
  lcores: string
  /** What follows `--`, such as `-p 3 -q 2`. All ports are to be enabled: every frame must come out again. */
  args: readonly string[]
}

export interface Forwarded {
  /** What was sent at each port. */
  sent: CaptureRecord[][]
  stdout: string
  /** What is left in EAL's directory. */
  files: string[]
}

/** What DPDK's l2fwd does with captures. */
export async function forwardWithReference(options: ForwardOptions): Promise<Forwarded> {
  const program = await buildExample('l2fwd')
  return forwardCaptures((args, settings) => new Program(program, args, settings), options)
}

/** Lets any l2fwd forward captures, and ends it when all is out. */
export async function forwardCaptures(
  start: (args: readonly string[], settings: ProgramOptions) => Program,
  { captures, lcores, args }: ForwardOptions,
): Promise<Forwarded> {
  const folder = mkdtempSync(path.join(tmpdir(), 'l2fwd-captures-'))
  try {
    const outputs = captures.map((_, port) => path.join(folder, `${port}.pcap`))
    const devices = captures.flatMap((capture, port) => [
      '--vdev',
      `net_pcap${port},rx_pcap=${path.resolve(capture)},tx_pcap=${outputs[port]}`,
    ])
    const eal = ['-l', lcores, '--no-huge', '--no-pci', '-m', '128', '--no-telemetry', ...devices]
    const l2fwd = start([...eal, '--', ...args], { env: { RUNTIME_DIRECTORY: folder } })
    try {
      await l2fwd.line(/^Checking link status.*done/, FORWARD_MS)
      await untilForwarded(captures, outputs)
      l2fwd.signal('SIGINT')
      const { stdout } = await l2fwd.success()
      return {
        sent: outputs.map((output) => readCaptureFile(output)),
        stdout,
        files: readdirSync(path.join(folder, 'dpdk')),
      }
    } finally {
      await l2fwd[Symbol.asyncDispose]()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * l2fwd does not end by itself, nor does it say when a capture is used up. But net_pcap writes each burst to
 * its file at once, and MAC updating changes no length: all is out when as much is written as was to be read.
 */
async function untilForwarded(captures: readonly string[], outputs: readonly string[]) {
  const expected = framesLength(captures)
  const end = performance.now() + FORWARD_MS
  while (framesLength(outputs) < expected) {
    if (performance.now() > end) {
      throw new Error(`l2fwd wrote ${framesLength(outputs)} of ${expected} bytes in ${FORWARD_MS} ms`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function framesLength(files: readonly string[]) {
  const lengths = files.map((file) => (existsSync(file) ? statSync(file).size - FILE_HEADER_LENGTH : 0))
  return lengths.reduce((sum, length) => sum + Math.max(length, 0), 0)
}
