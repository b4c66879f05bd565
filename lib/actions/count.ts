import { checkString } from '../validate.js'
import type { Action } from './action.js'

/**
 * Counts the packets that come by, and their bytes, under a name; all of them go on. `program.counted(name)` has the sums
 * of all actions with that name.
 *
 * @example
 * ```ts
 * const program = await left.rx.run(match('udp port 53', count('dns')), forward({ to: right }))
 * program.counted('dns') // { packets: 12n, bytes: 1024n }
 * ```
 */
export function count(name: string): Action {
  return { native: { kind: 'count' }, description: `count '${checkString('name', name)}'`, name }
}
