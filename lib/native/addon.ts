/**
 * The native addon's whole interface; each file here says what the file of the same name in native/napi exports.
 *
 * Functions that return a promise run on the control thread, one at a time, and may block there. The others
 * return at once and may be called from any JavaScript thread. Native code checks what TypeScript cannot know;
 * everything else is validated before it comes here. Ports, pools, programs and rings are plain numbers here.
 */

import type { NativeAccessListExports } from './access-list.js'
import type { NativeAddressTableExports } from './address-table.js'
import type { NativeAuditExports } from './audit.js'
import type { NativeCaptureExports } from './capture.js'
import type { NativeConsumerExports } from './consumer.js'
import type { NativeEalExports } from './eal.js'
import type { NativeFilterExports } from './filter.js'
import type { NativeGeneratorExports } from './generator.js'
import type { NativeLcoreExports } from './lcore.js'
import type { NativeMempoolExports } from './mempool.js'
import type { NativeMeterExports } from './meter.js'
import type { NativePortExports } from './port.js'
import type { NativeProgramExports } from './program.js'
import type { NativeRouteTableExports } from './route-table.js'
import type { NativeSendRingExports } from './send-ring.js'

/** How a native failure arrives: an `Error` with these properties; `errors.ts` makes a `DpdkError` of it. */
export interface NativeError extends Error {
  code: string
  errno?: number
  syscall?: string
  /** What EAL and the drivers logged during the call. */
  log: string[]
}

export interface Addon
  extends NativeEalExports,
    NativeLcoreExports,
    NativeAccessListExports,
    NativeAddressTableExports,
    NativeFilterExports,
    NativeMempoolExports,
    NativePortExports,
    NativeProgramExports,
    NativeRouteTableExports,
    NativeConsumerExports,
    NativeCaptureExports,
    NativeAuditExports,
    NativeGeneratorExports,
    NativeMeterExports,
    NativeSendRingExports {}

export type { NativeAccessRule } from './access-list.js'
export type { NativeAudit, NativeAuditEntry } from './audit.js'
export type { NativeCaptureOptions } from './capture.js'
export type { NativeEal, NativeEalOptions } from './eal.js'
export type { NativeFilterFault } from './filter.js'
export type {
  NativeChecksum,
  NativeField,
  NativeGeneratorCounts,
  NativeGeneratorOptions,
  NativePace,
  NativeReplay,
  NativeStream,
  NativeTemplate,
} from './generator.js'
export type { NativeLcoreCounters } from './lcore.js'
export type { NativeMempool, NativeMempoolOptions } from './mempool.js'
export type { NativeMeasurement, NativeStreamMeasurement } from './meter.js'
export type {
  NativeLink,
  NativePort,
  NativePortConfiguration,
  NativePortCounters,
  NativePortOptions,
  NativePortStatistics,
} from './port.js'
export type {
  NativeAction,
  NativeProgram,
  NativeProgramCounters,
  NativeRemovedProgram,
  NativeRing,
} from './program.js'
export type {
  NativeFoundRoute,
  NativeNeighbour,
  NativeNextHop,
  NativeRouteTableState,
} from './route-table.js'
export type { NativeSendRing, NativeSendRingCounters } from './send-ring.js'
