/** What native/napi/send_ring.cc exports. By which JavaScript sends from outside of handlers. */

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

export interface NativeSendRingExports {
  sendRingOpen(port: number, size: number): Promise<NativeSendRing>
  sendRingClose(ring: number): Promise<void>
  sendRingCounters(ring: number): NativeSendRingCounters
}
