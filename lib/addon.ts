/**
 * The native addon: its whole interface, and the loader.
 *
 * Functions that return a promise run on the control thread, one at a time, and may block there. The others
 * return at once and may be called from any JavaScript thread. Native code checks what TypeScript cannot know;
 * everything else is validated before it comes here. Ports, pools, programs and rings are plain numbers here.
 */

import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DpdkError, fromNative } from './errors.js'

/** How a native failure arrives: an `Error` with these properties; `errors.ts` makes a `DpdkError` of it. */
export interface NativeError extends Error {
  code: string
  errno?: number
  syscall?: string
  /** What EAL and the drivers logged during the call. */
  log: string[]
}

export interface NativeEalOptions {
  /** `argv[1]…` of `rte_eal_init`; complete, the main lcore's options included. */
  arguments: string[]
  /** A view on the whole arena: `new Uint8Array(memory.buffer)`. */
  arena: Uint8Array
  idle: 'spin' | 'sleep'
  /** Also write what EAL logs to standard error. */
  echoLog: boolean
}

export interface NativeEal {
  mainLcore: number
  lcores: { id: number; cpus: number[]; socket: number }[]
  /** Bytes of the pages behind EAL's memory. */
  pageSize: number
  hugepages: boolean
  iovaMode: 'pa' | 'va'
  runtimeDirectory: string
}

export interface NativeLcoreCounters {
  busyPolls: bigint
  emptyPolls: bigint
  sleeps: bigint
  wakeups: bigint
  /** Wake-ups that this lcore sent to JavaScript threads. */
  notifications: bigint
}

export interface NativeMempoolOptions {
  name: string
  /** Number of buffers. */
  size: number
  /** Buffers cached per lcore. */
  cacheSize: number
  /** Bytes of a buffer, headroom (128) included. */
  dataRoom: number
  /** NUMA node, -1 for any. */
  socket: number
  layout: 'isolated' | 'direct'
}

export interface NativeMempool {
  id: number
  /** Where its zone lies in the arena. */
  offset: number
  length: number
}

export interface NativePort {
  id: number
  name: string
  driver: string
  /** -1 where unknown. */
  socket: number
  macAddress: string
  mtu: number
  state: 'attached' | 'configured' | 'started'
  maxRxQueues: number
  maxTxQueues: number
  minMtu: number
  maxMtu: number
  rxDescriptors: { minimum: number; maximum: number; alignment: number }
  txDescriptors: { minimum: number; maximum: number; alignment: number }
  /** Whether `portAttach` made it, so that closing also detaches it. */
  attachedHere: boolean
}

export interface NativePortOptions {
  mempool: number
  /** The lcore that polls each receive queue; its length is the number of queues asked for. */
  rxQueueLcores: number[]
  rxDescriptors: number
  txDescriptors: number
  mtu: number | undefined
  promiscuous: boolean
}

/** What the device really got: queues and descriptors adjusted to its limits. */
export interface NativePortConfiguration {
  rxQueues: { queue: number; lcore: number }[]
  txQueues: number
  /** Whether lcores share transmit queues under a lock, because the device has too few. */
  txQueuesShared: boolean
  rxDescriptors: number
  txDescriptors: number
  mtu: number
  macAddress: string
  promiscuous: boolean
}

export interface NativeLink {
  up: boolean
  /** Mbit/s; 0 where unknown, 4294967295 where the device does not say. */
  speed: number
  fullDuplex: boolean
  autonegotiated: boolean
}

/** `rte_eth_stats`: the device's own counters. */
export interface NativePortStatistics {
  receivedPackets: bigint
  receivedBytes: bigint
  transmittedPackets: bigint
  transmittedBytes: bigint
  missedPackets: bigint
  receiveErrors: bigint
  transmitErrors: bigint
  /** Receive polls that found no buffer in the pool. */
  noBufferErrors: bigint
}

/** What this library counted at the port: every packet under one named reason. */
export interface NativePortCounters {
  /** received = onlyCaptured + pastPrograms + what the running program received. */
  rxQueues: {
    queue: number
    lcore: number
    received: bigint
    /** Dropped behind a capture, because no program was running. */
    onlyCaptured: bigint
    /** Received by programs that are no more. */
    pastPrograms: bigint
    /** Polls left out because a handler's ring was full and its overflow policy is `backpressure`. */
    backpressured: bigint
  }[]
  /** Summed over the lcores that send to it. requested = accepted + rejected… + buffered. */
  tx: {
    requested: bigint
    accepted: bigint
    buffered: bigint
    rejectedFull: bigint
    rejectedTooLong: bigint
    rejectedClosed: bigint
  }
}

