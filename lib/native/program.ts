/** What native/napi/program.cc exports. Programs of receive queues, and their handler rings. */

export type NativeAction =
  | { kind: 'forward'; to: number }
  | { kind: 'macSwap'; to: number }
  | { kind: 'l2fwd'; to: number; macUpdating: boolean }
  /** `table` is the number of an address table. */
  | { kind: 'bridge'; table: number; to: number[] }
  /** `table` is the number of a route table; without `to` it sends to every port that is open. */
  | { kind: 'l3fwd'; table: number; to: number[] | undefined }
  /** `list` is the number of an access list. */
  | { kind: 'acl'; list: number }
  | { kind: 'drop' }
  /** A filter in pcap's language, and what happens to the packets that it matches. */
  | { kind: 'match'; filter: string; actions: NativeAction[] }
  /** What happens to one of `interval` packets. */
  | { kind: 'sample'; interval: number; actions: NativeAction[] }
  | { kind: 'count' }
  | { kind: 'mirror'; to: number }
  /** `meter` is the number of a meter; undefined: only counted. */
  | { kind: 'sink'; meter: number | undefined }
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
  /** Of its `handle` actions, depth first; each has as many as it asked for. */
  rings: NativeRing[]
}

/** A snapshot; every counter of an action by its name. */
export interface NativeProgramCounters {
  received: bigint
  /** Depth first: an action, what is in its branch, the next action. */
  actions: {
    kind: string
    /** What people should know about how it runs: `interpreted`. */
    note?: string
    counters: Record<string, bigint>
    /** While it was measured: packets that came, and cycles of the TSC, without those in its branch. */
    measuredPackets: bigint
    measuredCycles: bigint
  }[]
  /** Came out of the last action without a decision, and were dropped. */
  unclaimed: bigint
}

export interface NativeRemovedProgram {
  /** Packets that had to be taken back from JavaScript. */
  reclaimed: number
  /** The last word. */
  counters: NativeProgramCounters
}

export interface NativeProgramExports {
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
  /** Whether the cost of each action is measured. */
  programMeasure(program: number, on: boolean): void
  programCounters(program: number): NativeProgramCounters
}
