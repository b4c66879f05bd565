// Which lcore polls which receive queue: what --config says.

import type { Options } from './command-line.js'
import { FatalError } from './errors.js'

/** For each enabled port the lcores of its queues, in their order. */
export function assignQueues(
  present: readonly number[],
  lcores: readonly number[],
  { portMask, config }: Pick<Options, 'portMask' | 'config'>,
): Map<number, number[]> {
  const isEnabled = (port: number) => ((portMask >>> port) & 1) === 1
  const enabled = present.filter(isEnabled)
  if (config === undefined) {
    if (enabled.length === 0) throw refuse('no port of the port mask is present on the board')
    return new Map(enabled.map((port, index) => [port, [lcores[index % lcores.length] as number]]))
  }
  const queues = new Map<number, number[]>(enabled.map((port) => [port, []]))
  for (const { port, queue, lcore } of config) {
    if (!lcores.includes(lcore)) throw refuse(`error: lcore ${lcore} is not enabled in lcore mask`)
    if (!isEnabled(port)) throw refuse(`port ${port} is not enabled in port mask`)
    const own = queues.get(port)
    if (own === undefined) throw refuse(`port ${port} is not present on the board`)
    if (own.push(lcore) !== queue + 1) {
      throw new FatalError(`queue ids of the port ${port} must be in sequence and must start with 0`)
    }
  }
  for (const [port, own] of queues) {
    // DPDK's would only send there; every port has a receive queue here.
    if (own.length === 0) own.push(lcores[0] as number)
    if (own.length > 128) throw refuse(`port ${port}: too many queues`)
  }
  return queues
}

function refuse(problem: string): FatalError {
  console.log(problem)
  return new FatalError('check_lcore_params failed')
}
