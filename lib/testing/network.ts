import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AuditReport } from '../audit.js'
import { now } from '../clock.js'
import { DpdkError } from '../errors.js'
import type { Verdict } from '../handler-observer.js'
import { Mempool, type MempoolOptions } from '../mempool.js'
import type { Port, PortCounters } from '../port.js'
import type { PortOptions } from '../port-options.js'
import type { ProgramStatistics } from '../program.js'
import { checkArray, checkInteger, checkOptions, checkString, invalidValue } from '../validate.js'
import { Decisions } from './decisions.js'
import { nextNetwork, rememberFolder, removeFolder, withEal } from './environment.js'
import { framesOf, type Packets } from './packets.js'
import { Traffic } from './traffic.js'
import { Wire } from './wire.js'

export interface TestNetworkOptions {
  /** Options for all ports, as for `Port.open`. */
  port?: Omit<PortOptions, 'rxQueues' | 'rxQueueLcores' | 'mempool'>
  /** Options for the pool that its ports share. Default: 8192 buffers. */
  pool?: Pick<MempoolOptions, 'size' | 'dataRoom' | 'layout'>
}

export interface FeedOptions {
  /**
   * Packets that the port receives at once, before the handlers on the main thread get the first of them; the next come
   * when these have been dealt with. Default: 512.
   */
  atOnce?: number
}

export interface EndOptions {
  /** For how long packets that handlers hold may take to come back, in milliseconds. Default: 1000. */
  timeoutMs?: number
}

/** What a network had done at its end, by the names of its ports. */
export interface NetworkResult<Name extends string = string> {
  /** The frames that left by each port, in order. */
  readonly outputs: { readonly [name in Name]: Uint8Array[] }
  /** What handlers decided about the packets that came by each port, in order. */
  readonly verdicts: { readonly [name in Name]: Verdict[] }
  readonly counters: { readonly [name in Name]: PortCounters }
  /** What the actions counted that ran on each port at the end; undefined where no program did. */
  readonly programs: { readonly [name in Name]: ProgramStatistics | undefined }
  /** Its laws hold: otherwise the end throws. */
  readonly audit: AuditReport
}

const BUFFERS = 8192
/** Packets that a port receives at once, unless something else is said. */
export const AT_ONCE = 512
/** For how long buffers may be on their way back after the last port was closed. */
const BUFFERS_MS = 1000

/**
 * Ports for a test, with real devices that need no privileges: what they receive is fed to them, and what they send can be
 * read. Made by `testNetwork`.
 *
 * @example
 * ```ts
 * await using network = await testNetwork(['left', 'right'])
 * const { left, right } = network.ports
 * await left.rx.run(forward({ to: right }))
 * await network.feed('left', 'office.pcap')
 * expect(network.outputs.right).toEqualFrames(frames)
 * const { audit } = await network.end()
 * ```
 */
export class TestNetwork<Name extends string = string> implements AsyncDisposable {
  readonly ports: { readonly [name in Name]: Port }
  readonly #wires: ReadonlyMap<Name, Wire>
  readonly #traffic: Traffic
  readonly #decisions: Decisions
  readonly #mempool: Mempool
  readonly #folder: string
  #feeding: Promise<unknown> = Promise.resolve()
  #ending: Promise<NetworkResult<Name>> | undefined
  #closing: Promise<void> | undefined

  private constructor(wires: ReadonlyMap<Name, Wire>, mempool: Mempool, folder: string) {
    this.#wires = wires
    this.#traffic = new Traffic(wires)
    this.#mempool = mempool
    this.#folder = folder
    this.ports = this.#byName(({ port }) => port)
    this.#decisions = new Decisions([...wires.values()].map(({ port }) => port.id))
  }

  /** @internal */
  static open<Name extends string>(
    names: readonly Name[],
    options: TestNetworkOptions,
  ): Promise<TestNetwork<Name>> {
    checkNames(names)
    checkOptions('options', options, ['port', 'pool'])
    checkOptions('options.pool', options.pool ?? {}, ['size', 'dataRoom', 'layout'])
    return withEal(async () => {
      const number = nextNetwork()
      const mempool = await Mempool.create({ name: `test-${number}`, size: BUFFERS, ...options.pool })
      const folder = mkdtempSync(path.join(tmpdir(), 'dpdk-node-testing-'))
      rememberFolder(folder)
      const wires = new Map<Name, Wire>()
      try {
        for (const name of names) {
          const device = `net_pcap_${number}_${name}`
          wires.set(name, await Wire.open(device, path.join(folder, name), mempool, options.port ?? {}))
        }
        return new TestNetwork(wires, mempool, folder)
      } catch (error) {
        await Promise.allSettled([...wires.values()].map(({ port }) => port.close()))
        await mempool.close().catch(() => {})
        removeFolder(folder)
        throw error
      }
    })
  }

  /** The frames that have left by each port so far, in order. */
  get outputs(): { readonly [name in Name]: Uint8Array[] } {
    return this.#byName((wire) => wire.sent())
  }

  /** What handlers have decided so far about the packets that came by each port, in order. */
  get verdicts(): { readonly [name in Name]: Verdict[] } {
    return this.#byName(({ port }) => this.#decisions.of(port.id).map(({ verdict }) => verdict))
  }

  /**
   * Lets a port receive packets, and waits until all of them have been dealt with: the counters say so. What handlers hold
   * may still be held then.
   *
   * @throws {DpdkError} `ERR_DPDK_NOTHING_RECEIVES` without a program on the port, `ERR_DPDK_NOT_SETTLED` when packets are
   *   still on their way after 10 s, `ERR_DPDK_CAPTURE_FILE` for a file that cannot be used.
   */
  async feed(name: Name, packets: Packets, options: FeedOptions = {}): Promise<void> {
    const wire = this.#wire('name', name)
    checkOptions('options', options, ['atOnce'])
    const atOnce = checkAtOnce(options.atOnce)
    const frames = framesOf('packets', packets)
    const fed = this.#feeding.then(() => withEal(() => this.#feed(wire, frames, atOnce)))
    this.#feeding = fed.catch(() => {})
    await fed
  }

