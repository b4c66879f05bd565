// tshark and tcpdump as judges: what they read in frames, one call for many.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCaptureFile, writeCaptureFile } from '../../lib/pcap/index.js'

/** Each field's values in each frame, as text; a field may occur several times in a frame, or not at all. */
export function dissect(
  frames: readonly Uint8Array[],
  fields: readonly string[],
  preferences: readonly string[] = [],
): Record<string, string[]>[] {
  return inCapture(frames, (file) => {
    const format = ['-E', 'separator=\x1f', '-E', 'aggregator=\x1e', '-E', 'occurrence=a', '-E', 'quote=n']
    const wanted = fields.flatMap((field) => ['-e', field])
    const settings = preferences.flatMap((preference) => ['-o', preference])
    const output = run('tshark', ['-n', '-r', file, ...settings, '-T', 'fields', ...format, ...wanted])
    const lines = output.split('\n').slice(0, -1)
    if (lines.length !== frames.length) throw new Error(`${lines.length} lines for ${frames.length} frames`)
    return lines.map((line) => {
      const values = line.split('\x1f').map((text) => (text === '' ? [] : text.split('\x1e')))
      return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? []]))
    })
  })
}

/** What tcpdump says of each frame, without the time. */
export function tcpdump(frames: readonly Uint8Array[]): string[] {
  return inCapture(frames, (file) => {
    return run('tcpdump', ['-n', '-S', '-t', '-r', file]).split('\n').slice(0, -1)
  })
}

/** Frames that a script in this folder makes with scapy: `script FILE …args`. */
export function scapyFrames(script: string, ...args: (string | number)[]): Uint8Array[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'dpdk-node-scapy-'))
  try {
    const file = path.join(folder, 'frames.pcap')
    const program = fileURLToPath(new URL(script, import.meta.url))
    execFileSync('/usr/bin/python3', [program, file, ...args.map(String)], { stdio: 'inherit' })
    return readCaptureFile(file).map(({ bytes }) => bytes)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Its output; what it says besides is about root and link types. */
function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

function inCapture<Result>(frames: readonly Uint8Array[], use: (file: string) => Result): Result {
  const folder = mkdtempSync(path.join(tmpdir(), 'dpdk-node-frames-'))
  try {
    const file = path.join(folder, 'frames.pcap')
    writeCaptureFile(
      file,
      frames.map((bytes) => ({ bytes, timestamp: 0n })),
    )
    return use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
