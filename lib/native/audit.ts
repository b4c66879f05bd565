/** What native/napi/audit.cc exports. Every count there is. */

/** One object that counts; numbers that do not apply are not there. */
export interface NativeAuditEntry {
  kind: 'queue' | 'program' | 'action' | 'output' | 'sendRing' | 'capture' | 'generator'
  /** Of an action: its kind. */
  name?: string
  port: number
  queue?: number
  lcore: number
  program?: number
  /** Of an action in its program, depth first. */
  index?: number
  /** Of an action: in how many branches it is. */
  depth?: number
  counts: Record<string, bigint>
}

export interface NativeAudit {
  /** Those with the same lcore were taken at one moment, between two rounds of its loop. */
  entries: NativeAuditEntry[]
  pools: { id: number; name: string; size: number; inUse: number }[]
}

export interface NativeAuditExports {
  /** Every count there is. */
  audit(): Promise<NativeAudit>
}