export type NativeAction =
  | { kind: 'forward'; to: number }
  | { kind: 'macSwap'; to: number }
  | { kind: 'l2fwd'; to: number; macUpdating: boolean }
  /** `table` is the number of an address table. */
  | { kind: 'bridge'; table: number; to: number[] }
  | { kind: 'drop' }
  | {
      kind: 'handle'
      /**
       * Sets of port ids; a verdict names an index into this list. A packet for a set of several goes to all of them but
       * the port that it came from.
       */
      outputs: number[][]
      overflow: 'drop' | 'bypass' | 'backpressure'
      /** The port for `bypass`. */
      bypass: number | undefined
      unhandled: 'drop' | 'continue'
      onError: 'drop' | 'continue'
      /** Descriptors in a ring, a power of two. */
      ringSize: number
      /** Of the send ring that comes with each: buffers lent, and slots for held packets. A power of two up to 2048. */
      sendSize: number
      /** Flows are spread over so many rings, for as many threads. */
      rings: number
    }

export interface NativeRing {
  id: number
  /** Of the ring's first byte in the arena. */
  offset: number
  size: number
  /** Of its send ring: by which held packets come back, and packets that the handler makes. */
  sendOffset: number
  sendSize: number
  lcore: number
  port: number
  queue: number
}

export interface NativeProgram {
  id: number
  /** Of its `handle` actions, in their order; each has as many as it asked for. */
  rings: NativeRing[]
}

/** A snapshot; every counter of an action by its name. */
export interface NativeProgramCounters {
  received: bigint
  actions: { kind: string; counters: Record<string, bigint> }[]
  /** Came out of the last action without a decision, and were dropped. */
  unclaimed: bigint
}

export interface NativeRemovedProgram {
  /** Packets that had to be taken back from JavaScript. */
  reclaimed: number
  /** The last word. */
  counters: NativeProgramCounters
}

export interface NativeCaptureOptions {
  /** In pcap's language; undefined for everything. */
  filter: string | undefined
  /** Bytes copied of each packet, at most. The length on the wire is in the metadata's hash field. */
  snapLength: number
  ringSize: number
}

/** One object that counts; numbers that do not apply are not there. */
export interface NativeAuditEntry {
  kind: 'queue' | 'program' | 'action' | 'output' | 'sendRing' | 'capture'
  /** Of an action: its kind. */
  name?: string
  port: number
  queue?: number
  lcore: number
  program?: number
  /** Of an action in its program. */
  index?: number
  counts: Record<string, bigint>
}

export interface NativeAudit {
  /** Those with the same lcore were taken at one moment, between two rounds of its loop. */
  entries: NativeAuditEntry[]
  pools: { id: number; name: string; size: number; inUse: number }[]
}

export interface NativeSendRing {
  id: number
  offset: number
  size: number
  lcore: number
}

export interface NativeSendRingCounters {
  /** Buffers lent to JavaScript, ever. */
  supplied: bigint
  /** submitted = sentForwarded + sentContinued + sentDropped + sentInvalid… */
  submitted: bigint
  sentForwarded: bigint
  sentContinued: bigint
  sentDropped: bigint
  sentInvalidName: bigint
  sentInvalidSize: bigint
  sentInvalidVerdict: bigint
  /** Taken back from a thread that ended, or kept them too long. */
  sentReclaimed: bigint
  /** With JavaScript now. */
  owned: bigint
  heldNow: bigint
  /** Times that the pool had no buffer to lend. */
  noBuffer: bigint
}

export interface Addon {
  /** As `rte_version()` says it, e.g. `DPDK 22.11.11`. */
  readonly dpdkVersion: string
  /** The numbers of native/core/layout.h by name, for the test that compares them. */
  readonly layout: Record<string, number>

  ealInit(options: NativeEalOptions): Promise<NativeEal>
  /** Stops everything and calls `rte_eal_cleanup`. Harmless when repeated. */
  ealClose(): Promise<void>
  /** The same, waited for; false when it did not end in time. For process exit. */
  ealCloseSync(timeoutMs: number): boolean
  /** The latest lines that EAL and the drivers logged. */
  ealLog(): string[]
  /** Copies `length` bytes as native code sees them at an arena offset. For tests of the alias. */
  arenaRead(offset: number, length: number): Uint8Array
  /** The parts of the arena that alias EAL memory, and for each what lives there. */
  arenaZones(): { offset: number; length: number; use: 'packets' | 'rings' | 'pool' }[]

