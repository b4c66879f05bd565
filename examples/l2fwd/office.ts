// Two devices without hardware, for a first look: on both, the captured traffic of a small office comes in, a hundred
// times over. They need no privilege and nothing to be set up.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EalOptions, Port } from 'dpdk-node'

const REPETITIONS = 100
const PCAP_FILE_HEADER = 24
const PCAP_FRAME_HEADER = 16

export interface Office extends AsyncDisposable {
  eal: EalOptions
  /** How many come in, at both devices together. */
  frames: number
}

export async function openOffice(): Promise<Office> {
  const folder = await mkdtemp(path.join(tmpdir(), 'l2fwd-'))
  const capture = await readFile(new URL('../captures/office.pcap', import.meta.url))
  const records = Array<Uint8Array>(REPETITIONS).fill(capture.subarray(PCAP_FILE_HEADER))
  const input = path.join(folder, 'in.pcap')
  await writeFile(input, [capture.subarray(0, PCAP_FILE_HEADER), ...records])
  return {
    eal: {
      memory: { kind: 'no-huge' },
      pci: 'none',
      vdevs: [0, 1].map((n) => `net_pcap${n},rx_pcap=${input},tx_pcap=${path.join(folder, `out${n}.pcap`)}`),
    },
    frames: 2 * REPETITIONS * countFrames(capture),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

function countFrames(capture: Buffer): number {
  let count = 0
  for (
    let at = PCAP_FILE_HEADER;
    at < capture.length;
    at += PCAP_FRAME_HEADER + capture.readUInt32LE(at + 8)
  ) {
    count++
  }
  return count
}

/**
 * Waits until so many frames have been forwarded, or for `ending`. To be called before the first comes.
 *
 * @returns how long it took from the first to the last, in milliseconds.
 */
export async function untilForwarded(
  ports: readonly Port[],
  frames: number,
  ending: AbortSignal,
): Promise<number> {
  let started: number | undefined
  for (;;) {
    const now = performance.now()
    // Does not keep the process alive: when EAL cannot go on, this does not have to either.
    await delay(1, undefined, { ref: false })
    const forwarded = ports.reduce((sum, port) => {
      const { requested, buffered } = port.counters().tx
      return sum + requested - buffered
    }, 0n)
    if (forwarded > 0n) started ??= now
    if (forwarded >= frames || ending.aborted) return performance.now() - (started ?? now)
  }
}
