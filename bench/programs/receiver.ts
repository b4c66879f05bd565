/** What the programs have in common that receive from an interface of the kernel. */

import { createRequire } from 'node:module'

/** One of the packages that bench/setup installs. */
export function peer(name: string): unknown {
  return createRequire(new URL('../../build/bench/peers/package.json', import.meta.url))(name)
}

export interface Received {
  packets: number
  /** What was read: without a use, the reading could be left out. */
  destinations: number
}

export interface Answer {
  packets: number
  /** Of a clock. */
  seconds: number
  /** User and system time of all threads of this process. */
  cpuSeconds: number
}

let answers = 0

/** SIGUSR2 asks for an `Answer`, on standard output: each has a number of its own. */
export function answerCounts(): Received {
  const received = { packets: 0, destinations: 0 }
  process.on('SIGUSR2', () => {
    const { user, system } = process.cpuUsage()
    const seconds = performance.now() / 1000
    const answer: Answer = { packets: received.packets, seconds, cpuSeconds: (user + system) / 1e6 }
    console.log(`answer ${++answers}: ${JSON.stringify(answer)}`)
  })
  return received
}
