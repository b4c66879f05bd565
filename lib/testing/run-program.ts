import { checkFunction, checkOptions } from '../validate.js'
import {
  checkAtOnce,
  type EndOptions,
  type FeedOptions,
  type NetworkResult,
  type TestNetwork,
  type TestNetworkOptions,
  testNetwork,
} from './network.js'
import type { Packets } from './packets.js'

export interface RunProgramOptions<Name extends string = string>
  extends TestNetworkOptions,
    FeedOptions,
    EndOptions {
  /** The names of its ports. */
  ports: readonly Name[]
  /** What is fed to them when the program has started: to one port after the other, in this order. */
  packets?: { readonly [name in NoInfer<Name>]?: Packets }
}

export interface ProgramRun<Name extends string = string, Value = unknown> extends NetworkResult<Name> {
  /** What the program returned. */
  readonly value: Value
}

/**
 * Runs a program on ports of its own: starts it, feeds the packets, waits until all of them have been dealt with, and ends
 * it. For more than one step, feed the network in the program, or use `testNetwork`.
 *
 * @param program runs what it wants on the ports, for example `left.rx.handle(…)`, and returns.
 * @throws {DpdkError} what the program throws, and as `TestNetwork.feed` and `end` do.
 *
 * @example
 * ```ts
 * const { outputs, counters } = await runProgram(({ left, right }) => startBridge([left, right]), {
 *   ports: ['left', 'right'],
 *   packets: { left: 'office.pcap', right: [answer] },
 * })
 * ```
 */
export async function runProgram<Name extends string, Value>(
  program: (ports: TestNetwork<Name>['ports'], network: TestNetwork<Name>) => Value,
  options: RunProgramOptions<Name>,
): Promise<ProgramRun<Name, Awaited<Value>>> {
  checkFunction('program', program)
  checkOptions('options', options, ['ports', 'packets', 'port', 'pool', 'atOnce', 'timeoutMs'])
  const { ports, packets = {}, port, pool, timeoutMs } = options
  checkOptions('options.packets', packets, ports)
  const atOnce = checkAtOnce(options.atOnce)
  await using network = await testNetwork(ports, { ...(port && { port }), ...(pool && { pool }) })
  const value = await program(network.ports, network)
  for (const [name, fed] of Object.entries<Packets | undefined>(packets)) {
    if (fed !== undefined) await network.feed(name as Name, fed, { atOnce })
  }
  return { ...(await network.end(timeoutMs === undefined ? {} : { timeoutMs })), value }
}
