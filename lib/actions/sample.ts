import { checkInteger } from '../validate.js'
import type { Action } from './action.js'
import { checkBranch } from './branch.js'

/**
 * Runs other actions on one of so many packets: on each receive queue the first that comes, and then every `interval`th.
 * Those on which none of these actions decides go on behind it with the others, as with `match`.
 *
 * @param interval 1 for every packet.
 *
 * @example
 * ```ts
 * await left.rx.run(sample(1000, mirror({ to: monitor })), forward({ to: right }))
 * ```
 */
export function sample(interval: number, ...actions: readonly Action[]): Action {
  checkInteger('interval', interval, { minimum: 1, maximum: 2 ** 31, unit: 'packets' })
  return {
    native: { kind: 'sample', interval, actions: [] },
    description: `sample 1 of ${interval}`,
    actions: checkBranch(actions),
  }
}
