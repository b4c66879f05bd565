import { AddressTable } from '../address-table.js'
import { checkArray, checkOptions, invalidType } from '../validate.js'
import { type Action, checkOutput, type Output } from './action.js'

/**
 * Forwards frames between stations that the table knows, each to the port where its receiver is, without JavaScript; one
 * whose receiver is behind the port that it came from is dropped. All other frames go on to the next action: from a
 * station that is new or has moved to this port, to one that nobody knows, or to a group. A handler there learns and
 * floods.
 *
 * While a station is being learned, its first frames are with the handler and later ones may overtake them.
 *
 * @param options `to`: the ports of the bridge; a station behind another one counts as unknown.
 *
 * @example
 * ```ts
 * await port.rx.run(bridge({ table, to: ports }), handle(learnAndFlood, { outputs: { others: ports } }))
 * ```
 *
 * @see IEEE 802.1Q, clauses 8.6 to 8.8
 */
export function bridge(options: { table: AddressTable; to: readonly Output[] }): Action {
  checkOptions('options', options, ['table', 'to'])
  const { table, to } = options
  if (!(table instanceof AddressTable)) throw invalidType('options.table', 'an AddressTable', table)
  return {
    native: { kind: 'bridge', table: table.id, to: checkArray('options.to', to, checkOutput) },
    description: `bridge to ${to.map(({ name }) => name).join(', ')}`,
  }
}
