import { checkOutput } from './actions/action.js'
import type { Addon } from './addon.js'
import { DpdkError } from './errors.js'
import { PackedRoutes } from './packed-routes.js'
import { checkIpAddress, macText, type Neighbour, type Route } from './route.js'
import { readRouteFile } from './route-file.js'
import { runtime } from './runtime.js'
import { checkArray, checkFunction, checkOneOf, checkOptions, checkString, invalidType } from './validate.js'

export interface RouteTableOptions {
  /** As `add` takes them. */
  routes?: readonly Route[]
  /** As `setNeighbours` takes them. */
  neighbours?: readonly Neighbour[]
  /**
   * How IPv4 addresses are looked up: with `rte_lpm` or with `rte_fib`; IPv6 always has `rte_fib6`. Default: `auto`,
   * `rte_lpm` for up to 16,384 routes and `rte_fib` for more.
   */
  ipv4Lookup?: 'auto' | 'lpm' | 'fib'
}

/** How far a replacement has come. */
export interface RouteProgress {
  /** First routes are read, then the lookup is built of them. */
  phase: 'reading' | 'building'
  /** In this phase, so far. */
  routes: number
  /** Of this phase, from 0 to 1; undefined where nobody knows how many there are. */
  fraction: number | undefined
}

export interface ReplaceOptions {
  /** Called for every 32,768 routes or so. */
  onProgress?: (progress: RouteProgress) => void
}

export interface LoadOptions extends ReplaceOptions {
  /** Where a line leads that has this word behind its prefix; called once for each word. */
  nextHop: (word: string) => Route['nextHop']
}

/** A route as the table has it. */
export interface FoundRoute {
  prefix: string
  /** Ports are numbers: `port.id`. */
  nextHops: { port: number; mac?: string | undefined; via?: string | undefined }[]
}

/**
 * Routes of IPv4 and IPv6, by which the action `l3fwd` forwards on the lcores. All programs of a router share one. It may
 * be changed while packets are forwarded; an lcore sees a route before its change or after it, never in between.
 *
 * @see docs/routing.md for what it takes of memory and time
 *
 * @example
 * ```ts
 * const table = await RouteTable.create({
 *   routes: [
 *     { prefix: '192.0.2.0/24', nextHop: { port: left, mac: '02:00:00:00:00:01' } },
 *     { prefix: '0.0.0.0/0', nextHop: { port: right, via: '198.51.100.1' } },
 *   ],
 *   neighbours: [{ port: right, address: '198.51.100.1', mac: '02:00:00:00:00:02' }],
 * })
 * for (const port of [left, right]) await port.rx.run(l3fwd({ table }))
 * ```
 */
export class RouteTable {
  readonly #addon: Addon
  readonly #id: number
  #closed = false
  /** Changes, one after the other: a replacement takes several calls. */
  #changing: Promise<unknown> = Promise.resolve()

  private constructor(addon: Addon, id: number) {
    this.#addon = addon
    this.#id = id
  }

