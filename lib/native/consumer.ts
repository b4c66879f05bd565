/** What native/napi/consumer.cc exports. How a JavaScript thread waits for its rings. */

export interface NativeConsumerExports {
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
}
