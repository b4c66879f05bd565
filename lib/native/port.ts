/** What native/napi/port.cc exports. Ethernet ports. */

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

export interface NativePortExports {
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
}