  /**
   * Waits until nothing is on its way any more: not in a device, in a handler's ring, or in a transmit buffer. After
   * `feed` that is so; it is for what programs do by themselves, or with packets that they held.
   *
   * @throws {DpdkError} `ERR_DPDK_NOT_SETTLED` when that is not so after 10 s.
   */
  settled(): Promise<void> {
    return withEal((eal) => this.#traffic.settle(eal))
  }

  /**
   * Stops the programs, holds all counters against each other, closes the ports, and sees to it that every buffer is back.
   *
   * @throws {DpdkError} `ERR_DPDK_AUDIT` when counters contradict each other, or a buffer is lost.
   */
  end(options: EndOptions = {}): Promise<NetworkResult<Name>> {
    checkOptions('options', options, ['timeoutMs'])
    this.#ending ??= withEal(() => this.#end(options))
    return this.#ending
  }

  /** Closes everything, if that has not been done by `end`. It does not look at the counters: the test has failed, or did. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ending?.catch(() => {})
    await this.#close().catch((error) => {
      // What went wrong at the end has been said there.
      if (this.#ending === undefined) throw error
    })
  }

  async #feed(wire: Wire, frames: readonly Uint8Array[], atOnce: number): Promise<void> {
    if (!wire.port.rx.isPolled) {
      throw new DpdkError(`nothing receives on ${wire.port.name}`, {
        code: 'ERR_DPDK_NOTHING_RECEIVES',
        hint: 'Run a program on the port first: await port.rx.run(…) or port.rx.handle(…).',
      })
    }
    await this.settled()
    for (let first = 0; first < frames.length; first += atOnce) {
      const { backpressured } = wire
      this.#decisions.pause()
      try {
        await wire.feed(frames.slice(first, first + atOnce))
        const isIn = () => wire.waiting === 0 || wire.backpressured > backpressured
        await this.#traffic.until(isIn)
      } finally {
        this.#decisions.resume()
      }
      await this.settled()
    }
  }

  async #end(options: EndOptions): Promise<NetworkResult<Name>> {
    try {
      await this.#feeding
      await this.settled()
      const programs = new Map([...this.#wires].map(([name, { port }]) => [name, port.rx.program]))
      await Promise.all(this.#traffic.programs.map((program) => program.stop(options)))
      await this.#traffic.until(() => this.#traffic.isFlushed)
      const audit = await withEal((eal) => eal.audit())
      if (!audit.ok) throw auditFailed(audit.violations)
      const result = {
        outputs: this.outputs,
        verdicts: this.verdicts,
        counters: this.#byName(({ port }) => port.counters()),
        programs: this.#byName((_, name) => programs.get(name)?.stats()),
        audit,
      }
      await this.#close()
      return result
    } finally {
      await this.#close().catch(() => {})
    }
  }

  #close(): Promise<void> {
    this.#closing ??= withEal(async () => {
      try {
        this.#decisions.end()
        await Promise.all([...this.#wires.values()].map(({ port }) => port.close()))
        await this.#takeBack()
      } finally {
        removeFolder(this.#folder)
      }
    })
    return this.#closing
  }

  async #takeBack(): Promise<void> {
    const end = now() + BUFFERS_MS
    while (this.#mempool.counts().inUse > 0 && now() < end) await delay(1)
    const { inUse } = this.#mempool.counts()
    if (inUse > 0) throw auditFailed([`${inUse} buffers are in use after all ports were closed`])
    await this.#mempool.close()
  }

  #wire(argument: string, name: Name): Wire {
    const wire = this.#wires.get(name)
    if (wire !== undefined) return wire
    throw invalidValue(argument, `one of the ports ${[...this.#wires.keys()].join(', ')}`, name)
  }

  #byName<Value>(of: (wire: Wire, name: Name) => Value): { [name in Name]: Value } {
    const entries = [...this.#wires].map(([name, wire]) => [name, of(wire, name)] as const)
    return Object.fromEntries(entries) as { [name in Name]: Value }
  }
}

/**
 * Opens ports of these names; see `TestNetwork`. Dispose of it with `await using` or `end()`.
 *
 * @param names letters, digits and `_`.
 */
export async function testNetwork<Name extends string>(
  names: readonly Name[],
  options: TestNetworkOptions = {},
): Promise<TestNetwork<Name>> {
  return TestNetwork.open(names, options)
}

/** Checks the option `atOnce`, and fills it in. */
export function checkAtOnce(value: unknown): number {
  const limits = { minimum: 1, maximum: 4096, unit: 'packets' }
  return checkInteger('options.atOnce', value ?? AT_ONCE, limits)
}

function checkNames(names: readonly string[]): void {
  const expected = 'a name of letters, digits and _, up to 32'
  checkArray('names', names, (argument, name) => {
    if (/^\w{1,32}$/.test(checkString(argument, name, expected))) return
    throw invalidValue(argument, expected, name)
  })
  if (names.length === 0) throw invalidValue('names', 'at least one name', names)
  if (new Set(names).size < names.length) throw invalidValue('names', 'different names', names)
}

function auditFailed(violations: readonly string[]): DpdkError {
  return new DpdkError(`the counters contradict each other: ${violations.join('; ')}`, {
    code: 'ERR_DPDK_AUDIT',
    hint: 'A packet was lost or counted twice. That is a fault of the library or a driver: please report it.',
  })
}
