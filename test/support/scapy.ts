// Packets that scapy made: another's idea of the same protocols.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCaptureFile } from '../../lib/pcap/index.js'

const SCRIPT = fileURLToPath(new URL('ip-capture.py', import.meta.url))

/** Random packets of a kind that ip-capture.py knows; the same for the same seed. */
export function scapyFrames(kind: string, count: number, seed = 1): Uint8Array[] {
  const folder = mkdtempSync(join(tmpdir(), 'scapy-'))
  try {
    const file = join(folder, 'frames.pcap')
    execFileSync('/usr/bin/python3', [SCRIPT, file, kind, String(count), String(seed)])
    return readCaptureFile(file).map(({ bytes }) => bytes)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
