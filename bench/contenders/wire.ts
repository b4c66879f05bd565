/** Cables of the kernel (veth) between a sender and receivers, in network namespaces that end with this process. */

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Host } from '../../test/support/namespaces.js'
import type { Program } from '../../test/support/program.js'
import { type Answer, BACKLOG } from '../programs/receiver.js'
import { built, LCORE_CPU, OTHER_CPU } from './contender.js'
import { captureOf } from './traffic.js'

/** To which the frames are addressed. */
const RECEIVER_MAC = '02:f0:00:00:00:20'
const OTHER_MAC = '02:f0:00:00:00:30'
const RECEIVER_ADDRESSES = '198.18.0.0/15'
/** Until the sender has found its rate. */
const SETTLE_MILLISECONDS = 100
/** For what is on its way when the sender has ended. */
const DRAIN_MILLISECONDS = 200

export interface Transfer {
  offeredPerSecond: number
  handledPerSecond: number
  handledPerCpuSecond: number
  lostPercent: number
}

/** Receivers, each with a cable and a namespace of its own, all but one of them stopped (SIGSTOP). */
export class Wire implements AsyncDisposable {
  readonly #sender: Host
  readonly #receivers: Host[] = []

  private constructor(sender: Host) {
    this.#sender = sender
  }

  static async create(): Promise<Wire> {
    return new Wire(await Host.create('sender'))
  }

  /**
   * Starts a receiver on a new cable, whose end it is given by name. It says `ready` when it receives.
   *
   * @param addressed the kernel takes the frames for its own and delivers them, which costs the sender's CPU some time more;
   *   otherwise it ignores them, behind whoever looks at all that comes.
   */
  async attach(
    name: string,
    addressed: boolean,
    command: (interfaceName: string) => string[],
  ): Promise<Receiver> {
    const host = await Host.create(name)
    const [from, to] = [`from${this.#receivers.length}`, `to${this.#receivers.length}`] as const
    this.#receivers.push(host)
    const address = addressed ? RECEIVER_MAC : OTHER_MAC
    const pair = `${from} type veth peer name ${to} address ${address} netns ${host.pid}`
    await this.#sender.run('ip', ['link', 'add', ...pair.split(' ')])
    await this.#sender.bringUpSilently(from)
    await host.bringUpSilently(to)
    if (addressed) await host.run('ip', ['route', 'add', 'local', RECEIVER_ADDRESSES, 'dev', 'lo'])
    await host.run('sysctl', ['-qw', 'net.ipv4.conf.all.rp_filter=0', `net.ipv4.conf.${to}.rp_filter=0`])
    const program = host.start('taskset', ['--cpu-list', String(LCORE_CPU), ...command(to)])
    await program.line(/^ready$/)
    return new Receiver(name, program, this.#sender, from)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of [...this.#receivers, this.#sender]) await host[Symbol.asyncDispose]()
  }
}

export class Receiver {
  readonly name: string
  readonly #program: Program
  readonly #sender: Host
  readonly #interface: string
  #answers = 0

  constructor(name: string, program: Program, sender: Host, interfaceName: string) {
    this.name = name
    this.#program = program
    this.#sender = sender
    this.#interface = interfaceName
    program.signal('SIGSTOP')
  }

  /** Sends it frames at a rate, 0 for as fast as the kernel takes them, and counts what it has handled of them. */
  async receive(packetsPerSecond: number, milliseconds: number): Promise<Transfer> {
    this.#program.signal('SIGCONT')
    await delay(50)
    const before = await this.#count()
    const command = ['--cpu-list', String(OTHER_CPU), built('sender'), this.#interface, captureOf('64 B')]
    const times = [packetsPerSecond, milliseconds + 2 * SETTLE_MILLISECONDS].map(String)
    const sending = this.#sender.run('taskset', [...command, ...times])
    await delay(SETTLE_MILLISECONDS)
    const first = await this.#count()
    await delay(milliseconds)
    const last = await this.#count()
    const { sent, seconds } = JSON.parse(await sending) as { sent: number; seconds: number }
    await delay(DRAIN_MILLISECONDS)
    const after = await this.#count()
    this.#program.signal('SIGSTOP')
    const packets = last.packets - first.packets
    return {
      offeredPerSecond: sent / seconds,
      handledPerSecond: packets / (last.seconds - first.seconds),
      handledPerCpuSecond: packets / (last.cpuSeconds - first.cpuSeconds),
      lostPercent: (1 - (after.packets - before.packets) / sent) * 100,
    }
  }

  /**
   * Lets it handle what has come while it was stopped: as fast as it can. Its kernel buffer must be large enough.
   *
   * @returns packets per CPU-second.
   */
  async drain(): Promise<number> {
    this.#program.signal('SIGCONT')
    this.#program.signal('SIGHUP')
    // Its answer says that it has seen both signals.
    await delay(20)
    await this.#count()
    this.#program.signal('SIGSTOP')
    await this.#stopped()
    const before = cpuSeconds(this.#program.pid)
    const command = ['--cpu-list', String(OTHER_CPU), built('sender'), this.#interface, captureOf('64 B')]
    await this.#sender.run('taskset', [...command, '0', '10000', String(BACKLOG)])
    this.#program.signal('SIGCONT')
    await delay(10)
    await this.#stopped()
    return BACKLOG / (cpuSeconds(this.#program.pid) - before)
  }

  async #stopped(): Promise<void> {
    const end = performance.now() + 5000
    while (!/^State:\s*T/m.test(readFileSync(`/proc/${this.#program.pid}/status`, 'utf8'))) {
      if (performance.now() > end)
        throw new Error(`${this.name} has lost packets of a backlog, or is not stopped`)
      await delay(2)
    }
  }

  /** Ends it as a user would: what it has made is gone with it. */
  async stop(): Promise<void> {
    this.#program.signal('SIGCONT')
    this.#program.signal('SIGINT')
    await this.#program.exit()
  }

  /** As it says itself, of one moment. */
  async #count(): Promise<Answer> {
    this.#program.signal('SIGUSR2')
    const [, json] = await this.#program.line(new RegExp(`^answer ${++this.#answers}: (.+)$`))
    return JSON.parse(json ?? '')
  }
}

/** User and system time of all threads of a stopped process. */
function cpuSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const times = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
  return times.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9
}
