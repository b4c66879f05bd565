// tshark as a judge: what it says about frames, one call for all of them.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeCaptureFile } from '../../lib/pcap/index.js'

const CHECKSUMS = ['ip', 'udp', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`])
// Each frame by itself: that random ones claim each other's addresses is no mistake.
const QUIET = [
  '-o',
  'arp.detect_duplicate_ips:FALSE',
  '-o',
  'ip.defragment:FALSE',
  '-o',
  'ipv6.defragment:FALSE',
]

/** What tshark finds wrong with a frame, besides the fields asked for. */
export const REMARKS = ['_ws.malformed', '_ws.expert.message'] as const

/** A row for each frame: of each field, the values it has in that frame, in order, as tshark prints them. */
export function dissect<Field extends string>(
  frames: readonly Uint8Array[],
  fields: readonly Field[],
): Record<Field | (typeof REMARKS)[number], string[]>[] {
  const folder = mkdtempSync(join(tmpdir(), 'dissect-'))
  try {
    const file = join(folder, 'frames.pcap')
    writeCaptureFile(
      file,
      frames.map((bytes, index) => ({ bytes, timestamp: BigInt(index) * 1_000_000_000n })),
    )
    const names = [...fields, ...REMARKS]
    const separators = ['-E', 'separator=/t', '-E', 'aggregator=|', '-E', 'occurrence=a']
    const options = ['-n', '-r', file, '-T', 'fields', ...separators, ...CHECKSUMS, ...QUIET]
    const output = execFileSync('tshark', [...options, ...names.flatMap((name) => ['-e', name])], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 28,
    })
    const lines = output.split('\n').slice(0, -1)
    if (lines.length !== frames.length)
      throw new Error(`tshark saw ${lines.length} of ${frames.length} frames`)
    return lines.map((line) => {
      const values = line.split('\t')
      const entries = names.map((name, index) => [name, (values[index] ?? '').split('|').filter(Boolean)])
      return Object.fromEntries(entries)
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
