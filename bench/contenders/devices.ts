/** The devices that packets come from and go to. All are virtual: their figures say nothing about a NIC's. */

import type { Devices } from './programs.js'
import { captureOf, type TrafficName } from './traffic.js'

/** Frames of each device that go into its checksum: those of the first fraction of a second. */
const CHECKED_FRAMES = 65_536

/** Frames of zeros, for contenders that do not read them. */
export const netNull: Devices = pair('net_null', 'size=60')

/** As a NIC's: the buffers have their frames already, and receiving hands them out. */
export function prefilled(traffic: TrafficName = '64 B'): Devices {
  return pair('net_frames', `pcap=${captureOf(traffic)},copy=0`, `net_frames, prefilled, ${traffic}`)
}

/** As a virtual device's: each frame is copied into its buffer. */
export function copied(traffic: TrafficName = '64 B'): Devices {
  const parameters = `pcap=${captureOf(traffic)},copy=1,check=${CHECKED_FRAMES}`
  return pair('net_frames', parameters, `net_frames, copied, ${traffic}`)
}

/** DPDK's own driver for captures, which copies too. */
export function netPcap(traffic: TrafficName = '64 B'): Devices {
  return pair('net_pcap', `rx_pcap=${captureOf(traffic)},infinite_rx=1`, `net_pcap infinite_rx, ${traffic}`)
}

/**
 * Frames come to the first device at a rate, or as fast as it is asked; the second one has measured for how long each packet was
 * with the program when it is sent there, and receives none.
 */
export function timed(packetsPerSecond?: number): Devices {
  const frames = `pcap=${captureOf('64 B')},latency=1`
  const rate = packetsPerSecond === undefined ? '' : `,rate=${Math.round(packetsPerSecond)}`
  return {
    name: 'net_frames, copied, 64 B',
    names: ['net_frames0', 'net_frames1'],
    arguments: [`net_frames0,${frames}${rate}`, `net_frames1,${frames},rate=0`],
  }
}

function pair(driver: string, parameters: string, name = driver): Devices {
  const names = [`${driver}0`, `${driver}1`] as const
  return { name, names, arguments: names.map((device) => `${device},${parameters}`) }
}
