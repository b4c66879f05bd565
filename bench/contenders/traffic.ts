/** The frames that are served: made once, in build/bench. */

import { existsSync } from 'node:fs'
import { ethernet, Frame, ipv4, ipv6, tcp, udp } from 'dpdk-node/packets'
import { writeCaptureFile } from 'dpdk-node/pcap'
import { built } from './contender.js'

export interface Traffic {
  name: string
  /** Bytes on the wire with the frame check sequence, which captures have not. */
  sizes: readonly number[]
  flows: number
  kinds: readonly ('ipv4-udp' | 'ipv4-tcp' | 'ipv6-udp')[]
}

/** The simple IMIX: seven short frames to four middle ones and one long. */
const IMIX = [...Array(7).fill(64), ...Array(4).fill(594), 1518]

export const TRAFFIC = {
  /** As prefilled buffers: 256 flows of frames of one length. */
  '64 B': { name: '64 B', sizes: [64], flows: 256, kinds: ['ipv4-udp', 'ipv4-tcp'] },
  '100,000 flows': { name: '100,000 flows', sizes: [64], flows: 100_000, kinds: ['ipv4-udp', 'ipv4-tcp'] },
  IMIX: { name: 'IMIX', sizes: IMIX, flows: 1200, kinds: ['ipv4-udp', 'ipv4-tcp', 'ipv6-udp'] },
  '1518 B': { name: '1518 B', sizes: [1518], flows: 256, kinds: ['ipv4-udp', 'ipv4-tcp'] },
} satisfies Record<string, Traffic>

export type TrafficName = keyof typeof TRAFFIC

/** The path of a capture with these frames. */
export function captureOf(name: TrafficName): string {
  const path = built(`${name.replaceAll(/\W+/g, '-')}.pcap`)
  if (!existsSync(path)) writeCaptureFile(path, frames(TRAFFIC[name]), { format: 'pcap' })
  return path
}

function* frames({ flows, sizes, kinds }: Traffic) {
  for (let flow = 0; flow < flows; flow++) {
    const length = (sizes[flow % sizes.length] as number) - 4
    const bytes = new Uint8Array(length)
    bytes.set(frame(flow, kinds[flow % kinds.length] as string, length).bytes.subarray(0, length))
    yield { bytes, timestamp: BigInt(flow) }
  }
}

function frame(flow: number, kind: string, length: number): Frame {
  const link = ethernet({ source: '02:f0:00:00:00:10', destination: '02:f0:00:00:00:20' })
  const low = `${(flow >> 16) & 255}.${(flow >> 8) & 255}.${flow & 255}`
  const ports = { sourcePort: 1024 + (flow % 50_000), destinationPort: 53 }
  if (kind === 'ipv6-udp') {
    const ip = ipv6({ source: `2001:db8::${(flow & 0xffff).toString(16)}`, destination: '2001:db8:1::1' })
    return Frame.build(link, ip, udp(ports), new Uint8Array(Math.max(0, length - 62)))
  }
  const ip = ipv4({ source: `10.${low}`, destination: `198.18.${(flow >> 8) & 255}.${flow & 255}` })
  if (kind === 'ipv4-tcp') return Frame.build(link, ip, tcp(ports), new Uint8Array(Math.max(0, length - 54)))
  return Frame.build(link, ip, udp(ports), new Uint8Array(Math.max(0, length - 42)))
}
