// What a generator sent, seen by its reader in this library and by tshark.

import path from 'node:path'
import type { GenerateOptions, GeneratorStatistics } from 'dpdk-node'
import { Frame } from 'dpdk-node/packets'
import { writeCaptureFile } from 'dpdk-node/pcap'
import { CapturePort } from './capture-port.js'
import { dissect } from './judge/tshark.js'

/** Runs a generator to its end on a port that keeps everything. */
export async function generated(
  options: GenerateOptions,
): Promise<{ frames: Frame[]; statistics: GeneratorStatistics }> {
  await using wire = await CapturePort.open()
  const generator = await wire.port.generate(options)
  const statistics = await generator.finished()
  const frames = wire.sentSoFar().map((bytes) => new Frame(bytes))
  return { frames, statistics }
}

/** What tshark finds wrong with frames: malformed headers, wrong checksums. */
export function faultsOf(folder: string, frames: readonly Frame[], protocols: readonly string[]): string[] {
  const file = path.join(folder, 'generated.pcap')
  writeCaptureFile(
    file,
    frames.map(({ bytes }) => ({ bytes, timestamp: 0n })),
    { format: 'pcap' },
  )
  const packets = dissect(file, ['eth', ...protocols])
  if (packets.length !== frames.length) return [`${packets.length} of ${frames.length} packets`]
  return packets.flatMap(({ faults, layers }) => {
    // One that does not know the protocols would find nothing wrong.
    const missing = protocols.filter((name) => !layers.some((layer) => layer.name === name))
    return [...faults, ...missing.map((name) => `no ${name}`)]
  })
}
