import { type AccessRule, checkAccessRule } from './access-rule.js'
import { readAccessRuleFile } from './access-rule-file.js'
import type { Addon } from './addon.js'
import { DpdkError } from './errors.js'
import { runtime } from './runtime.js'
import { checkArray, checkOneOf, checkOptions, checkString } from './validate.js'

export interface AccessListOptions {
  /** In their order: the first one that fits a packet decides. Default: none. */
  rules?: readonly AccessRule[]
  /** What happens to packets that no rule fits. Default: `deny`. */
  otherwise?: 'permit' | 'deny'
}

/**
 * Which flows may pass, by addresses, ports and protocol; for the action `acl`, which looks all rules up at once with DPDK's
 * `rte_acl`. It may be replaced while packets pass.
 *
 * @see https://doc.dpdk.org/guides/prog_guide/packet_classif_access_ctrl.html
 *
 * @example
 * ```ts
 * const list = await AccessList.create({
 *   rules: [
 *     { action: 'deny', source: '192.0.2.66/32' },
 *     { action: 'permit', destination: '198.51.100.0/24', protocol: 6, destinationPorts: [443, 443] },
 *   ],
 * })
 * await outside.rx.run(acl({ list }), l3fwd({ table }))
 * ```
 */
export class AccessList {
  readonly #addon: Addon
  readonly #id: number
  #closed = false

  private constructor(addon: Addon, id: number) {
    this.#addon = addon
    this.#id = id
  }

  /** @throws {DpdkError} `ERR_DPDK_NOT_ENOUGH_MEMORY` */
  static async create(options: AccessListOptions = {}): Promise<AccessList> {
    check(options)
    const { addon } = runtime()
    const list = new AccessList(addon, await addon.accessListCreate())
    try {
      await list.replace(options)
      return list
    } catch (error) {
      await list.close()
      throw error
    }
  }

  /** Rules in it; one without addresses counts for each family. */
  get size(): number {
    return this.#open.accessListSize(this.#id)
  }

  /**
   * Puts other rules in the place of those that are there: each packet is judged by all of the old ones, or by all of the
   * new. When it throws, the old ones stay.
   */
  async replace(options: AccessListOptions): Promise<void> {
    const { rules, permitsOthers } = check(options)
    await this.#open.accessListReplace(this.#id, rules, permitsOthers)
  }

  /**
   * Puts the rules of files in their place, as DPDK's l3fwd has them; what they do not deny is permitted.
   *
   * @returns the number of rules.
   * @throws {DpdkError} `ERR_DPDK_ACCESS_RULE_FILE` for a line that is none, with its number
   *
   * @example
   * ```
   * @192.0.2.0/24 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xff
   * ```
   */
  async load(...paths: readonly string[]): Promise<number> {
    const files = paths.map((path, index) => readAccessRuleFile(checkString(`paths[${index}]`, path)))
    const rules = (await Promise.all(files)).flat()
    await this.replace({ rules, otherwise: 'permit' })
    return rules.length
  }

  /** Gives its memory back, once the programs that use it have stopped. Harmless when repeated. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#addon.accessListFree(this.#id)
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
    throw new DpdkError('the access list is closed', { code: 'ERR_DPDK_ACCESS_LIST_CLOSED' })
  }
}

function check(options: AccessListOptions) {
  checkOptions('options', options, ['rules', 'otherwise'])
  const rules = checkArray('options.rules', options.rules ?? [], checkAccessRule).flat()
  const otherwise = checkOneOf('options.otherwise', options.otherwise ?? 'deny', ['permit', 'deny'])
  return { rules, permitsOthers: otherwise === 'permit' }
}
