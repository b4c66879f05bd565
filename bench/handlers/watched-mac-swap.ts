/** mac-swap in a Worker that tells, when it is asked, what its heap has after a collection, and which ones there were. */
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { defineHandler } from 'dpdk-node'
import { handler } from './mac-swap.js'

export interface HeapReport {
  /** Bytes in use, after a collection of everything. */
  heapBytes: number
  /** Milliseconds of each collection since the last report that was not asked for. */
  pauses: number[]
}

/** Of node:perf_hooks: a collection that `gc()` asked for. */
const FORCED = 4

export default defineHandler<'to'>(({ onMessage, postMessage }) => {
  let pauses: number[] = []
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration, detail } = entry as typeof entry & { detail?: { flags?: number } }
      const flags = detail?.flags ?? 0
      if ((flags & FORCED) === 0) pauses.push(duration)
    }
  }).observe({ entryTypes: ['gc'] })
  onMessage(() => {
    globalThis.gc?.()
    const report: HeapReport = { heapBytes: getHeapStatistics().used_heap_size, pauses }
    pauses = []
    postMessage(report)
  })
  return handler
})
