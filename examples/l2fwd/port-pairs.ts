// Which port forwards to which, and which lcore serves it.

import { FatalError } from './errors.js'

export interface Route {
  /** A port's id. */
  to: number
  lcore: number
}

/** The enabled ports, and where each forwards to: what --portmap says, otherwise its neighbour. */
export function pairPorts(
  present: readonly number[],
  portMask: number,
  portMap: readonly [number, number][] | undefined,
): Map<number, number> {
  const isEnabled = (port: number) => ((portMask >>> port) & 1) === 1
  if (portMap) checkPortMap(portMap, isEnabled, present)
  const possible = 2 ** present.length - 1
  if (portMask > possible) throw new FatalError(`Invalid portmask; possible (0x${possible.toString(16)})`)

  if (portMap)
    return new Map(
      portMap.flatMap(([left, right]) => [
        [left, right],
        [right, left],
      ]),
    )
  const enabled = present.filter(isEnabled)
  if (enabled.length % 2 === 1) console.log('Notice: odd number of ports in portmask.')
  return new Map(enabled.map((port, index) => [port, enabled[index ^ 1] ?? port]))
}

function checkPortMap(
  portMap: readonly [number, number][],
  isEnabled: (port: number) => boolean,
  present: readonly number[],
): void {
  const used = new Set<number>()
  const refuse = (problem: string) => {
    console.log(problem)
    return new FatalError('Invalid port pair config')
  }
  for (const [left, right] of portMap) {
    for (const port of [left, right]) {
      if (!isEnabled(port)) throw refuse(`port ${port} is not enabled in port mask`)
      if (!present.includes(port)) throw refuse(`port ${port} is not present on the board`)
    }
    const twice = [right, left].find((port) => used.has(port))
    if (twice !== undefined) throw refuse(`port ${twice} is used in other port pairs`)
    used.add(left).add(right)
  }
}

/** Gives each lcore as many ports as -q allows, in order. */
export function assignLcores(
  destinations: ReadonlyMap<number, number>,
  lcores: readonly number[],
  portsPerLcore: number,
): Map<number, Route> {
  const routes = new Map<number, Route>()
  for (const [port, to] of [...destinations].sort(([a], [b]) => a - b)) {
    const lcore = lcores[Math.floor(routes.size / portsPerLcore)]
    if (lcore === undefined) throw new FatalError('Not enough cores')
    console.log(`Lcore ${lcore}: RX port ${port} TX port ${to}`)
    routes.set(port, { to, lcore })
  }
  return routes
}
