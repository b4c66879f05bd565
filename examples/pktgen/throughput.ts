// RFC 2544, section 26.1: the highest rate at which a device under test loses nothing.

export interface Trial {
  packetsPerSecond: number
  sent: bigint
  received: bigint
  /** What the sender itself could not send in time: then the trial says nothing about the device. */
  unsent: bigint
}

export interface Search {
  /** Where it begins: nothing faster is tried. */
  highest: number
  /** Percent of `highest`: it ends when it knows the rate to within so much. */
  resolution: number
  trial: (packetsPerSecond: number) => Promise<Trial>
  onTrial: (trial: Trial) => void
}

/** Whether nothing was lost, neither by the device nor by the sender. */
export function isLossless({ sent, received, unsent }: Trial): boolean {
  return received === sent && unsent === 0n
}

/** The fastest trial without loss, by halving; undefined when there was none. */
export async function findThroughput({
  highest,
  resolution,
  trial,
  onTrial,
}: Search): Promise<Trial | undefined> {
  let best: Trial | undefined
  let [good, bad] = [0, highest]
  for (let rate = highest; ; rate = (good + bad) / 2) {
    const result = await trial(rate)
    onTrial(result)
    if (isLossless(result)) {
      best = result
      good = rate
    } else {
      bad = rate
    }
    if (bad - good <= (highest * resolution) / 100) return best
  }
}
