/** What the programs have in common that receive from an interface of the kernel. */

import { createRequire } from 'node:module'

/** One of the packages that bench/setup installs. */
export function peer(name: string): unknown {
  return createRequire(new URL('../../build/bench/peers/package.json', import.meta.url))(name)
}

/** Packets that a receiver finds waiting when it is let go. */
export const BACKLOG = 100_000

/** What a receiver does with each packet. */
export class Received {
  packets = 0
  /** Without a use, the reading could be left out. */
  destinations = 0
  #goal = 0

  count(destination: number): void {
    this.destinations ^= destination
    this.packets++
    // Stopped at this moment, it uses no more CPU: the kernel's figure is that of the backlog.
    if (this.packets === this.#goal) process.kill(process.pid, 'SIGSTOP')
  }

  /** Stops this process when it has handled a backlog, from now on. */
  expectBacklog(): void {
    this.#goal = this.packets + BACKLOG
  }
}

export interface Answer {
  packets: number
  /** Of a clock. */
  seconds: number
  /** User and system time of all threads of this process. */
  cpuSeconds: number
}

let answers = 0

/** SIGUSR2 asks for an `Answer`, on standard output: each has a number of its own. SIGHUP announces a backlog. */
export function answerCounts(): Received {
  const received = new Received()
  process.on('SIGUSR2', () => {
    const { user, system } = process.cpuUsage()
    const { packets } = received
    const answer: Answer = { packets, seconds: performance.now() / 1000, cpuSeconds: (user + system) / 1e6 }
    console.log(`answer ${++answers}: ${JSON.stringify(answer)}`)
  })
  process.on('SIGHUP', () => received.expectBacklog())
  return received
}
