import { checkOptions } from '../validate.js'
import { type Action, checkOutput, type Output } from './action.js'

/**
 * Sends every packet to a port, as it is.
 *
 * @example
 * ```ts
 * await left.rx.run(forward({ to: right }))
 * ```
 */
export function forward(options: { to: Output }): Action {
  checkOptions('options', options, ['to'])
  return {
    native: { kind: 'forward', to: checkOutput('options.to', options.to) },
    description: `forward to ${options.to.name}`,
  }
}
