// Packets that scapy makes: another's idea of the same protocols.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCaptureFile } from '../../../lib/pcap/index.js'

const SCRIPT = fileURLToPath(new URL('packets.py', import.meta.url))

/** Random packets, the same for the same seed. @param kinds those of packets.py; all of them without any */
export function scapyFrames(count: number, seed: number, ...kinds: string[]): Uint8Array[] {
  const folder = mkdtempSync(join(tmpdir(), 'dpdk-node-scapy-'))
  try {
    const path = join(folder, 'frames.pcap')
    const options = [SCRIPT, String(seed), String(count), path, ...kinds]
    execFileSync('/usr/bin/python3', options, { stdio: ['ignore', 'ignore', 'inherit'] })
    return readCaptureFile(path).map(({ bytes }) => bytes)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
