// Hosts to send real traffic between: network namespaces on this machine.
//
// A namespace lives as long as the process that holds it open: a cat that ends when this process lets go of
// its input, however that comes about. Programs in it end with us too (see program.ts). A namespace takes its
// interfaces with it, so nothing is left behind, also when a test fails or is killed.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Program, type ProgramOptions, run } from './program.js'

/** The Debian packages with the programs that tests run in namespaces. */
const PACKAGES = {
  curl: 'curl',
  ethtool: 'ethtool',
  ip: 'iproute2',
  iperf3: 'iperf3',
  ping: 'iputils-ping',
  python3: 'python3',
  sysctl: 'procps',
  tcpdump: 'tcpdump',
  traceroute: 'traceroute',
}

export type Tool = keyof typeof PACKAGES

/**
 * Whether this user can make namespaces and use these tools in them, and if not, why: for
 * `describe.skipIf(!namespaces.usable)`. A test that is skipped should say the reason.
 */
export function canUseNamespaces(...tools: Tool[]): { usable: boolean; reason: string } {
  const reason = whatIsInTheWay(['ip', 'ethtool', 'sysctl', ...tools])
  return { usable: reason === '', reason }
}

function whatIsInTheWay(tools: Tool[]): string {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const missing = tools.filter((tool) => spawnSync('sh', ['-c', 'command -v "$0"', tool]).status !== 0)
  if (missing.length > 0) {
    return `not installed: apt-get install ${missing.map((tool) => PACKAGES[tool]).join(' ')}`
  }
  const attempt = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], { encoding: 'utf8' })
  return attempt.status === 0 ? '' : `no network namespace: ${attempt.error ?? attempt.stderr.trim()}`
}

export interface InterfaceOptions {
  mac?: string
  /** With prefix length: `192.0.2.1/24`, `2001:db8::1/64`. */
  addresses?: readonly string[]
  /** Frames that the kernel queues while nobody reads; 1,000 lets a fast sender overrun a slow reader. */
  transmitQueueLength?: number
}

/** A network namespace with its loopback interface up. */
export class Host implements AsyncDisposable {
  readonly name: string
  #holder: ChildProcess
  #programs = new Set<Program>()

  private constructor(name: string, holder: ChildProcess) {
    this.name = name
    this.#holder = holder
  }

  static async create(name: string): Promise<Host> {
    const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const host = new Host(name, holder)
    // An echo comes from the cat, so the namespace is there by then.
    holder.stdin?.write('ready\n')
    const [answer] = await Promise.race([
      once(holder.stdout as NodeJS.ReadableStream, 'data'),
      once(holder, 'exit'),
    ])
    if (!Buffer.isBuffer(answer)) throw new Error(`could not make the network namespace of ${name}`)
    try {
      await host.run('ip', ['link', 'set', 'lo', 'up'])
      // Without duplicate address detection, IPv6 addresses can be used at once.
      await host.run('sysctl', [
        '-qw',
        'net.ipv6.conf.all.accept_dad=0',
        'net.ipv6.conf.default.accept_dad=0',
      ])
    } catch (error) {
      await host[Symbol.asyncDispose]()
      throw error
    }
    return host
  }

  /** Names the namespace for `ip link set … netns`. */
  get pid(): number {
    return this.#holder.pid as number
  }

  /** Runs a program in the namespace and returns its output; fails where it fails or takes too long. */
  run(command: string, args: readonly string[] = [], options: ProgramOptions & { timeoutMs?: number } = {}) {
    return run('nsenter', this.#inside(command, args), options)
  }

  /** Starts a program in the namespace that runs until it, or the host, is disposed of. */
  start(command: string, args: readonly string[] = [], options: ProgramOptions = {}): Program {
    const program = new Program('nsenter', this.#inside(command, args), options)
    this.#programs.add(program)
    return program
  }

  #inside(command: string, args: readonly string[]) {
    return [`--net=/proc/${this.pid}/ns/net`, command, ...args]
  }

  /**
   * Moves an interface here and switches it on: the tap device that a port has made, in the namespace of
   * `from` or in this process's own. The port goes on sending and receiving.
   */
  async adopt(interfaceName: string, options: InterfaceOptions & { from?: Host } = {}): Promise<void> {
    const move = ['link', 'set', interfaceName, 'netns', String(this.pid)]
    await (options.from ? options.from.run('ip', move) : run('ip', move))
    await this.bringUp(interfaceName, options)
  }

  /** Gives an interface its addresses and switches it on. */
  async bringUp(
    interfaceName: string,
    { mac, addresses = [], transmitQueueLength }: InterfaceOptions = {},
  ): Promise<void> {
    const link = (...settings: string[]) => this.run('ip', ['link', 'set', interfaceName, ...settings])
    if (mac) await link('address', mac)
    if (transmitQueueLength) await link('txqueuelen', String(transmitQueueLength))
    for (const address of addresses) await this.run('ip', ['address', 'add', address, 'dev', interfaceName])
    await link('up')
  }

  /** Makes the kernel send each frame as on a cable: of a cable's size, its checksums filled in. */
  async disableOffloads(interfaceName: string): Promise<void> {
    await this.run('ethtool', ['-K', interfaceName, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off'])
  }

  /** Switches an interface on that belongs to a port: the kernel itself neither sends on it nor answers. */
  async bringUpSilently(interfaceName: string): Promise<void> {
    await this.run('sysctl', ['-qw', `net.ipv6.conf.${interfaceName}.disable_ipv6=1`])
    await this.run('ip', ['link', 'set', interfaceName, 'arp', 'off', 'up'])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#programs].map((program) => program[Symbol.asyncDispose]()))
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return
    const ended = once(this.#holder, 'exit')
    this.#holder.stdin?.end()
    await ended
  }
}

/** Several hosts that end together. */
export class Network<Name extends string> implements AsyncDisposable {
  readonly hosts: Readonly<Record<Name, Host>>

  private constructor(hosts: Record<Name, Host>) {
    this.hosts = hosts
  }

  static async create<Name extends string>(...names: Name[]): Promise<Network<Name>> {
    const hosts = {} as Record<Name, Host>
    const network = new Network(hosts)
    try {
      for (const name of names) hosts[name] = await Host.create(name)
    } catch (error) {
      await network[Symbol.asyncDispose]()
      throw error
    }
    return network
  }

  /** Lays a cable: a veth pair, its ends not switched on yet. */
  async connect(left: Host, leftInterface: string, right: Host, rightInterface: string): Promise<void> {
    const pair = `${leftInterface} type veth peer name ${rightInterface} netns ${right.pid}`
    await left.run('ip', ['link', 'add', ...pair.split(' ')])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values<Host>(this.hosts).map((host) => host[Symbol.asyncDispose]()))
  }
}

let interfaces = 0

/** A name for an interface in a namespace that is shared with others, as this process's own is. */
export function uniqueInterfaceName(prefix: string): string {
  return `${prefix}${process.pid}x${interfaces++}`
}
