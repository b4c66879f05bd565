import { checkOptions } from '../validate.js'
import { type Action, checkOutput, type Output } from './action.js'

/**
 * Exchanges the MAC addresses of every packet and sends it to a port: testpmd's mode `macswap`.
 *
 * @example
 * ```ts
 * await port.rx.run(macSwap({ to: port }))
 * ```
 */
export function macSwap(options: { to: Output }): Action {
  checkOptions('options', options, ['to'])
  return {
    native: { kind: 'macSwap', to: checkOutput('options.to', options.to) },
    description: `macSwap to ${options.to.name}`,
  }
}
