/** What native/napi/eal.cc exports. EAL: its start, its end, its log, and the memory it shares. */

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

export interface NativeEalExports {
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
}
