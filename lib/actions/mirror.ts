import { checkOptions } from '../validate.js'
import { type Action, checkOutput, type Output } from './action.js'

/**
 * Sends a copy of every packet to a port, as the packet is at this place in the program; the packet itself goes on. What
 * later actions change does not show in the copy. Copies take buffers of the pool that the packets came from; where it has
 * none, the packet goes on all the same, and is counted as `notMirrored`.
 *
 * @example
 * ```ts
 * await left.rx.run(match('tcp port 179', mirror({ to: monitor })), l2fwd({ to: right }))
 * ```
 */
export function mirror(options: { to: Output }): Action {
  checkOptions('options', options, ['to'])
  return {
    native: { kind: 'mirror', to: checkOutput('options.to', options.to) },
    description: `mirror to ${options.to.name}`,
  }
}
