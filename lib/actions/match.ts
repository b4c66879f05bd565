import { checkFilter, type Filter } from '../filter.js'
import type { Action } from './action.js'
import { checkBranch } from './branch.js'

/**
 * Runs other actions on the packets that a filter matches. Those of them on which none of these actions decides go on
 * behind the match together with the packets that it did not match, all in the order in which they came. So a handler in a
 * branch that says `continue` hands over to the next action of its branch, and then to what follows the match.
 *
 * Packets on the same way through the program keep their order. Of a burst, those that leave in the branch leave first.
 *
 * @param filter which packets, in the language of tcpdump, `arp or icmp`, or made by `filter`. Names of hosts in it are
 *   looked up at once, which may take time.
 * @param actions what happens to these; branches can be in branches, 16 deep.
 *
 * @example
 * ```ts
 * await left.rx.run(
 *   match('arp or icmp', handle(slowPath, { outputs: { right } })),
 *   forward({ to: right }),
 * )
 * ```
 *
 * @throws {TypeError} for an expression that is none, with libpcap's words and the place.
 * @see https://www.tcpdump.org/manpages/pcap-filter.7.html
 */
export function match(filter: Filter, ...actions: readonly Action[]): Action {
  const expression = checkFilter('filter', filter)
  return {
    native: { kind: 'match', filter: expression, actions: [] },
    description: `match '${expression}'`,
    actions: checkBranch(actions),
  }
}
