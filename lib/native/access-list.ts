/** What native/napi/access_list.cc exports. Lists of rules, for the action `acl`. */

/** Addresses are of one family; a length of 0 fits all of it. */
export interface NativeAccessRule {
  source: string
  sourceLength: number
  destination: string
  destinationLength: number
  /** First and last. */
  sourcePorts: readonly [number, number]
  destinationPorts: readonly [number, number]
  protocol: number
  /** Bits of the protocol that count. */
  protocolMask: number
  permits: boolean
}

export interface NativeAccessListExports {
  accessListCreate(): Promise<number>
  accessListFree(list: number): Promise<void>
  /** Rules. */
  accessListSize(list: number): number
  /** The first rule that fits decides. */
  accessListReplace(list: number, rules: readonly NativeAccessRule[], permitsOthers: boolean): Promise<void>
}