  threadAffinity(): number[]
  setThreadAffinity(cpus: number[]): void

  lcoreCounters(lcore: number): NativeLcoreCounters
  /** Wakes a sleeping lcore; call it when a ring's `asleep` word is set after publishing to that ring. */
  lcoreWake(lcore: number): void

  addressTableCreate(capacity: number): Promise<number>
  addressTableFree(table: number): Promise<void>
  addressTableSize(table: number): number
  addressTableSet(table: number, address: string, port: number): Promise<void>
  addressTableRemove(table: number, address: string): Promise<boolean>
  /** Forgets those that were not heard for so many milliseconds, and returns them. */
  addressTableExpire(table: number, milliseconds: number): Promise<string[]>

  mempoolCreate(options: NativeMempoolOptions): Promise<NativeMempool>
  mempoolFree(mempool: number): Promise<void>
  mempoolCounts(mempool: number): { available: number; inUse: number }

  portList(): Promise<NativePort[]>
  /** Probes a device (`net_tap0,iface=left`, `0000:01:00.0`) and returns its port's id. */
  portAttach(deviceArguments: string): Promise<number>
  portInfo(port: number): Promise<NativePort>
  /** `rte_eth_dev_configure`, queue set-up and start. */
  portConfigure(port: number, options: NativePortOptions): Promise<NativePortConfiguration>
  portStart(port: number): Promise<void>
  portStop(port: number): Promise<void>
  /** Stops its programs, closes it, and unplugs the device when `detach`. Returns what was counted there until then. */
  portClose(port: number, detach: boolean): Promise<NativePortCounters>
  portLink(port: number): Promise<NativeLink>
  portStatistics(port: number): Promise<NativePortStatistics>
  portResetStatistics(port: number): Promise<void>
  portCounters(port: number): NativePortCounters
  portSetPromiscuous(port: number, on: boolean): Promise<void>
  portSetMtu(port: number, mtu: number): Promise<void>
  portSetMacAddress(port: number, address: string): Promise<void>

  /** Makes a program for one receive queue. Its rings exist; no packet comes yet. */
  programCreate(port: number, queue: number, actions: NativeAction[]): Promise<NativeProgram>
  /** Packets go through it, and no longer through the one that was there. */
  programInstall(program: number): Promise<void>
  /** Packets stay in the device; what is with JavaScript comes back. Nothing happens when it is not installed. */
  programUninstall(program: number): Promise<void>
  /** Packets with JavaScript: to be answered, and held. */
  programInFlight(program: number): { inRings: number; held: number }
  /** Takes back what has not come back. Rejects when there is no such program (any more). */
  programRemove(program: number): Promise<NativeRemovedProgram>
  programCounters(program: number): NativeProgramCounters

  /** One per JavaScript thread. `onReady` runs on its event loop when an armed consumer has work. */
  consumerOpen(onReady: () => void): number
  /** From now on this thread reads the ring and is woken for it. */
  consumerAttach(consumer: number, ring: number): void
  consumerDetach(consumer: number, ring: number): void
  /** Asks to be woken through `onReady`; false when there is work already (then it is not armed). */
  consumerArm(consumer: number): boolean
  /** Blocks this thread until one of its rings has work or the time is over; true when there is work. */
  consumerWait(consumer: number, timeoutMs: number): boolean
  /** Wakes a consumer from any thread: ends its `consumerWait`. */
  consumerWake(consumer: number): void
  /** Hands back every packet of its rings. Also done when the thread's environment ends. */
  consumerClose(consumer: number): void
  /** Keeps the event loop alive (or not) while the consumer is open. A new consumer does not. */
  consumerReference(consumer: number, keepAlive: boolean): void

  /** Copies of what a queue receives, from now on. One at a time on each queue. */
  captureStart(port: number, queue: number, options: NativeCaptureOptions): Promise<NativeRing>
  /** By the ring's number. Harmless when repeated. */
  captureStop(ring: number): Promise<void>

  /** Every count there is. */
  audit(): Promise<NativeAudit>

  sendRingOpen(port: number, size: number): Promise<NativeSendRing>
  sendRingClose(ring: number): Promise<void>
  sendRingCounters(ring: number): NativeSendRingCounters
}

