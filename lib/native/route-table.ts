/** What native/napi/route_table.cc exports. Tables of routes, for the action `l3fwd`. */

/** Exactly one of `mac` and `via` is there. */
export interface NativeNextHop {
  port: number
  mac?: string | undefined
  /** The address of a neighbour on the port's link. */
  via?: string | undefined
}

export interface NativeNeighbour {
  port: number
  address: string
  /** undefined: forget it. */
  mac: string | undefined
}

export interface NativeFoundRoute {
  prefix: string
  nextHops: NativeNextHop[]
}

export interface NativeRouteTableState {
  /** Routes. */
  ipv4: number
  ipv6: number
  ipv4Lookup: 'lpm' | 'fib' | 'none'
}

/** Routes come packed, see lib/packed-routes.ts; each has an index into the list of next hops beside. */
export interface NativeRouteTableExports {
  routeTableCreate(ipv4Lookup: string): Promise<number>
  routeTableFree(table: number): Promise<void>
  routeTableState(table: number): NativeRouteTableState
  routeTableAdd(table: number, routes: Uint8Array, nextHops: readonly NativeNextHop[][]): Promise<void>
  /** Returns how many were there. */
  routeTableRemove(table: number, routes: Uint8Array): Promise<number>
  routeTableFind(table: number, address: string): Promise<NativeFoundRoute | undefined>
  routeTableSetNeighbours(
    table: number,
    neighbours: readonly NativeNeighbour[],
    onlyThese: boolean,
  ): Promise<void>
  /** Gathers routes that are to take the place of all that are there. */
  routeTableStage(table: number, routes: Uint8Array, nextHops: readonly NativeNextHop[][]): Promise<void>
  /** Makes a table of so many more of them, out of the lcores' sight. */
  routeTableBuild(table: number, count: number): Promise<{ built: number; total: number }>
  /** Lets lcores see what was built, and nothing of what was there before. */
  routeTableReplace(table: number): Promise<void>
  /** Forgets what was staged and built. Harmless when there is nothing. */
  routeTableAbandon(table: number): Promise<void>
}
