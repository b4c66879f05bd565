/** What native/napi/lcore.cc exports. Lcores, and the CPUs of the calling thread. */

export interface NativeLcoreCounters {
  busyPolls: bigint
  emptyPolls: bigint
  sleeps: bigint
  wakeups: bigint
  /** Wake-ups that this lcore sent to JavaScript threads. */
  notifications: bigint
}

export interface NativeLcoreExports {
  threadAffinity(): number[]
  setThreadAffinity(cpus: number[]): void

  lcoreCounters(lcore: number): NativeLcoreCounters
  /** Wakes a sleeping lcore; call it when a ring's `asleep` word is set after publishing to that ring. */
  lcoreWake(lcore: number): void
}