  /** @throws {DpdkError} as `add` does. */
  static async create(options: RouteTableOptions = {}): Promise<RouteTable> {
    checkOptions('options', options, ['routes', 'neighbours', 'ipv4Lookup'])
    const { routes = [], neighbours = [] } = options
    const lookup = checkOneOf('options.ipv4Lookup', options.ipv4Lookup ?? 'auto', ['auto', 'lpm', 'fib'])
    const packed = pack('options.routes', routes)
    const known = checkArray('options.neighbours', neighbours, checkNeighbour)
    const { addon } = runtime()
    const table = new RouteTable(addon, await addon.routeTableCreate(lookup))
    try {
      await addon.routeTableSetNeighbours(table.#id, known, true)
      await addon.routeTableAdd(table.#id, packed.bytes, packed.nextHops)
      return table
    } catch (error) {
      await table.close()
      throw error
    }
  }

  /** How many routes there are. */
  get size(): { ipv4: number; ipv6: number } {
    const { ipv4, ipv6 } = this.#open.routeTableState(this.#id)
    return { ipv4, ipv6 }
  }

  /** What looks IPv4 addresses up just now; `none` while there is no route but the default one. */
  get ipv4Lookup(): 'lpm' | 'fib' | 'none' {
    return this.#open.routeTableState(this.#id).ipv4Lookup
  }

  /**
   * Adds routes, each in the place of the one that its prefix had; all of them, or none when it throws.
   *
   * The first change after a replacement takes longer and memory for another table, unless IPv4 is looked up with
   * `rte_lpm`.
   *
   * @throws {DpdkError} `ERR_DPDK_NOT_ENOUGH_MEMORY`, with the bytes that EAL's memory lacks; `ERR_DPDK_TOO_MANY_NEXT_HOPS`
   * beyond 32,767 different ones
   */
  async add(...routes: readonly Route[]): Promise<void> {
    const packed = pack('routes', routes)
    await this.#change(() => this.#open.routeTableAdd(this.#id, packed.bytes, packed.nextHops))
  }

  /** Removes the routes of these prefixes; returns how many there were. */
  async remove(...prefixes: readonly string[]): Promise<number> {
    const packed = new PackedRoutes(prefixes.length)
    for (const [index, prefix] of prefixes.entries()) packed.addPrefix(`prefixes[${index}]`, prefix)
    return this.#change(() => this.#open.routeTableRemove(this.#id, packed.bytes))
  }

  /**
   * Puts other routes in the place of all that are there. Lcores go on with the old ones until the new ones are ready, and
   * then change over at once. Of a prefix that comes twice, the last route counts. The old table stays if this throws.
   *
   * Meanwhile EAL's memory holds both tables.
   */
  async replace(routes: Iterable<Route>, options: ReplaceOptions = {}): Promise<void> {
    checkOptions('options', options, ['onProgress'])
    if (typeof routes?.[Symbol.iterator] !== 'function') {
      throw invalidType('routes', 'an array of routes, or another iterable', routes)
    }
    const total = Array.isArray(routes) ? routes.length : undefined
    await this.#replace(async (stage) => {
      let index = 0
      for (const route of routes) {
        await stage(`routes[${index++}]`, route, total === undefined ? undefined : index / total)
      }
    }, options)
  }