/** The package's folder: lib/ and dist/ are in it. */
const moduleRoot = fileURLToPath(new URL('..', import.meta.url))

let loaded: Addon | undefined

/**
 * Loads the binary, once: the one that DPDK_NODE_ADDON names, the one built here, or a prebuilt one.
 *
 * @throws {DpdkError} `ERR_DPDK_ADDON_NOT_LOADED`; its hint tells what to do.
 */
export function loadAddon(): Addon {
  loaded ??= translateErrors(loadBinary())
  return loaded
}

function loadBinary(): Addon {
  const require = createRequire(import.meta.url)
  const named = process.env.DPDK_NODE_ADDON
  const places = candidates()
  try {
    if (named) return require(named) as Addon
    const bindings = require('bindings') as typeof import('bindings')
    return bindings({
      bindings: 'dpdk_node.node',
      module_root: moduleRoot,
      try: places.map((place) => ['module_root', ...place]),
    }) as Addon
  } catch (error) {
    throw notLoaded(error as Error, named ? [named] : places.map((place) => join(moduleRoot, ...place)))
  }
}

function candidates(): string[][] {
  const prebuilds = ['prebuilds', `${process.platform}-${process.arch}`]
  const folder = join(moduleRoot, ...prebuilds)
  const prebuilt = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.node')) : []
  return [
    ['build', 'Release', 'dpdk_node.node'],
    ['build', 'Debug', 'dpdk_node.node'],
    ...prebuilt.map((name) => [...prebuilds, name]),
  ]
}

/** The cause behind what the dynamic loader says, and what to do about it. */
const remedies: readonly { symptom: RegExp; remedy: string }[] = [
  {
    symptom: /librte_\w+\.so[.\d]*: cannot open shared object/,
    remedy:
      'DPDK is not installed, or not the version this was built with. Debian and Ubuntu: sudo apt-get install libdpdk-dev; then npm run setup to build again.',
  },
  {
    symptom: /(lib\w+)\.so[.\d]*: cannot open shared object/,
    remedy: 'A library is missing that DPDK needs. Debian and Ubuntu: sudo apt-get install libdpdk-dev.',
  },
  {
    symptom: /undefined symbol: (rte_\w+|per_lcore_\w+)|version .DPDK_\w+. not found/,
    remedy:
      'The installed DPDK is another version than the one this was built with. Build again: npm run setup.',
  },
  {
    symptom: /GLIBC(XX)?_[\d.]+. not found/,
    remedy: 'The binary was built on a newer system. Build it here: npm run setup.',
  },
  {
    symptom: /wrong ELF class|invalid ELF header|Exec format error/,
    remedy: `The binary is for another kind of machine than ${process.platform}-${process.arch}. Build it here: npm run setup.`,
  },
  {
    symptom: /NODE_MODULE_VERSION|did not self-register/,
    remedy: 'The binary is not a Node-API addon for this Node. Build again: npm run setup.',
  },
  {
    symptom: /Could not locate the bindings file|Cannot find module/,
    remedy:
      'It has not been built. In a clone: npm run setup. As a dependency: npm rebuild dpdk-node (needs libdpdk-dev, ' +
      'cmake, g++, make and python3; it is skipped under npm install --ignore-scripts).',
  },
]

function notLoaded(cause: Error, places: readonly string[]): DpdkError {
  const remedy = remedies.find(({ symptom }) => symptom.test(cause.message))?.remedy
  const list = places.map((place) => `  ${place}${existsSync(place) ? '' : ' (not there)'}`)
  return new DpdkError(
    ['the native part of dpdk-node cannot be loaded', ...list, `  ${cause.message.split('\n')[0]}`, remedy]
      .filter((line) => line !== undefined)
      .join('\n'),
    { code: 'ERR_DPDK_ADDON_NOT_LOADED', hint: remedy, cause },
  )
}

/** The one place where native errors become `DpdkError`s. */
function translateErrors(binary: Addon): Addon {
  const translated: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(binary)) {
    translated[name] = typeof value === 'function' ? translateErrorsOf(value) : value
  }
  return translated as unknown as Addon
}

function translateErrorsOf(native: (...args: unknown[]) => unknown) {
  return (...args: unknown[]): unknown => {
    try {
      const result = native(...args)
      return result instanceof Promise ? settle(result) : result
    } catch (error) {
      throw fromNative(error)
    }
  }
}

/** An async function, so that the error's stack leads to who awaits it. */
async function settle(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result
  } catch (error) {
    throw fromNative(error)
  }
}
