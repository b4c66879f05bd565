// What pktgen prints.

import type { GeneratorStatistics, Measurement, StreamMeasurement } from 'dpdk-node'
import type { Trial } from './throughput.js'
import { isLossless } from './throughput.js'

export function progressLine(
  seconds: number,
  now: GeneratorStatistics,
  before: GeneratorStatistics | undefined,
  measured: Measurement | undefined,
): string {
  const elapsed = now.seconds - (before?.seconds ?? 0)
  const per = (count: bigint, earlier = 0n) => (elapsed > 0 ? Number(count - earlier) / elapsed : 0)
  const sent = `${rate(per(now.accepted, before?.accepted))}pps, ${rate(8 * per(now.bytes, before?.bytes))}bps`
  return [`${seconds.toFixed(0).padStart(4)} s  sending ${sent}`, ...arrived(measured)].join('; ')
}

export function summary(sent: GeneratorStatistics, measured: Measurement | undefined): string {
  const rejected = sent.rejectedFull + sent.rejectedTooLong + sent.rejectedClosed
  const lines = [
    `sent        ${sent.accepted} packets, ${sent.bytes} bytes in ${sent.seconds.toFixed(3)} s: ${rate(Number(sent.accepted) / sent.seconds)}pps`,
    `not sent    ${rejected} that the device did not take`,
  ]
  if (sent.behind > 0n)
    lines.push(`            the rate was not kept: ${sent.behind} times more than 100 ms late`)
  if (measured === undefined) return lines.join('\n')
  const { received, reordered, duplicates, tooOld, latency } = total(measured)
  // What a recording has carries no numbers: it can only be counted.
  const others = measured.others.packets
  const lost = sent.accepted - (received - duplicates - tooOld) - others
  const known = received > 0n ? `, ${reordered} reordered, ${duplicates} twice` : ''
  lines.push(`received    ${received + others} packets, ${lost} lost${known}`)
  if (latency !== undefined) {
    const { minimum, mean, median, p99, p999, maximum } = latency
    const times = { minimum, mean, median, p99: p99, 'p99.9': p999, maximum }
    lines.push(
      `latency     ${Object.entries(times)
        .map(([name, time]) => `${name} ${duration(time)}`)
        .join(', ')}`,
    )
  }
  return lines.join('\n')
}

export function trialLine(size: number, trial: Trial): string {
  const { packetsPerSecond, sent, received, unsent } = trial
  const lost = sent - received
  const share = sent === 0n ? 0 : (100 * Number(lost)) / Number(sent)
  const verdict =
    unsent > 0n
      ? `${unsent} could not be sent in time`
      : isLossless(trial)
        ? 'no loss'
        : `lost ${lost} (${share.toFixed(3)} %)`
  return `${String(size).padStart(5)} bytes  ${rate(packetsPerSecond).padStart(9)}pps  sent ${sent}  ${verdict}`
}

/** Of all streams, pktgen has one. */
export function total({ streams }: Measurement): StreamMeasurement {
  return streams[0] as StreamMeasurement
}

function arrived(measured: Measurement | undefined): string[] {
  if (measured === undefined) return []
  const { received, lost, latency } = total(measured)
  const late =
    latency === undefined ? [] : [`latency ${duration(latency.median)}, p99 ${duration(latency.p99)}`]
  return [`received ${received}, missing ${lost}`, ...late]
}

export function rate(value: number): string {
  const [factor, unit] =
    value >= 1e9 ? [1e9, 'G'] : value >= 1e6 ? [1e6, 'M'] : value >= 1e3 ? [1e3, 'k'] : [1, '']
  return `${(value / factor).toFixed(2)} ${unit}`
}

function duration(nanoseconds: number): string {
  if (nanoseconds < 1e4) return `${nanoseconds.toFixed(0)} ns`
  return nanoseconds < 1e7 ? `${(nanoseconds / 1e3).toFixed(0)} us` : `${(nanoseconds / 1e6).toFixed(0)} ms`
}