  /**
   * Replaces all routes by those of a text file, one a line: `192.0.2.0/24 WORD`, where `nextHop` tells what the word means,
   * for example the number of a port or the address of a gateway. What is behind `#` is a comment.
   *
   * @returns the number of lines with a route.
   * @throws {DpdkError} `ERR_DPDK_ROUTE_FILE` for a line that is none, with its number
   *
   * @example
   * ```ts
   * await table.load('routes.txt', {
   *   nextHop: (gateway) => ({ port: uplink, via: gateway }),
   *   onProgress: ({ phase, routes }) => console.log(phase, routes),
   * })
   * ```
   */
  async load(path: string, options: LoadOptions): Promise<number> {
    checkString('path', path)
    checkOptions('options', options, ['nextHop', 'onProgress'])
    const { nextHop, ...rest } = options
    checkFunction('options.nextHop', nextHop)
    let count = 0
    await this.#replace(async (stage) => {
      for await (const lines of readRouteFile(path, nextHop)) {
        for (const { route, fraction, place } of lines) {
          const staged = stage(place, route, fraction)
          if (staged !== undefined) await staged
          count++
        }
      }
    }, rest)
    return count
  }

  /** Says where stations are, for next hops with `via`. Takes effect at once, for the routes that are there too. */
  async setNeighbours(...neighbours: readonly Neighbour[]): Promise<void> {
    const known = neighbours.map((neighbour, index) => checkNeighbour(`neighbours[${index}]`, neighbour))
    await this.#change(() => this.#open.routeTableSetNeighbours(this.#id, known, false))
  }

  /** The same, and forgets all others. */
  async replaceNeighbours(neighbours: readonly Neighbour[]): Promise<void> {
    const known = checkArray('neighbours', neighbours, checkNeighbour)
    await this.#change(() => this.#open.routeTableSetNeighbours(this.#id, known, true))
  }

  /** Forgets a station: packets by way of it are dropped, as `noNeighbour`. */
  async removeNeighbour(neighbour: Omit<Neighbour, 'mac'>): Promise<void> {
    checkOptions('neighbour', neighbour, ['port', 'address'])
    const { port, address } = checkStation('neighbour', neighbour)
    await this.#change(() =>
      this.#open.routeTableSetNeighbours(this.#id, [{ port, address, mac: undefined }], false),
    )
  }

  /** The route that packets to an address take; undefined where they have none. */
  async find(address: string): Promise<FoundRoute | undefined> {
    return this.#open.routeTableFind(this.#id, checkIpAddress('address', address))
  }

  /** Gives its memory back, once the programs that use it have stopped. Harmless when repeated. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#changing
    await this.#addon.routeTableFree(this.#id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal */
  get id(): number {
    this.#open
    return this.#id
  }

  get #open(): Addon {
    if (!this.#closed) return this.#addon
    throw new DpdkError('the route table is closed', { code: 'ERR_DPDK_ROUTE_TABLE_CLOSED' })
  }

  async #change<Value>(make: () => Promise<Value>): Promise<Value> {
    const change = this.#changing.then(make)
    this.#changing = change.catch(() => {})
    return change
  }

  #replace(read: (stage: Stage) => Promise<void>, { onProgress }: ReplaceOptions): Promise<void> {
    const report = onProgress === undefined ? () => {} : checkFunction('options.onProgress', onProgress)
    return this.#change(async () => {
      try {
        await this.#stageAll(read, report)
        for (;;) {
          const { built, total } = await this.#open.routeTableBuild(this.#id, PackedRoutes.CAPACITY)
          report({ phase: 'building', routes: built, fraction: total === 0 ? 1 : built / total })
          if (built === total) break
        }
        await this.#open.routeTableReplace(this.#id)
      } catch (error) {
        await this.#addon.routeTableAbandon(this.#id)
        throw error
      }
    })
  }

  async #stageAll(read: (stage: Stage) => Promise<void>, report: (progress: RouteProgress) => void) {
    let packed = new PackedRoutes()
    let routes = 0
    const flush = async (fraction: number | undefined) => {
      const { bytes, nextHops, count } = packed
      packed = new PackedRoutes()
      await this.#open.routeTableStage(this.#id, bytes, nextHops)
      routes += count
      report({ phase: 'reading', routes, fraction })
    }
    await read((name, route, fraction) => {
      packed.add(name, route)
      return packed.isFull ? flush(fraction) : undefined
    })
    if (packed.count > 0) await flush(1)
  }
}

/** Takes a route; what it returns, if anything, is to be awaited before the next. */
type Stage = (name: string, route: Route, fraction: number | undefined) => Promise<void> | undefined

function pack(name: string, routes: readonly Route[]): PackedRoutes {
  if (!Array.isArray(routes)) throw invalidType(name, 'an array of routes', routes)
  const packed = new PackedRoutes(routes.length)
  for (const [index, route] of routes.entries()) packed.add(`${name}[${index}]`, route)
  return packed
}

function checkNeighbour(name: string, value: unknown): { port: number; address: string; mac: string } {
  checkOptions(name, value, ['port', 'address', 'mac'])
  return { ...checkStation(name, value as Neighbour), mac: macText((value as Neighbour).mac) }
}

function checkStation(name: string, { port, address }: Omit<Neighbour, 'mac'>) {
  return { port: checkOutput(`${name}.port`, port), address: checkIpAddress(`${name}.address`, address) }
}
