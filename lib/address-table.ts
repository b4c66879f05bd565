import type { Output } from './actions/action.js'
import { checkOutput } from './actions/action.js'
import type { Addon } from './addon.js'
import { DpdkError } from './errors.js'
import { MacAddress } from './packet/mac-address.js'
import { runtime } from './runtime.js'
import { checkInteger, checkOptions } from './validate.js'

/**
 * Where Ethernet stations are: MAC addresses, and the port behind which each is. The action `bridge` forwards by it on
 * the lcores; TypeScript decides what is in it and for how long.
 *
 * One table serves all ports of a bridge. It does not tell VLANs apart.
 *
 * @see IEEE 802.1Q, clause 8.8: the filtering database
 *
 * @example
 * ```ts
 * const table = await AddressTable.create()
 * await table.set('02:00:00:00:00:01', left)
 * await left.rx.run(bridge({ table, to: ports }), handle(learn, { outputs }))
 * setInterval(async () => console.log(await table.expire(300_000)), 1000)
 * ```
 */
export class AddressTable {
  /** Stations that it can hold. */
  readonly capacity: number
  readonly #addon: Addon
  readonly #id: number
  #closed = false

  private constructor(addon: Addon, id: number, capacity: number) {
    this.#addon = addon
    this.#id = id
    this.capacity = capacity
  }

  /**
   * @param options `capacity`: stations that it can hold, 8 to 1,048,576. Default: 4096.
   * @throws {DpdkError} `ERR_DPDK_NOT_ENOUGH_MEMORY` when EAL has no memory for so many
   */
  static async create(options: { capacity?: number } = {}): Promise<AddressTable> {
    checkOptions('options', options, ['capacity'])
    const limits = { minimum: 8, maximum: 2 ** 20, unit: 'stations' }
    const capacity = checkInteger('options.capacity', options.capacity ?? 4096, limits)
    const { addon } = runtime()
    return new AddressTable(addon, await addon.addressTableCreate(capacity), capacity)
  }

  /** Stations in it. */
  get size(): number {
    return this.#open.addressTableSize(this.#id)
  }

  /**
   * Puts a station behind a port, in the place of wherever it was. It counts as heard just now.
   * @throws {DpdkError} `ERR_DPDK_TABLE_FULL`
   */
  async set(address: MacAddress | string, port: Output): Promise<void> {
    const id = checkOutput('port', port)
    await this.#open.addressTableSet(this.#id, text(address), id)
  }

  /** Forgets a station. False when it was not there. */
  async delete(address: MacAddress | string): Promise<boolean> {
    return this.#open.addressTableRemove(this.#id, text(address))
  }

  /** Forgets the stations that no lcore has heard for so long, in milliseconds; returns their addresses. */
  async expire(milliseconds: number): Promise<string[]> {
    const limits = { minimum: 0, maximum: 2 ** 40, unit: 'milliseconds' }
    return this.#open.addressTableExpire(this.#id, checkInteger('milliseconds', milliseconds, limits))
  }

  /** Gives its memory back, once the programs that use it have stopped. Harmless when repeated. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#addon.addressTableFree(this.#id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal */
  get id(): number {
    if (!this.#closed) return this.#id
    throw closed()
  }

  get #open(): Addon {
    if (!this.#closed) return this.#addon
    throw closed()
  }
}

function closed(): DpdkError {
  return new DpdkError('the address table is closed', { code: 'ERR_DPDK_ADDRESS_TABLE_CLOSED' })
}

function text(address: MacAddress | string): string {
  return (address instanceof MacAddress ? address : new MacAddress(address)).toString()
}
