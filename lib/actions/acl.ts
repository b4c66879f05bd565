import { AccessList } from '../access-list.js'
import { checkOptions, invalidType } from '../validate.js'
import type { Action } from './action.js'

/**
 * Lets packets pass to the next action that the list permits (`permitted`), and drops the others (`denied`). What is no IP
 * passes too (`notIp`). Packets whose flow cannot be told are dropped: damaged headers, and more than eight extension headers
 * of IPv6 (`badHeader`).
 *
 * @example
 * ```ts
 * await outside.rx.run(acl({ list }), l3fwd({ table }))
 * ```
 */
export function acl(options: { list: AccessList }): Action {
  checkOptions('options', options, ['list'])
  const { list } = options
  if (!(list instanceof AccessList)) throw invalidType('options.list', 'an AccessList', list)
  return { native: { kind: 'acl', list: list.id }, description: 'acl' }
}
